import Model
import Testing

@testable import penstock

/// Decoding of FlexMeasures' beliefs, and their checksum.
@Suite struct BeliefStreamTests {
    private struct Row {
        var sensor: Int32 = 1
        var source: Int32 = 2
        var probability = 0.5
        /// µs since 2000.
        var event: Int64 = 0
        var months: Int32 = 0
        var days: Int32 = 0
        var microseconds: Int64 = 0
        var value = 1.0
    }

    /// As Postgres writes them (docs, COPY, "Binary Format").
    private static func copy(_ rows: [Row]) -> [UInt8] {
        var bytes =
            Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
        }
        for row in rows {
            append(Int16(6))
            append(Int32(4))
            append(row.sensor)
            append(Int32(4))
            append(row.source)
            append(Int32(8))
            append(row.probability.bitPattern)
            append(Int32(8))
            append(row.event)
            append(Int32(16))
            append(row.microseconds)
            append(row.days)
            append(row.months)
            append(Int32(8))
            append(row.value.bitPattern)
        }
        append(Int16(-1))
        return bytes
    }

    private static func decode(
        _ bytes: [UInt8],
        pieceByteCount: Int = .max,
        valueCountMax: Int = 1_000
    ) throws -> [BeliefStream.Part] {
        var parts: [BeliefStream.Part] = []
        let hour = EventTiming(resolution: Microseconds.hour)
        let stream = BeliefStream(
            timings: [SensorID(1): hour, SensorID(2): hour],
            valueCountMax: valueCountMax
        ) { parts += $0 }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieceByteCount))
            rest = rest.dropFirst(pieceByteCount)
            try piece.withUnsafeBytes { try stream.append($0.bytes) }
        }
        try stream.finish()
        return parts
    }

    private static let rows = [
        Row(), Row(source: 3, value: .nan), Row(event: 3_600_000_000, days: 1, microseconds: -5),
        Row(source: 3, event: 3_600_000_000, months: 1), Row(sensor: 2, probability: 0.9),
    ]

    /// Goal: rows are understood wherever the stream is cut and however much is emitted at once; an
    /// interval's days have 24 hours and its months 30 days.
    @Test(arguments: [1, 7, 66, 67, 1_000], [1, 2, 1_000])
    func `pieces of any size`(pieceByteCount: Int, valueCountMax: Int) throws {
        let parts = try Self.decode(
            Self.copy(Self.rows),
            pieceByteCount: pieceByteCount,
            valueCountMax: valueCountMax
        )
        var series: [SeriesKey: BeliefColumns] = [:]
        for part in parts {
            for (key, columns) in part.series {
                #expect(key.sensor == part.sensor)
                var known = series[key] ?? BeliefColumns()
                known.eventStarts += columns.eventStarts
                known.beliefTimes += columns.beliefTimes
                known.values += columns.values
                series[key] = known
            }
        }
        #expect(parts.count >= 5 / valueCountMax && series.count == 3)
        let (first, hour) = (946_684_800_000_000 as Int64, Microseconds.hour)
        let two = series[SeriesKey(sensor: SensorID(1), source: SourceID(2))]
        #expect(two?.eventStarts == [first, first + hour])
        #expect(two?.beliefTimes == [first + hour, first + 2 * hour - Microseconds.day + 5])
        let three = series[SeriesKey(sensor: SensorID(1), source: SourceID(3))]
        #expect(three?.beliefTimes.last == first + 2 * hour - 30 * Microseconds.day)
        #expect(three?.values.first?.isNaN == true)
        let quantile = SeriesKey(sensor: SensorID(2), source: SourceID(2), probability: 0.9)
        #expect(series[quantile]?.count == 1)
    }

    /// Goal: what is not such a stream, or what the store cannot hold, is refused and never traps.
    @Test func `damage is refused`() {
        let good = Self.copy(Self.rows)
        for count in 0..<good.count {
            #expect(throws: CommandError.self) { try Self.decode(Array(good.prefix(count))) }
        }
        for offset in [20, 24, 32, 40, 52, 64, 84] {
            var bad = good
            bad[offset] ^= 0x10
            #expect(throws: CommandError.self) { try Self.decode(bad) }
        }
        let impossible = [
            Row(probability: .nan), Row(probability: 1.5), Row(event: .max), Row(event: .min),
            Row(microseconds: .min), Row(days: .max), Row(sensor: 9),
        ]
        for row in impossible {
            #expect(throws: CommandError.self) { try Self.decode(Self.copy([row])) }
        }
    }

    /// Goal: the checksum is the same however the beliefs were cut, and another one for any other
    /// belief.
    @Test func `checksums`() throws {
        func sum(_ rows: [Row], valueCountMax: Int = 1_000) throws -> BeliefChecksum.Result {
            var checksum = BeliefChecksum()
            for part in try Self.decode(Self.copy(rows), valueCountMax: valueCountMax) {
                for (key, columns) in part.series { checksum.add(columns, of: key) }
            }
            return checksum.result
        }
        let rows = (0..<50).map {
            Row(source: $0 % 3, event: Int64($0) * 60_000_000, value: Double($0))
        }
        let whole = try sum(rows)
        #expect(whole.beliefCount == 50)
        for count in 1...9 { #expect(try sum(rows, valueCountMax: count) == whole) }
        var seen: Set<UInt64> = [whole.checksum]
        for index in rows.indices {
            for change in 0..<5 {
                var other = rows
                switch change {
                case 0: other[index].value = other[index].value.nextUp
                case 1: other[index].microseconds = 1
                case 2: other[index].source = 9
                case 3: other[index].probability = 0.25
                default: other.remove(at: index)
                }
                #expect(seen.insert(try sum(other).checksum).inserted)
            }
        }
        // Nothing is known, however that is written.
        let quiet = Double(bitPattern: 0x7FF8_0000_0000_0001)
        #expect(try sum([Row(value: .nan)]) == sum([Row(value: quiet)]))
        #expect(try sum([Row(value: 0)]) != sum([Row(value: -0.0)]))
        #expect(try sum([]) == .nothing)
    }
}
