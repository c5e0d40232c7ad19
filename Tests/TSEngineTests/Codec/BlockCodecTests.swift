import TestSupport
import Testing

@testable import TSEngine

@Suite("Block codec")
struct BlockCodecTests {
    /// Goal: what is decoded is bit for bit what was encoded. Method: columns of every kind by
    /// seed; three blocks of one series, so that the scale is carried over; both efforts.
    @Test(arguments: 0..<400) func `every column survives the round trip`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var scale: BlockScale?
        var decoded = BlockColumns()
        var expected = BlockColumns()
        for _ in 0..<3 {
            let columns = RandomColumns.make(&random)
            let effort: BlockCodec.Effort = random.int(0...1) == 0 ? .fast : .compact
            let bytes = BlockCodec.encode(columns, scale: &scale, effort: effort)
            #expect(bytes.count <= 26 * columns.count + 64)
            try BlockCodec.decode(bytes, appendingTo: &decoded)
            expected.eventStarts += columns.eventStarts
            expected.beliefTimes += columns.beliefTimes
            expected.values += columns.values
            var values: [Double] = []
            try BlockCodec.decodeValues(bytes.span.bytes, appendingTo: &values)
            #expect(values.map(\.bitPattern) == columns.values.map(\.bitPattern))
        }
        #expect(decoded.isIdentical(to: expected))
    }

    /// Goal: every length works, around the mini-block's too. Method: all lengths to 600 with
    /// decimals, whose streams have a rest of every size.
    @Test func `every short length survives the round trip`() throws {
        var random = SeededGenerator(seed: 1)
        for count in 1...600 {
            let columns = BlockColumns(
                eventStarts: (0..<count).map { Int64($0) * 900_000_000 },
                beliefTimes: (0..<count).map { Int64($0) * 900_000_000 },
                values: (0..<count).map { _ in Double(random.int(0...9_999)) / 100 }
            )
            var scale: BlockScale?
            let bytes = BlockCodec.encode(columns, scale: &scale, effort: .fast)
            var decoded = BlockColumns()
            try BlockCodec.decode(bytes, appendingTo: &decoded)
            #expect(decoded.isIdentical(to: columns), "\(count) values")
        }
    }

    /// Goal: events at both ends of time do not confuse the grid. Method: neighbours, then a jump of
    /// almost 2^64 µs, which is a small negative number when it wraps.
    @Test(arguments: [Int64.max, Int64.max - 1, Int64(0), Int64(-1)])
    func `far events survive`(last: Int64) throws {
        let events: [Int64] = [.min, .min + 1, .min + 2, .min + 3, .min + 4, last]
        let columns = BlockColumns(
            eventStarts: events,
            beliefTimes: events.reversed(),
            values: events.map { Double($0) }
        )
        var scale: BlockScale?
        let bytes = BlockCodec.encode(columns, scale: &scale, effort: .fast)
        var decoded = BlockColumns()
        try BlockCodec.decode(bytes, appendingTo: &decoded)
        #expect(decoded.isIdentical(to: columns))
    }

    /// Goal: a sub-range of columns is a block of its own. Method: the middle third.
    @Test func `a range is encoded alone`() throws {
        let columns = BlockColumns(
            eventStarts: (0..<90).map { Int64($0) * 60 },
            beliefTimes: (0..<90).map { Int64($0) * 60 - 5 },
            values: (0..<90).map { Double($0) / 10 }
        )
        var scale: BlockScale?
        let bytes = BlockCodec.encode(columns, range: 30..<60, scale: &scale, effort: .fast)
        var decoded = BlockColumns()
        try BlockCodec.decode(bytes, appendingTo: &decoded)
        #expect(decoded.eventStarts == Array(columns.eventStarts[30..<60]))
        #expect(decoded.beliefTimes == Array(columns.beliefTimes[30..<60]))
        #expect(decoded.values == Array(columns.values[30..<60]))
        #expect(scale == .decimal(.init(digitCount: 1, factorIndex: 0)))
    }

    /// Goal: regular measurements cost what the format page says. Method: a day's decimals with a
    /// constant horizon; the keys take at most 20 bytes of the block.
    @Test func `regular keys cost next to nothing`() {
        let columns = BlockColumns(
            eventStarts: (0..<4_096).map { 1_700_000_000_000_000 + $0 * 900_000_000 },
            beliefTimes: (0..<4_096).map { 1_700_000_900_000_000 + $0 * 900_000_000 },
            values: [Double](repeating: 21.5, count: 4_096)
        )
        var scale: BlockScale?
        #expect(BlockCodec.encode(columns, scale: &scale, effort: .fast).count <= 48)
    }
}
