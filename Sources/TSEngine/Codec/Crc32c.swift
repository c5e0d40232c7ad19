/// CRC-32C (Castagnoli): the checksum of a block's stored bytes.
///
/// Reflected polynomial 0x82F63B78, initial value and final xor 0xFFFFFFFF; "123456789" gives
/// 0xE3069283. Source: RFC 3720, appendix B.4. The instruction for it is out of reach without C, so
/// this takes eight bytes in one step, and four stretches of 64 bytes at once.
package enum Crc32c {
    /// Bytes of the stretches whose checksums are computed side by side.
    static let stretchByteCount = 64

    /// Twelve tables of 256. `tables[256 * k + b]` is the effect of byte `b` followed by `k` zero
    /// bytes, for k = 0...7; tables 8...11 move a whole checksum over a stretch of zero bytes, one
    /// table for each of its bytes.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 12 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
            tables[byte] = crc
        }
        for index in 256..<8 * 256 {
            let previous = tables[index - 256]
            tables[index] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
        }
        for index in 0..<4 * 256 {
            var crc = UInt32(index % 256) << UInt32(8 * (index / 256))
            for _ in 0..<stretchByteCount { crc = (crc >> 8) ^ tables[Int(crc & 0xFF)] }
            tables[8 * 256 + index] = crc
        }
        return tables
    }()

    /// The checksum of all of `bytes`.
    package static func checksum(_ bytes: RawSpan) -> UInt32 {
        let tables = tables
        return BlockKernels.crc32c(bytes, tables: tables.span)
    }
}
