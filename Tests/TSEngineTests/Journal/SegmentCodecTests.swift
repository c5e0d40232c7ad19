import Model
import TestSupport
import Testing

@testable import TSEngine

@Suite struct SegmentCodecTests {
    /// Goal: what is committed is what is recovered, to the bit. Method: random segments, by seed.
    @Test(arguments: 0..<60 as Range<UInt64>)
    func `segments survive the journal`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let segment = Self.segment(&random)
        let decoded = try SegmentCodec.decode(SegmentCodec.encode(segment))
        #expect(decoded.deletions == segment.deletions)
        #expect(decoded.series == segment.series)
        #expect(decoded.ends == segment.ends)
        let (left, right) = (decoded.columns, segment.columns)
        #expect(left.eventStarts == right.eventStarts)
        #expect(left.beliefTimes == right.beliefTimes)
        #expect(left.values.map(\.bitPattern) == right.values.map(\.bitPattern))
    }

    /// Goal: damaged journal rows are found, and never trap. Method: flips, cuts and noise by seed,
    /// with the checksum made right again in half of the cases.
    @Test(arguments: 0..<300 as Range<UInt64>)
    func `hostile bytes never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = SegmentCodec.encode(Self.segment(&random))
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] = UInt8.random(in: .min ... .max, using: &random)
        }
        if Bool.random(using: &random) {
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        }
        if bytes.count > 4, Bool.random(using: &random) {
            let content = Array(bytes.dropLast(4))
            let crc = Crc32c.checksum(content.span.bytes)
            bytes = content + (0..<4).map { UInt8(truncatingIfNeeded: crc >> UInt32(8 * $0)) }
        }
        _ = try? SegmentCodec.decode(bytes)
    }

    /// Goal: the format does not drift. Method: bytes worked out by hand from the format page.
    @Test func `golden bytes`() throws {
        let columns = BeliefColumns(
            eventStarts: [0, 900_000_000],
            beliefTimes: [1_000_000, 1_000_000],
            values: [1, 2.5]
        )
        let series = SeriesKey(sensor: SensorID(3), source: SourceID(2))
        let deletion = Deletion(sensor: SensorID(4), source: SourceID(1), events: 0...900_000_000)
        let segment = Segment(
            deletions: [deletion],
            series: [series],
            ends: [2],
            columns: columns
        )
        let bytes = SegmentCodec.encode(segment)
        #expect(bytes.hex == Self.golden)
        #expect(try SegmentCodec.decode(bytes) == segment)
        let before = Self.goldenBefore.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        #expect(try SegmentCodec.decode(before) == segment)
    }

    private static let golden = """
        03 01 01 02 1d d2 08 01 02 00 80 a4 a7 da 06 06 04 04 00 0a 00 a0 80 89 7a 00 01 01 01 00 \
        14 32 fd ab dd 4f
        """

    /// As the version before wrote the same.
    private static let goldenBefore = """
        02 01 01 02 27 d2 08 01 02 00 80 a4 a7 da 06 06 04 04 00 0a 00 47 80 89 7a 00 01 00 50 00 \
        f0 04 3f 40 91 7f 60 6e
        """

    /// Goal: whatever values a commit has come back to the bit: decimals, decimals with others among
    /// them, few digits and many, integers near the bound. Method: columns of each kind, by seed.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `values survive as they are`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...300, using: &random)
        let power = (0..<Int.random(in: 0...11, using: &random)).reduce(1.0) { power, _ in
            power * 10
        }
        let bitCount = Int64.random(in: 1...56, using: &random)
        let strangers = [Double.nan, -0.0, .infinity, 0.1 + 0.2, 1e300, 0x1p51, -0x1p51]
        let oneIn = Int.random(in: 1...60, using: &random)
        let values = (0..<count).map { _ in
            if Int.random(in: 0..<oneIn, using: &random) == 0, oneIn < 50 {
                return strangers.randomElement(using: &random) ?? 0
            }
            return Double(Int64.random(in: -1 << bitCount...1 << bitCount, using: &random)) / power
        }
        let times = (0..<count).map(Int64.init)
        let segment = Segment(
            series: [SeriesKey(sensor: SensorID(3), source: SourceID(2))],
            ends: [UInt32(count)],
            columns: BeliefColumns(eventStarts: times, beliefTimes: times, values: values)
        )
        let decoded = try SegmentCodec.decode(SegmentCodec.encode(segment))
        #expect(decoded.columns.values.map(\.bitPattern) == values.map(\.bitPattern))
    }

    /// Goal: decimals take the bytes of their integers. Method: two digits, below 327.68.
    @Test func `decimals are small`() {
        var random = SeededGenerator(seed: 1)
        let values = (0..<1_000).map { _ in Double(Int.random(in: 0..<32_768, using: &random)) / 100
        }
        var body = ByteWriter()
        SegmentValues.append(values, to: &body)
        #expect(body.bytes.count == 4 + 2 * 1_000)
    }

    private static func segment(_ random: inout SeededGenerator) -> Segment {
        var segment = Segment()
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let first = Int64.random(in: .min ... .max, using: &random)
            segment.deletions.append(
                Deletion(
                    sensor: SensorID(.random(in: .min ... .max, using: &random)),
                    source: Bool.random(using: &random) ? SourceID(7) : nil,
                    events: first...Int64.random(in: first ... .max, using: &random)
                )
            )
        }
        for sensor in 0..<Int.random(in: 0...12, using: &random) {
            let series = SeriesKey(
                sensor: SensorID(Int64(sensor * sensor)),
                source: SourceID(.random(in: 1...3, using: &random)),
                probability: Bool.random(using: &random) ? 0.5 : 0.25
            )
            let step = Int64.random(in: 1...900_000_000, using: &random)
            let isRegular = Bool.random(using: &random)
            var event = Int64.random(in: -1 << 50...1 << 50, using: &random)
            let belief = Int64.random(in: -1 << 50...1 << 50, using: &random)
            for _ in 0..<Int.random(in: 1...70, using: &random) {
                event += isRegular ? step : Int64.random(in: 1...step, using: &random)
                let value = Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
                let lag = isRegular ? 0 : Int64.random(in: 0...3, using: &random)
                segment.columns.append(event, belief + lag, value)
            }
            segment.series.append(series)
            segment.ends.append(UInt32(segment.columns.count))
        }
        return segment
    }
}

extension [UInt8] {
    fileprivate var hex: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }
}
