import Model
import TestSupport
import Testing

@testable import TSEngine

@Suite("History tiles")
struct HistoryTilesTests {
    /// Goal: no pattern loses, doubles or changes a belief. Method: random mixtures of posts, gaps,
    /// corrections and a huge post; the pieces, sorted again, against what was cut.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `pieces together are what was cut`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let columns = HistoryTilesTests.pattern(&random)
        let pieces = HistoryTiles.split(columns)
        var union = BeliefColumns()
        for piece in pieces {
            #expect(!piece.isEmpty && piece.count <= BlockCodec.valueCountMax)
            #expect(piece.isAscending)
            union.append(contentsOf: piece)
        }
        union = union.ascending()
        #expect(union.eventStarts == columns.eventStarts)
        #expect(union.beliefTimes == columns.beliefTimes)
        #expect(union.values.map(\.bitPattern) == columns.values.map(\.bitPattern))
    }

    /// Goal: what is cut survives the codec. Method: every piece of some patterns as a block.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func `pieces survive as blocks`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var scale: BlockScale?
        for piece in HistoryTiles.split(HistoryTilesTests.pattern(&random)) {
            let block = BlockColumns(
                eventStarts: piece.eventStarts,
                beliefTimes: piece.beliefTimes,
                values: piece.values
            )
            let bytes = BlockCodec.encode(block, scale: &scale, effort: .compact)
            var decoded = BlockColumns()
            try BlockCodec.decode(bytes, appendingTo: &decoded)
            #expect(decoded.isIdentical(to: block))
        }
    }

    /// Goal: rolling forecasts become tiles of many posts, which the codec stores as such. Method:
    /// 200 posts of 191 values; each block's flag, posts and size.
    @Test func `posts share tiles`() {
        let columns = HistoryTilesTests.posts(0..<200, length: 191)
        let pieces = HistoryTiles.split(columns)
        // 42 posts are 8,022 values; one more would be too many.
        #expect(pieces.map(\.count) == [8_022, 8_022, 8_022, 8_022, 6_112])
        var latest = Int64.min
        for piece in pieces {
            let times = Set(piece.beliefTimes)
            #expect(times.count * 191 == piece.count)
            #expect(times.allSatisfy { $0 > latest })
            latest = times.max() ?? latest
            var scale: BlockScale?
            let bytes = BlockCodec.encode(
                eventStarts: piece.eventStarts.span,
                beliefTimes: piece.beliefTimes.span,
                values: piece.values.span,
                scale: &scale,
                effort: .fast
            )
            #expect(bytes[1] & BlockFrame.Flag.tile != 0)
        }
    }

    /// Goal: in many small compactions, blocks get as good as in one, and only the newest is
    /// touched. Method: posts come three at a time; an open block is split again with them.
    @Test func `an open block takes the next posts`() throws {
        var closed: [BeliefColumns] = []
        var open = BeliefColumns()
        for first in stride(from: 0, to: 300, by: 3) {
            let new = HistoryTilesTests.posts(first..<first + 3, length: 191)
            let pieces = HistoryTiles.split(open.merged(with: new))
            let newest = try #require(pieces.last)
            closed += pieces.dropLast()
            if HistoryTiles.isOpen(valueCount: newest.count) {
                open = newest
            } else {
                closed.append(newest)
                open = BeliefColumns()
            }
        }
        #expect(closed.allSatisfy { $0.count >= 32 * 191 })
        #expect(closed.allSatisfy { !HistoryTiles.isOpen(valueCount: $0.count) })
        let count = closed.reduce(open.count) { $0 + $1.count }
        #expect(count == 300 * 191)
    }

    /// Goal: corrections of measurements do not spoil tiles. Method: as many as a quarter of the
    /// forecasts' values; blocks hold the one or the other.
    @Test func `corrections get blocks of their own`() {
        let posts = HistoryTilesTests.posts(0..<84, length: 191)
        var corrections = BeliefColumns()
        for index in 0..<4_000 {
            let event = Int64(index) * 900
            corrections.append(event, event + 1_000_000_007 + Int64(index), 1)
        }
        let pieces = HistoryTiles.split(posts.merged(with: corrections))
        #expect(pieces.map(\.count) == [8_022, 8_022, 4_000])
        #expect(pieces.last?.beliefTimes == corrections.beliefTimes)
    }

    /// Goal: a post longer than a block is parted. Method: one of 20,000 events.
    @Test func `a huge post is parted by events`() {
        let pieces = HistoryTiles.split(HistoryTilesTests.posts(0..<1, length: 20_000))
        #expect(pieces.map(\.count) == [6_666, 6_667, 6_667])
        #expect(pieces[0].eventStarts.last ?? .max < pieces[1].eventStarts[0])
    }

    /// Goal: nothing, and little, make no needless blocks.
    @Test func `few beliefs stay together`() {
        #expect(HistoryTiles.split(BeliefColumns()).isEmpty)
        let few = HistoryTilesTests.posts(0..<10, length: 5)
        #expect(HistoryTiles.split(few) == [few])
        #expect(HistoryTiles.isOpen(valueCount: few.count))
        #expect(!HistoryTiles.isOpen(valueCount: BlockCodec.valueCountMax))
    }

    /// Posts every 900 s, each of `length` events from its own time on; in order.
    private static func posts(_ posts: Range<Int>, length: Int) -> BeliefColumns {
        var columns = BeliefColumns()
        for post in posts {
            for lead in 1...length {
                let event = Int64(post + lead) * 900
                columns.append(event, Int64(post) * 900, Double(event % 7_919) / 8)
            }
        }
        return columns.ascending()
    }

    /// Posts with missing values, at regular or irregular times, corrections, now and then one huge
    /// post; any bits as values.
    private static func pattern(_ random: inout SeededGenerator) -> BeliefColumns {
        var columns = BeliefColumns()
        var time: Int64 = 0
        let isRegular = Bool.random(using: &random)
        let gapCount = [0, 0, 3, 30][Int.random(in: 0..<4, using: &random)]
        let lengths = [4...4, 191...191, 1...400, 900...1_100]
        let length = lengths[Int.random(in: 0..<lengths.count, using: &random)]
        for _ in 0..<Int.random(in: 0...90, using: &random) {
            time += isRegular ? 900 : Int64.random(in: 1...90_000, using: &random)
            let first = isRegular ? time : time / 900 * 900
            for lead in 1...Int.random(in: length, using: &random) {
                if Int.random(in: 0..<100, using: &random) < gapCount { continue }
                let value = Double(bitPattern: random.next())
                columns.append(first + Int64(lead) * 900, time, value)
            }
        }
        for _ in 0..<[0, 10, 5_000][Int.random(in: 0..<3, using: &random)] {
            let event = Int64.random(in: -1_000...1_000, using: &random) * 900
            let delay = Int64.random(in: 0...10_000_000, using: &random)
            columns.append(event, event + delay, Double(delay))
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            let events = Int64(0)..<Int64.random(in: 8_000...30_000, using: &random)
            for event in events { columns.append(event * 900, -5, Double(event)) }
        }
        return columns.ascending()
    }
}
