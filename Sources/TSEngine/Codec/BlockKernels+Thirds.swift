/// Three integers in one number: widths between whole bits.
extension BlockKernels {
    /// Bits of a number of three integers, and how many different integers it takes.
    struct ThirdsWidth: Equatable {
        /// 4...38, no multiple of 3.
        let bitCount: Int
        /// Integers below it are packed: the largest number whose cube is at most `2^bitCount`.
        let radix: UInt64

        /// From what a mini-block's header says; nil if it is none.
        init?(bitCount: Int) {
            guard bitCount >= 4, bitCount <= 38, bitCount % 3 != 0 else { return nil }
            self.bitCount = bitCount
            radix = Self.radices[bitCount]
        }

        /// The smallest that takes `largest`; nil if whole bits do as well.
        init?(largest: UInt64) {
            let width = 64 - largest.leadingZeroBitCount
            guard width >= 2, width <= 13 else { return nil }
            for bitCount in [3 * width - 2, 3 * width - 1]
            where bitCount >= 4 && Self.radices[bitCount] > largest {
                self.init(bitCount: bitCount)
                return
            }
            return nil
        }

        private static let radices: [UInt64] = (0...38).map { bitCount in
            var radix = UInt64(1) << UInt64(bitCount / 3)
            while (radix + 1) * (radix + 1) * (radix + 1) <= UInt64(1) << UInt64(bitCount) {
                radix += 1
            }
            return radix
        }

        func byteCount(count: Int) -> Int { ((count + 2) / 3 * bitCount + 7) / 8 }
    }

    /// Unpacks `count` integers: `docs/formats/block.md`, "Thirds". Any bits give integers of at most
    /// `width.bitCount` bits.
    static func unpackThirds(
        _ bytes: RawSpan,
        at offset: Int,
        width: ThirdsWidth,
        count: Int,
        into target: inout MiniBlock
    ) {
        precondition(count >= 0 && count <= miniBlockCount)
        let byteCount = width.byteCount(count: count)
        unsafe withPacked(bytes, at: offset, byteCount: byteCount) { source in
            unsafe withPointer(&target) { target in
                var numbers = unsafe PackedThirds(source, width)
                var index = 0
                while index &+ 3 <= count {
                    let integers = numbers.next()
                    unsafe target[index] = integers.0
                    unsafe target[index &+ 1] = integers.1
                    unsafe target[index &+ 2] = integers.2
                    index &+= 3
                }
                if index < count {
                    let integers = numbers.next()
                    unsafe target[index] = integers.0
                    if index &+ 1 < count { unsafe target[index &+ 1] = integers.1 }
                }
            }
        }
    }

    /// The numbers of a mini-block, one after the other: reads eight bytes from the first of each.
    @safe private struct PackedThirds {
        private let source: UnsafeRawPointer
        private let radix: UInt64
        /// The high half of a product with it is the quotient: exact, as number and radix together
        /// have fewer than 64 bits.
        private let reciprocal: UInt64
        private let mask: UInt64
        private let width: Int
        private var bit = 0

        @inline(__always)
        init(_ source: UnsafeRawPointer, _ width: ThirdsWidth) {
            unsafe self.source = source
            radix = width.radix
            reciprocal = UInt64.max / width.radix &+ 1
            mask = UInt64(1) &<< UInt64(width.bitCount) &- 1
            self.width = width.bitCount
        }

        @inline(__always)
        mutating func next() -> (Int64, Int64, Int64) {
            // At most 7 + 38 bits.
            let word = unsafe (source + bit &>> 3).loadUnaligned(as: UInt64.self)
            let number = (UInt64(littleEndian: word) &>> UInt64(bit & 7)) & mask
            bit &+= width
            let upper = number.multipliedFullWidth(by: reciprocal).high
            let last = upper.multipliedFullWidth(by: reciprocal).high
            return (
                Int64(bitPattern: number &- upper &* radix),
                Int64(bitPattern: upper &- last &* radix), Int64(bitPattern: last)
            )
        }
    }

    /// Packs integers, each below the radix, into `width.byteCount` bytes.
    static func packThirds(
        _ source: Span<Int64>,
        width: ThirdsWidth,
        into target: inout MutableSpan<UInt8>
    ) {
        precondition(source.count <= miniBlockCount)
        precondition(target.count == width.byteCount(count: source.count))
        var word: UInt64 = 0
        var (filled, offset, index) = (0, 0, 0)
        while index < source.count {
            var number: UInt64 = 0
            for position in stride(from: min(index + 3, source.count) - 1, through: index, by: -1) {
                number = number &* width.radix &+ UInt64(bitPattern: source[position])
            }
            // At most 7 + 38 bits.
            word |= number &<< UInt64(filled)
            filled += width.bitCount
            while filled >= 8 {
                target[offset] = UInt8(truncatingIfNeeded: word)
                offset += 1
                word &>>= 8
                filled -= 8
            }
            index += 3
        }
        if filled > 0 { target[offset] = UInt8(truncatingIfNeeded: word) }
    }

    /// The largest of some unsigned integers.
    static func largest(_ values: Span<Int64>) -> UInt64 {
        var largest: UInt64 = 0
        unsafe values.withUnsafeBufferPointer { values in
            for index in values.indices {
                largest = max(largest, UInt64(bitPattern: unsafe values[index]))
            }
        }
        return largest
    }
}
