/// The loops of `Crc32c`.
extension BlockKernels {
    /// CRC-32C by the tables of `Crc32c`; long inputs are folded first.
    static func crc32c(_ bytes: RawSpan, tables: Span<UInt32>) -> UInt32 {
        precondition(tables.count == 12 * 256)
        return unsafe tables.withUnsafeBufferPointer { tables in
            unsafe bytes.withUnsafeBytes { bytes in
                guard let table = tables.baseAddress, let base = bytes.baseAddress
                else { return 0 }
                if bytes.count < crcFoldedByteCountMin {
                    return unsafe ~crc32c(.max, base, bytes.count, table)
                }
                return unsafe ~crc32c(folding: base, bytes.count, table)
            }
        }
    }

    /// Below, folding saves nothing: about 800 bytes are left of any input.
    private static let crcFoldedByteCountMin = 2_048

    /// The checksum of a long input: first a shorter input with the same checksum, by exclusive
    /// or of whole vectors.
    ///
    /// With y = x^64, y^101 is the sum of y^97, y^58, y^57, y^54, y^45, y^39 and 1 modulo the
    /// polynomial (found by search). So a word may be left out if it is added to the words 4, 43,
    /// 44, 47, 56, 62 and 101 places behind it. The small distance is one vector, which stays in a
    /// register; the others are long enough that what they load has reached the cache.
    @inline(__always)
    private static func crc32c(
        folding base: UnsafeRawPointer,
        _ byteCount: Int,
        _ table: UnsafePointer<UInt32>
    ) -> UInt32 {
        let reach = 104
        let wordCount = byteCount &>> 5 &* 4
        let foldedCount = (wordCount &- 101) &>> 2 &* 4
        // Zeros in front, so that the first words need no other loop; then the folded words.
        return unsafe withUnsafeTemporaryAllocation(
            byteCount: 8 &* (reach &+ wordCount),
            alignment: 32
        ) { scratch in
            guard let front = scratch.baseAddress else { return 0 }
            unsafe front.initializeMemory(as: UInt8.self, repeating: 0, count: 8 &* reach)
            let folded = unsafe front + 8 &* reach
            let rest = unsafe folded + 8 &* foldedCount
            let restByteCount = 8 &* (wordCount &- foldedCount)
            unsafe rest.initializeMemory(as: UInt8.self, repeating: 0, count: restByteCount)
            // The initial value of the checksum is an exclusive or with the first four bytes.
            var previous = Row(0xFFFF_FFFF, 0, 0, 0)
            var offset = 0
            while offset < 8 &* foldedCount {
                let sum = unsafe crcTaps(folded + offset) ^ previous
                previous = unsafe sum ^ base.loadUnaligned(fromByteOffset: offset, as: Row.self)
                unsafe folded.storeBytes(of: previous, toByteOffset: offset, as: Row.self)
                offset &+= 32
            }
            // From the back, because these words are not folded any more: those before them still
            // have to read as zero.
            offset = 8 &* wordCount
            while offset > 8 &* foldedCount {
                offset &-= 32
                let near = unsafe folded.loadUnaligned(fromByteOffset: offset &- 32, as: Row.self)
                let word = unsafe base.loadUnaligned(fromByteOffset: offset, as: Row.self)
                let sum = unsafe crcTaps(folded + offset) ^ near ^ word
                unsafe folded.storeBytes(of: sum, toByteOffset: offset, as: Row.self)
            }
            let crc = unsafe crc32c(0, rest, restByteCount, table)
            let tail = 8 &* wordCount
            return unsafe crc32c(crc, base + tail, byteCount &- tail, table)
        }
    }

    /// What the words 43 and more places before add.
    @inline(__always)
    private static func crcTaps(_ target: UnsafeMutableRawPointer) -> Row {
        let first = unsafe (target - 8 * 101).loadUnaligned(as: Row.self)
        let second = unsafe (target - 8 * 62).loadUnaligned(as: Row.self)
        let third = unsafe (target - 8 * 56).loadUnaligned(as: Row.self)
        let fourth = unsafe (target - 8 * 47).loadUnaligned(as: Row.self)
        let fifth = unsafe (target - 8 * 44).loadUnaligned(as: Row.self)
        let sixth = unsafe (target - 8 * 43).loadUnaligned(as: Row.self)
        return (first ^ second) ^ (third ^ fourth) ^ (fifth ^ sixth)
    }

    /// The state after `byteCount` more bytes: four stretches side by side, because one chain of
    /// look-ups waits for memory most of the time.
    private static func crc32c(
        _ state: UInt32,
        _ base: UnsafeRawPointer,
        _ byteCount: Int,
        _ table: UnsafePointer<UInt32>
    ) -> UInt32 {
        let stretch = Crc32c.stretchByteCount
        var next = unsafe base
        var remaining = byteCount
        var crc = state
        while remaining >= 4 * stretch {
            var (first, second, third, fourth) = (crc, UInt32(0), UInt32(0), UInt32(0))
            for _ in 0..<stretch / 8 {
                unsafe first = crc32c(first, next, table)
                unsafe second = crc32c(second, next + stretch, table)
                unsafe third = crc32c(third, next + 2 &* stretch, table)
                unsafe fourth = crc32c(fourth, next + 3 &* stretch, table)
                unsafe next += 8
            }
            unsafe next += 3 &* stretch
            remaining &-= 4 &* stretch
            crc = unsafe crc32c(movedOverStretch: first, table) ^ second
            crc = unsafe crc32c(movedOverStretch: crc, table) ^ third
            crc = unsafe crc32c(movedOverStretch: crc, table) ^ fourth
        }
        while remaining >= 8 {
            crc = unsafe crc32c(crc, next, table)
            unsafe next += 8
            remaining &-= 8
        }
        while remaining > 0 {
            let byte = unsafe next.load(as: UInt8.self)
            crc = unsafe (crc >> 8) ^ table[Int((crc ^ UInt32(byte)) & 0xFF)]
            unsafe next += 1
            remaining &-= 1
        }
        return crc
    }

    /// One step of eight bytes.
    @inline(__always)
    private static func crc32c(
        _ crc: UInt32,
        _ bytes: UnsafeRawPointer,
        _ table: UnsafePointer<UInt32>
    ) -> UInt32 {
        let word = unsafe UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
        let low = UInt32(truncatingIfNeeded: word)
        let high = UInt32(truncatingIfNeeded: word >> 32)
        return unsafe (table[1792 &+ Int(low & 0xFF)] ^ table[1536 &+ Int(low >> 8 & 0xFF)])
            ^ (table[1280 &+ Int(low >> 16 & 0xFF)] ^ table[1024 &+ Int(low >> 24)])
            ^ (table[768 &+ Int(high & 0xFF)] ^ table[512 &+ Int(high >> 8 & 0xFF)])
            ^ (table[256 &+ Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)])
    }

    @inline(__always)
    private static func crc32c(
        movedOverStretch crc: UInt32,
        _ table: UnsafePointer<UInt32>
    ) -> UInt32 {
        unsafe table[2048 &+ Int(crc & 0xFF)] ^ table[2304 &+ Int(crc >> 8 & 0xFF)]
            ^ table[2560 &+ Int(crc >> 16 & 0xFF)] ^ table[2816 &+ Int(crc >> 24)]
    }
}
