import TestSupport
import Testing

@testable import TSEngine

/// The example bytes of `docs/formats/block.md`.
@Suite("Block golden bytes")
struct BlockGoldenTests {
    private static let examples: [(values: [Double], bytes: String)] = [
        ([42], "01 00 00 00 00 00 00 00 00 45 40"),
        (
            [20.1, 20.2, 20.2, 20.4, .nan],
            "05 00 01 01 02 01 01 09 01 92 03 02 00 84 00"
        ),
        (
            [0.5, 1.5, 2.5] + [Double](repeating: 7.25, count: 14) + [4.25, 4.5, 4.75],
            "14 01 07 03 02 01 02 00 30 05 c0 ff 01 06 00 8c c9 97 20 00"
        ),
        (
            (0..<260).map { $0 == 100 ? 1e6 : Double($0) * 0.1 * 10 / 10 },
            """
            84 02 00 01 01 01 01 06 00 80 04 04 01 64 65 66 02 00 00 00 38 2c 31 01 6f 58 62 02 \
            38 2c 31 01 00 00 01 00 c8 50 80 31 00 42 29 a5 80 a4 00 63 00 84 52 4a 0a 48 10 c6 \
            00 08 a5 94 23 90 20 8c 00 10 4a 29 00 00
            """
        ),
    ]

    /// Goal: the encoder's choices and bytes do not drift. Method: the format page's examples.
    @Test(arguments: examples.indices) func `examples are written`(index: Int) {
        let example = BlockGoldenTests.examples[index]
        var writer = ByteWriter()
        writer.append(varint: example.values.count)
        var scale: BlockScale?
        ValueColumn.append(example.values.span, scale: &scale, thirds: false, to: &writer)
        #expect(hexadecimal(writer.bytes) == example.bytes)
    }

    /// Goal: blocks on disk stay readable. Method: the same bytes, read.
    @Test(arguments: examples.indices) func `examples are read`(index: Int) throws {
        let example = BlockGoldenTests.examples[index]
        let stored = example.bytes.split(separator: " ").compactMap { UInt8($0, radix: 16) }
        let bytes = stored.span.bytes
        var reader = ByteReader()
        let count = try Int(reader.varint(bytes))
        #expect(count == example.values.count)
        var decoded: [Double] = []
        try decoded.appendUninitialized(count) { (target) throws(CodecError) in
            try ValueColumn.decode(bytes, &reader, into: &target)
        }
        #expect(decoded.map(\.bitPattern) == example.values.map(\.bitPattern))
        #expect(reader.offset == stored.count)
    }

    /// Goal: the checksum is the published one. Method: RFC 3720's check values.
    @Test func `checksums are those of the standard`() {
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    }

    /// Goal: long inputs, which are folded, have the checksum of the definition. Method: every
    /// length around the folding's borders and some long ones, against one bit at a time.
    @Test func `long checksums follow the definition`() {
        var random = SeededGenerator(seed: 7)
        let bytes = (0..<9_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var state: UInt32 = .max
        for count in 0...bytes.count {
            if count < 300 || (2_000..<2_300).contains(count) || count % 97 == 0 {
                #expect(checksum(Array(bytes.prefix(count))) == ~state, "\(count) bytes")
            }
            guard count < bytes.count else { break }
            state ^= UInt32(bytes[count])
            for _ in 0..<8 { state = (state >> 1) ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
    }
}

/// CRC-32C of an array.
func checksum(_ bytes: [UInt8]) -> UInt32 { Crc32c.checksum(bytes.span.bytes) }

/// Two lower-case digits a byte, with spaces.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
