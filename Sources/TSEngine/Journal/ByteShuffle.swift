/// Doubles by byte planes: first the lowest byte of every value, then the next, and so on. Equal
/// signs, exponents and zero tails become runs, which is what LZ4 finds.
///
/// All unsafe code of the journal is in this file: eight values at a time are transposed as an 8 x 8
/// matrix of bytes in registers, which safe indexing of single bytes was six times slower than.
enum ByteShuffle {
    /// Writes the planes of `values`; `target` has 8 bytes for each value.
    static func shuffle(_ values: [Double], into target: inout MutableSpan<UInt8>) {
        let count = values.count
        precondition(target.count == count * 8, "eight bytes a value")
        unsafe target.withUnsafeMutableBytes { planes in
            unsafe values.withUnsafeBytes { source in
                guard let base = planes.baseAddress else { return }
                var index = 0
                while index + 8 <= count {
                    unsafe transpose(
                        UnsafeRawBufferPointer(rebasing: source[index * 8..<index * 8 + 64]),
                        to: base + index,
                        stride: count,
                        taking: 8
                    )
                    index += 8
                }
                guard index < count else { return }
                // The last few, padded to a group of eight.
                var group = SIMD8<UInt64>()
                for offset in index..<count {
                    group[offset - index] = unsafe source.loadUnaligned(
                        fromByteOffset: offset * 8,
                        as: UInt64.self
                    )
                }
                unsafe withUnsafeBytes(of: &group) { group in
                    unsafe transpose(
                        group,
                        to: base + index,
                        stride: count,
                        taking: count - index
                    )
                }
            }
        }
    }

    /// The inverse of `shuffle`.
    static func unshuffle(_ planes: RawSpan, count: Int) -> [Double] {
        precondition(planes.byteCount == count * 8, "eight bytes a value")
        return unsafe planes.withUnsafeBytes { planes in
            unsafe [Double](unsafeUninitializedCapacity: count) { target, written in
                for index in 0..<count {
                    var bits: UInt64 = 0
                    for plane in 0..<8 {
                        bits |= UInt64(unsafe planes[plane * count + index]) &<< UInt64(8 * plane)
                    }
                    unsafe (target.baseAddress?.advanced(by: index))?
                        .initialize(to: Double(bitPattern: bits))
                }
                written = count
            }
        }
    }

    /// Writes byte k of the eight values of `source` to `target + k * stride`, `taking` bytes each.
    ///
    /// - Precondition: `source` has 64 bytes; `target + 7 * stride + taking` is inside its buffer.
    @unsafe @inline(__always)
    private static func transpose(
        _ source: UnsafeRawBufferPointer,
        to target: UnsafeMutableRawPointer,
        stride: Int,
        taking: Int
    ) {
        var rows = SIMD8<UInt64>()
        for row in 0..<8 {
            rows[row] = unsafe source.loadUnaligned(fromByteOffset: row * 8, as: UInt64.self)
        }
        // Three rounds of block swaps (Hacker's Delight, section 7-3, widened from bits to bytes).
        swapBlocks(&rows, distance: 4, shift: 32, mask: 0x0000_0000_FFFF_FFFF)
        swapBlocks(&rows, distance: 2, shift: 16, mask: 0x0000_FFFF_0000_FFFF)
        swapBlocks(&rows, distance: 1, shift: 8, mask: 0x00FF_00FF_00FF_00FF)
        for plane in 0..<8 {
            let row = unsafe target + plane * stride
            if taking == 8 {
                unsafe row.storeBytes(of: rows[plane], as: UInt64.self)
            } else {
                for byte in 0..<taking {
                    unsafe row.storeBytes(
                        of: UInt8(truncatingIfNeeded: rows[plane] &>> UInt64(8 * byte)),
                        toByteOffset: byte,
                        as: UInt8.self
                    )
                }
            }
        }
    }

    @inline(__always)
    private static func swapBlocks(
        _ rows: inout SIMD8<UInt64>,
        distance: Int,
        shift: UInt64,
        mask: UInt64
    ) {
        for first in 0..<8 where first & distance == 0 {
            let (low, high) = (rows[first], rows[first + distance])
            rows[first] = (low & mask) | ((high & mask) &<< shift)
            rows[first + distance] = ((low &>> shift) & mask) | (high & ~mask)
        }
    }
}
