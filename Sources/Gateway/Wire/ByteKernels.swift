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

    /// A number of at most seven characters, digits with or without a point, that begins at `index`.
    struct ShortDecimal {
        /// All digits, as one number.
        let digits: UInt32
        /// How many of them are behind the point.
        let fractionCount: Int
        let byteCount: Int
    }

    /// Reads a number of RFC 8259 without sign and exponent. Works on eight bytes at once: where the
    /// digits end is found by arithmetic, so that numbers of all lengths cost the same.
    ///
    /// - Returns: nil if there is none, if it is longer, or too near to the end of the bytes.
    @inline(__always)
    static func shortDecimal(_ bytes: Span<UInt8>, at index: Int) -> ShortDecimal? {
        guard index >= 0, bytes.count - index >= 8 else { return nil }
        let text = word(unsafe bytes.bytes, index)
        // Digits are 0x30 to 0x39: their upper half is 3, also after adding 6. A carry into the next
        // byte comes from 0xFA and above only, which end the number anyway.
        let zeros: UInt64 = 0x3030_3030_3030_3030
        let upper: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
        let rest = ((text ^ zeros) | ((text &+ 0x0606_0606_0606_0606) ^ zeros)) & upper
        var marks =
            (((rest & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7F7F_7F7F_7F7F_7F7F) | rest)
            & 0x8080_8080_8080_8080
        guard marks != 0 else { return nil }
        let wholeCount = marks.trailingZeroBitCount / 8
        // A leading zero stands alone.
        guard wholeCount > 0, wholeCount == 1 || text & 0xFF != 0x30 else { return nil }
        var (digits, digitCount, fractionCount) = (text, wholeCount, 0)
        var next = text &>> UInt64(8 * wholeCount) & 0xFF
        if next == UInt64(UInt8(ascii: ".")) {
            marks &= marks &- 1
            guard marks != 0 else { return nil }
            let byteCount = marks.trailingZeroBitCount / 8
            digitCount = byteCount - 1
            fractionCount = digitCount - wholeCount
            guard fractionCount > 0 else { return nil }
            next = text &>> UInt64(8 * byteCount) & 0xFF
            // Closes the gap of the point.
            let whole = UInt64(1) &<< UInt64(8 * wholeCount) &- 1
            digits = (text & whole) | (text &>> 8 & ~whole)
        }
        guard next | 0x20 != UInt64(UInt8(ascii: "e")) else { return nil }
        // The last digit into the highest byte, zeros before the first one; then pairs, fours, eights.
        var sum = digits &<< UInt64(64 - 8 * digitCount) & 0x0F0F_0F0F_0F0F_0F0F
        sum = sum &* 10 &+ sum &>> 8
        let (low, high) = (sum & 0x0000_00FF_0000_00FF, sum &>> 16 & 0x0000_00FF_0000_00FF)
        sum = low &* 0x000F_4240_0000_0064 &+ high &* 0x0000_2710_0000_0001
        return ShortDecimal(
            digits: UInt32(truncatingIfNeeded: sum &>> 32),
            fractionCount: fractionCount,
            byteCount: digitCount + (fractionCount > 0 ? 1 : 0)
        )
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
