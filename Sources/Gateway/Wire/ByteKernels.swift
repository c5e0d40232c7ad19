/// Comparing, hashing and searching bytes eight at a time: the unsafe part of the line scanner.
///
/// Every function checks at its entry that all it will read lies inside the span; the loads behind
/// that check are `unsafeLoadUnaligned`, unsafe only for types with invalid bit patterns, which
/// `UInt64` is not.
enum ByteKernels {
    /// Whether `count` bytes of both are equal. False if one of them ends before.
    @inline(__always)
    static func areEqual(
        _ left: Span<UInt8>,
        at leftStart: Int,
        _ right: Span<UInt8>,
        at rightStart: Int,
        count: Int
    ) -> Bool {
        guard count >= 0, leftStart >= 0, rightStart >= 0, left.count - leftStart >= count,
            right.count - rightStart >= count
        else { return false }
        let (left, right) = unsafe (left.bytes, right.bytes)
        var offset = 0
        while offset + 8 <= count {
            if word(left, leftStart + offset) != word(right, rightStart + offset) { return false }
            offset += 8
        }
        // What is left over, by the last eight bytes once more.
        if count >= 8 {
            return word(left, leftStart + count - 8) == word(right, rightStart + count - 8)
        }
        while offset < count {
            let leftByte = unsafe left.unsafeLoad(
                fromByteOffset: leftStart + offset,
                as: UInt8.self
            )
            let rightByte = unsafe right.unsafeLoad(
                fromByteOffset: rightStart + offset,
                as: UInt8.self
            )
            if leftByte != rightByte { return false }
            offset += 1
        }
        return true
    }

    /// A hash of `range`, for tables in this process only. With a secret `seed` nobody can make
    /// keys that collide on purpose: words are mixed in by a 128-bit product, as wyhash does.
    ///
    /// - Precondition: `range` lies in `bytes`.
    @inline(__always)
    static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>, seed: UInt64) -> UInt64 {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        let raw = unsafe bytes.bytes
        var state = seed ^ UInt64(truncatingIfNeeded: range.count) &* 0x9E37_79B9_7F4A_7C15
        var index = range.lowerBound
        while index + 8 <= range.upperBound {
            state = mix(state ^ word(raw, index), 0xA076_1D64_78BD_642F)
            index += 8
        }
        if index < range.upperBound {
            var rest: UInt64 = 0
            while index < range.upperBound {
                rest =
                    unsafe rest << 8
                    | UInt64(raw.unsafeLoad(fromByteOffset: index, as: UInt8.self))
                index += 1
            }
            state = mix(state ^ rest, 0xE703_7ED1_A0B4_28DB)
        }
        return mix(state, 0x8EBC_6AF0_9C88_C6E3)
    }

    /// The first index from `start` on whose byte is one of three; `bytes.count` if there is none.
    @inline(__always)
    static func firstIndex(
        of first: UInt8,
        _ second: UInt8,
        _ third: UInt8,
        in bytes: Span<UInt8>,
        from start: Int
    ) -> Int {
        precondition(start >= 0 && start <= bytes.count)
        let raw = unsafe bytes.bytes
        let ones: UInt64 = 0x0101_0101_0101_0101
        let (a, b, c) = (ones &* UInt64(first), ones &* UInt64(second), ones &* UInt64(third))
        var index = start
        while index + 8 <= bytes.count {
            let word = word(raw, index)
            let hits = zeroBytes(word ^ a) | zeroBytes(word ^ b) | zeroBytes(word ^ c)
            // The lowest mark is exact: false ones come only above a true one.
            if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte == first || byte == second || byte == third { return index }
            index += 1
        }
        return index
    }

    /// Marks the highest bit of every byte that is zero, and maybe of bytes above such a one.
    @inline(__always)
    private static func zeroBytes(_ word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }

    /// Little endian, so that the byte that comes first is the lowest.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(
            littleEndian: unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: offset,
                as: UInt64.self
            )
        )
    }
}
