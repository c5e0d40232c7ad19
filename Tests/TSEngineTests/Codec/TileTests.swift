import TestSupport
import Testing

@testable import TSEngine

@Suite("Forecast tile")
struct TileTests {
    /// Goal: revised forecasts cost a row for each post, not a key for each value. Method: 32 posts
    /// of 192 values; the bytes besides the values' are counted.
    @Test func `posts become rows`() throws {
        let columns = TileTests.posts(count: 32, length: 192, shift: 1)
        var scale: BlockScale?
        let bytes = BlockCodec.encode(columns, scale: &scale, effort: .fast)
        #expect(bytes[1] & BlockFrame.Flag.tile != 0)
        var values = ByteWriter()
        var valuesScale: BlockScale?
        ValueColumn.append(columns.values.span, scale: &valuesScale, thirds: false, to: &values)
        #expect(bytes.count - values.bytes.count <= 64)
        var decoded = BlockColumns()
        try BlockCodec.decode(bytes, appendingTo: &decoded)
        #expect(decoded.isIdentical(to: columns))
    }

    /// Goal: both ways to write a tile give one block. Method: the same posts as rows and columns.
    @Test func `rows and columns give the same block`() throws {
        let columns = TileTests.posts(count: 20, length: 96, shift: 4)
        let rows = (0..<20).map {
            TileRow(
                beliefTime: Int64($0) * 3_600_000_000,
                firstEvent: Int64($0 * 4) * 900_000_000,
                count: 96
            )
        }
        let tile = try #require(TileRows(rows, step: 900_000_000))
        #expect(tile.cellCount == columns.count)
        let found = TileRows(
            eventStarts: columns.eventStarts.span,
            beliefTimes: columns.beliefTimes.span
        )
        #expect(found == tile)
        var scales: (BlockScale?, BlockScale?)
        let fromRows = BlockCodec.encodeTile(
            tile,
            values: columns.values.span,
            scale: &scales.0,
            effort: .fast
        )
        #expect(fromRows == BlockCodec.encode(columns, scale: &scales.1, effort: .fast))
    }

    /// Goal: the cell order is by event, then row. Method: small tiles whole, against a sort.
    @Test(arguments: 0..<100) func `cells are ordered by event and row`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = random.int(1...6)
        let starts = (0..<count).map { _ in random.int(0...12) }
        let lengths = (0..<count).map { _ in random.int(1...5) }
        let cellCount = lengths.reduce(0, +)
        let shape = try #require(
            TileShape(starts: starts, lengths: lengths, cellCount: cellCount)
        )
        var cells: [[Int]] = []
        shape.forEachStretch { slots, rows in
            for slot in slots { cells += rows.map { [slot, $0] } }
        }
        let expected = (0..<count).flatMap { row in
            (starts[row]..<starts[row] + lengths[row]).map { [$0, row] }
        }
        #expect(cells == expected.sorted { $0.lexicographicallyPrecedes($1) })
    }

    /// Goal: what does not fit is refused, not bent. Method: one row list for each reason.
    @Test func `rows off the grid are refused`() {
        func rows(_ rows: [TileRow], step: Int64 = 60) -> TileRows? { TileRows(rows, step: step) }
        let row = TileRow(beliefTime: 0, firstEvent: 0, count: 4)
        #expect(rows([row]) != nil)
        #expect(rows([]) == nil)
        #expect(rows([row], step: 0) == nil)
        #expect(rows([row, TileRow(beliefTime: 1, firstEvent: 61, count: 4)]) == nil)
        #expect(rows([row, TileRow(beliefTime: 1, firstEvent: 60, count: 0)]) == nil)
        #expect(rows([row, TileRow(beliefTime: 1, firstEvent: 60, count: 65_536)]) == nil)
        let extremes = [
            TileRow(beliefTime: 0, firstEvent: .min, count: 1),
            TileRow(beliefTime: 0, firstEvent: .max, count: 1),
        ]
        #expect(rows(extremes, step: 1) == nil)
    }

    /// Posts of 15-minute forecasts in cell order, one every `shift` quarters of an hour.
    private static func posts(count: Int, length: Int, shift: Int) -> BlockColumns {
        var cells: [(event: Int, post: Int)] = []
        for post in 0..<count {
            for index in 0..<length { cells.append((post * shift + index, post)) }
        }
        cells.sort { ($0.event, $0.post) < ($1.event, $1.post) }
        return BlockColumns(
            eventStarts: cells.map { Int64($0.event) * 900_000_000 },
            beliefTimes: cells.map { Int64($0.post) * Int64(shift) * 900_000_000 },
            values: cells.map { Double(($0.event * 37 + $0.post * 11) % 997) / 1_000 }
        )
    }
}
