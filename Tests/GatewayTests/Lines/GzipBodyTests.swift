import TestSupport
import Testing

@testable import Gateway

struct GzipBodyTests {
    /// `cpu value=1 0` and a line end, three times, as `gzip -n` writes it.
    private static let small: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
    ]

    private func inflate(
        _ bytes: [UInt8],
        _ encoding: GzipBody.Encoding = .gzip,
        step: Int = 7,
        byteCountMax: Int = 1 << 24
    ) throws(GzipBody.Failure) -> [UInt8] {
        var body = GzipBody(encoding, byteCountMax: byteCountMax)
        var index = 0
        while index < bytes.count {
            let end = min(index + step, bytes.count)
            try body.append(Array(bytes[index..<end]))
            index = end
        }
        return try body.finish()
    }

    /// A gzip member of stored (not compressed) blocks.
    private func stored(_ text: [UInt8]) -> [UInt8] {
        var crc: UInt32 = ~0
        for byte in text {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        }
        let length = UInt32(text.count)
        return Self.small + [1] + bytes(length, 2) + bytes(~length, 2) + text + bytes(~crc, 4)
            + bytes(length, 4)
    }

    @Test(arguments: [1, 2, 7, 1_000]) func `pieces of any size come out whole`(step: Int) throws {
        let text = Array("cpu value=1 0\ncpu value=2 1\n".utf8)
        #expect(try inflate(stored(text), step: step) == text)
        #expect(try inflate(stored(text) + stored(text), step: step) == text + text)
        #expect(try inflate(stored([]), step: step) == [])
    }

    /// Goal: damage is told, wherever it is. Method: every byte of a member changed, every end.
    @Test func `damage is refused`() {
        let whole = stored(Array("cpu value=1 0\n".utf8))
        for end in 0..<whole.count {
            #expect(throws: GzipBody.Failure.damaged) { try inflate(Array(whole[..<end])) }
        }
        // From the ninth byte on: those before say what is not looked at, such as the time.
        for index in [0, 1, 2] + Array(10..<whole.count) {
            var bytes = whole
            bytes[index] ^= 0xFF
            #expect(throws: GzipBody.Failure.damaged, "\(index)") { try inflate(bytes) }
        }
        #expect(throws: GzipBody.Failure.damaged) { try inflate(whole + [1, 2, 3]) }
    }

    /// Goal: a bomb costs no more than the limit. Method: 10 MB of zeros in 10 KB, of which the
    /// limit lets one byte less through than there are.
    @Test func `a bomb is stopped at the limit`() throws {
        // A deflate stream of one block with fixed codes: a zero, then copies of 258 bytes.
        var bits: [Bool] = [true, true, false]  // last block, fixed codes
        func code(_ value: Int, _ count: Int) {
            for bit in (0..<count).reversed() { bits.append(value >> bit & 1 == 1) }
        }
        code(0x30, 8)  // literal 0
        let copyCount = 40_000
        for _ in 0..<copyCount {
            code(0b1100_0101, 8)  // length 258
            code(0, 5)  // distance 1
        }
        code(0, 7)  // end
        var deflated: [UInt8] = [0x78, 0x9C]
        while bits.count % 8 != 0 { bits.append(false) }
        for start in stride(from: 0, to: bits.count, by: 8) {
            deflated.append(
                (0..<8).reduce(UInt8(0)) { $0 | (bits[start + $1] ? 1 << UInt8($1) : 0) }
            )
        }
        let count = 1 + 258 * copyCount
        // Adler-32 of zeros: the low half stays 1.
        let high = UInt32(count % 65_521)
        let adler = high << 16 | 1
        for shift in [24, 16, 8, 0] as [UInt32] {
            deflated.append(UInt8(truncatingIfNeeded: adler >> shift))
        }
        #expect(try inflate(deflated, .deflate, step: 4_096, byteCountMax: count).count == count)
        #expect(throws: GzipBody.Failure.tooLarge) {
            try inflate(deflated, .deflate, step: 4_096, byteCountMax: count - 1)
        }
        #expect(throws: GzipBody.Failure.tooLarge) {
            try inflate(deflated, .deflate, step: deflated.count, byteCountMax: 1_000)
        }
    }

    @Test func `only known encodings are undone`() {
        #expect(GzipBody.Encoding("GZIP") == .gzip)
        #expect(GzipBody.Encoding("identity") == .identity)
        #expect(GzipBody.Encoding("br") == nil)
        #expect(GzipBody.Encoding("gzip, gzip") == nil)
    }
}
