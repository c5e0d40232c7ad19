import CLZ4

/// Raw LZ4 blocks, without the frame that the `lz4` tool writes.
///
/// Source: lz4.h, `LZ4_decompress_safe`, and lz4hc.h, `LZ4_compress_HC`.
enum Lz4 {
    /// The strongest level before the optimal parser, whose gain on packed bits is below 1 %.
    private static let level: Int32 = 9

    /// `source` compressed, or `nil` if that takes more than `byteCountMax` bytes.
    static func compress(_ source: RawSpan, byteCountMax: Int) -> [UInt8]? {
        guard byteCountMax > 0, let sourceCount = Int32(exactly: source.byteCount),
            let capacity = Int32(exactly: byteCountMax)
        else { return nil }
        let target = unsafe [UInt8](unsafeUninitializedCapacity: byteCountMax) { buffer, count in
            // LZ4 reads `sourceCount` bytes and writes at most `capacity`: the sizes of the
            // buffers.
            let written = unsafe source.withUnsafeBytes { source in
                unsafe LZ4_compress_HC(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?
                        .assumingMemoryBound(to: CChar.self),
                    sourceCount,
                    capacity,
                    level
                )
            }
            count = max(0, Int(written))
        }
        return target.isEmpty ? nil : target
    }

    /// Decompresses exactly `byteCount` bytes, all that `source` holds.
    ///
    /// - Throws: `.compression` if `source` is not an LZ4 block of that length.
    static func decompress(_ source: RawSpan, byteCount: Int) throws(CodecError) -> [UInt8] {
        guard let sourceCount = Int32(exactly: source.byteCount),
            let capacity = Int32(exactly: byteCount)
        else { throw .compression }
        var decompressedCount: Int32 = -1
        let target = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            // LZ4 checks `source` and writes at most `capacity` bytes: the size of the buffer.
            decompressedCount = unsafe source.withUnsafeBytes { source in
                unsafe LZ4_decompress_safe(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?
                        .assumingMemoryBound(to: CChar.self),
                    sourceCount,
                    capacity
                )
            }
            count = max(0, Int(decompressedCount))
        }
        guard decompressedCount == capacity else { throw .compression }
        return target
    }
}
