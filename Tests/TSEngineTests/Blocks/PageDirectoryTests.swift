import Model
import TestSupport
import Testing

@testable import TSEngine

@Suite struct PageDirectoryTests {
    private static func directory(of zones: [BlockZone]) -> [UInt8] {
        var writer = PageDirectory.Writer()
        for zone in zones { writer.append(zone) }
        return writer.finished()
    }

    private static func decode(_ bytes: [UInt8]) throws(CodecError) -> [BlockZone] {
        try PageDirectory.decode(bytes.span.bytes)
    }

    /// Zone maps of a page: alike, as those of meters are, or with any numbers at all.
    private static func zones(_ random: inout SeededGenerator) -> [BlockZone] {
        let isWild = Bool.random(using: &random)
        func number(_ usual: Int64) -> Int64 {
            isWild ? Int64.random(in: .min ... .max, using: &random) : usual
        }
        // Few different ones, so that any field may be as in the entry before while others are not.
        func time(_ usual: Int64) -> Int64 {
            number(usual + .random(in: 0...2, using: &random) * 900_000_000)
        }
        func value(_ usual: Double) -> Double {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: usual
            case 1: -usual / 100
            case 2: -0.0
            case 3: usual / 3
            case 4: 1e300
            default: Double(Int.random(in: -9_999...9_999, using: &random)) / 1_000
            }
        }
        var sensor = Int64.random(in: 1...1_000_000, using: &random)
        return (0..<Int.random(in: 1...40, using: &random)).map { index in
            sensor += .random(in: 0...3, using: &random)
            let valueCount = [1, 2, 300, 8_192].randomElement(using: &random) ?? 1
            let validCount =
                Bool.random(using: &random)
                ? valueCount
                : .random(
                    in: 0...valueCount,
                    using: &random
                )
            let isValid = validCount > 0
            return BlockZone(
                series: SeriesKey(
                    sensor: SensorID(sensor),
                    source: SourceID(number(7)),
                    probability: isWild ? 0.9 : 0.5
                ),
                firstEvent: time(1_700_000_000_000_000),
                lastEvent: time(1_700_000_900_000_000),
                firstBelief: time(1_700_000_000_000_000),
                lastBelief: time(1_700_000_900_000_000),
                horizonMin: time(0),
                horizonMax: time(0),
                blockID: number(5 << 24 | Int64(index)),
                valueCount: valueCount,
                validCount: validCount,
                valueMin: isValid ? value(-3.25) : nil,
                valueMax: isValid ? value(1_250) : nil,
                valueSum: isValid ? value(0.1) : nil,
                payloadCount: .random(in: 0...100_000, using: &random)
            )
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `what is written is read, bit for bit`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let zones = Self.zones(&random)
        let read = try Self.decode(Self.directory(of: zones))
        // Equality of zone maps takes -0 and 0 for the same.
        #expect(read.map { "\($0)" } == zones.map { "\($0)" })
    }

    @Test func `an entry that is taken back leaves no trace`() {
        var random = SeededGenerator(seed: 3)
        let zones = Self.zones(&random)
        var writer = PageDirectory.Writer()
        for zone in zones {
            writer.append(zones[0])
            writer.undo()
            writer.append(zone)
        }
        #expect(writer.finished() == Self.directory(of: zones))
        #expect(writer.count == zones.count)
        #expect(writer.byteCount >= writer.finished().count)
    }

    /// Goal: no bytes trap, and none of a damaged directory are believed. Method: each bit flipped, each
    /// length cut, and random bytes.
    @Test func `damaged bytes are refused`() {
        var random = SeededGenerator(seed: 11)
        let sound = Self.directory(of: Self.zones(&random))
        for bit in 0..<sound.count * 8 {
            var bytes = sound
            bytes[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CodecError.self, "bit \(bit)") { try Self.decode(bytes) }
        }
        for count in sound.indices {
            #expect(throws: CodecError.self) { try Self.decode(Array(sound[..<count])) }
        }
        // With a checksum that fits, so that the entries themselves are met.
        for _ in 0..<20_000 {
            var bytes: [UInt8] = [1, .random(in: 1...3, using: &random)]
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                bytes.append(.random(in: 0...255, using: &random))
            }
            let checksum = Crc32c.checksum(bytes.span.bytes)
            for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: checksum >> (8 * byte))) }
            _ = try? Self.decode(bytes)
        }
    }

    /// The example of `docs/formats/page.md`.
    @Test func `golden bytes`() throws {
        let start: Int64 = 1_704_067_200_000_000
        func zone(_ sensor: Int64, _ block: Int64, _ payload: Int, sum: Double) -> BlockZone {
            BlockZone(
                series: SeriesKey(sensor: SensorID(sensor), source: SourceID(3)),
                firstEvent: start,
                lastEvent: start + 299 * 60_000_000,
                firstBelief: start,
                lastBelief: start + 299 * 60_000_000,
                horizonMin: 0,
                horizonMax: 0,
                blockID: 1 << 24 | block,
                valueCount: 300,
                validCount: 300,
                valueMin: 48.5,
                valueMax: 56.7,
                valueSum: sum,
                payloadCount: payload
            )
        }
        let zones = [zone(300, 1, 310, sum: 15_780.25), zone(301, 2, 311, sum: 15_780.1 / 3)]
        let bytes = Self.directory(of: zones)
        let hex = bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        let golden = """
            01029b10d8040680808010d80480808982e2f5860680b4f5d48501b60201ca0701ee0802d2d0c0010002b702\
            01ca0701ee081089888888088cb4403c26289f
            """
        #expect(hex == golden)
        #expect(try Self.decode(bytes) == zones)
    }
}
