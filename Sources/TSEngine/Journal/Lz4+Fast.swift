internal import CLZ4

extension Lz4 {
    /// `source` compressed by the fast method, whatever that saves: for bytes that are read once.
    ///
    /// - Precondition: fewer than 2 GB, which the size of a commit group bounds.
    static func compressFast(_ source: [UInt8]) -> [UInt8] {
        let capacity = LZ4_compressBound(Int32(source.count))
        return unsafe [UInt8](unsafeUninitializedCapacity: Int(capacity)) { buffer, count in
            // LZ4 reads `source.count` bytes and writes at most `capacity`: the buffers' sizes.
            let written = unsafe source.withUnsafeBytes { source in
                unsafe LZ4_compress_default(
                    source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UnsafeMutableRawPointer(buffer.baseAddress)?
                        .assumingMemoryBound(to: CChar.self),
                    Int32(source.count),
                    capacity
                )
            }
            // It fails only if the buffer is smaller than `LZ4_compressBound`.
            precondition(written > 0, "LZ4 with enough room")
            count = Int(written)
        }
    }
}
