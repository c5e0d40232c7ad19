/// The loops of the encoder.
extension BlockKernels {
    /// Packs the `width` low bits of at most 256 integers; `target` has exactly the packed size.
    static func pack(
        _ source: Span<Int64>,
        width: Int,
        into target: inout MutableSpan<UInt8>
    ) {
        let count = source.count
        precondition(width >= 0 && width <= 64 && count <= miniBlockCount)
        precondition(target.count == packedByteCount(count: count, width: width))
        if width == 0 { return }
        let mask = lowBits(width)
        unsafe target.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe source.withUnsafeBufferPointer { source in
                guard let values = source.baseAddress else { return }
                if count == miniBlockCount {
                    unsafe packFull(UnsafeRawPointer(values), width, mask, base)
                } else {
                    unsafe packRest(values, width, count, mask, buffer)
                }
            }
        }
    }

    /// 64 rows of four lanes: writes `32 * width` bytes.
    private static func packFull(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ mask: UInt64,
        _ target: UnsafeMutableRawPointer
    ) {
        var word = SIMD4<UInt64>(repeating: 0)
        var filled = 0
        var offset = 0
        for row in 0..<64 {
            let value =
                unsafe source.loadUnaligned(fromByteOffset: row &* 32, as: SIMD4<UInt64>.self)
                & SIMD4(repeating: mask)
            let shift = UInt64(truncatingIfNeeded: filled)
            word |= value &<< SIMD4(repeating: shift)
            filled &+= width
            if filled >= 64 {
                unsafe target.storeBytes(of: word, toByteOffset: offset, as: SIMD4<UInt64>.self)
                offset &+= 32
                filled &-= 64
                word = (value &>> SIMD4(repeating: 1)) &>> SIMD4(repeating: 63 &- shift)
            }
        }
    }

    /// One after the other, bytes as they fill up.
    private static func packRest(
        _ source: UnsafePointer<Int64>,
        _ width: Int,
        _ count: Int,
        _ mask: UInt64,
        _ target: UnsafeMutableRawBufferPointer
    ) {
        var word: UInt64 = 0
        var filled = 0
        var offset = 0
        for index in 0..<count {
            let value = unsafe UInt64(bitPattern: source[index]) & mask
            let shift = UInt64(truncatingIfNeeded: filled)
            word |= value &<< shift
            filled &+= width
            if filled >= 64 {
                unsafe target.storeBytes(
                    of: word.littleEndian,
                    toByteOffset: offset,
                    as: UInt64.self
                )
                offset &+= 8
                filled &-= 64
                word = (value &>> 1) &>> (63 &- shift)
            }
        }
        while filled > 0 {
            unsafe target[offset] = UInt8(truncatingIfNeeded: word)
            word &>>= 8
            offset &+= 1
            filled &-= 8
        }
    }

    /// Stands for the ulps of a value that its scale does not give back.
    static let exceptionMark = Int64.max

    /// What scaling a column met with.
    struct ScalingOutcome {
        var hasExceptions = false
        var hasUlps = false
    }

    /// The nearest `x / divisor` to `value`, and how many ulps `value` is above it.
    @inline(__always)
    static func decimal(_ value: Double, divisor: Double) -> (integer: Int64, ulps: Int64) {
        let t = value * divisor
        let integer = BlockScale.nearest(t)
        let ulps = distance(value, BlockScale.double(integer) / divisor)
        return (integer, t.magnitude < 0x1p51 ? ulps : exceptionMark)
    }

    /// The same with the quotient rounded to `Float`.
    @inline(__always)
    static func single(_ value: Double, divisor: Double) -> (integer: Int64, ulps: Int64) {
        let t = value * divisor
        let integer = BlockScale.nearest(t)
        let ulps = distance(value, Double(Float(BlockScale.double(integer) / divisor)))
        return (integer, t.magnitude < 0x1p51 ? ulps : exceptionMark)
    }

    /// The nearest multiple of `2^bitCount` in the order of doubles, and the ulps to `value`.
    @inline(__always)
    static func quantum(_ value: Double, bitCount: Int64) -> (integer: Int64, ulps: Int64) {
        let ordered = BlockScale.ordered(value)
        let half: Int64 = bitCount == 0 ? 0 : 1 &<< (bitCount &- 1)
        let integer = (ordered &+ half) &>> bitCount
        let ulps = ordered &- (integer &<< bitCount)
        let isKept = value.isFinite && UInt64(bitPattern: ulps &+ 7) <= 14
        return (integer, isKept ? ulps : exceptionMark)
    }

    /// Difference of the bit patterns, or the mark if it is not in -7...7.
    @inline(__always)
    private static func distance(_ value: Double, _ prediction: Double) -> Int64 {
        let ulps = Int64(bitPattern: value.bitPattern &- prediction.bitPattern)
        return UInt64(bitPattern: ulps &+ 7) <= 14 ? ulps : exceptionMark
    }

    /// Scales a column: `integers[i]` and `ulps[i]` of each value, `exceptionMark` for exceptions.
    static func integers(
        of values: Span<Double>,
        _ scale: BlockScale,
        into integers: inout MutableSpan<Int64>,
        ulps: inout MutableSpan<Int64>
    ) -> ScalingOutcome {
        switch scale {
        case .decimal(let scale):
            let divisor = scale.divisor
            return Self.scale(values, &integers, &ulps) { decimal($0, divisor: divisor) }
        case .single(let digitCount):
            let divisor = BlockScale.powersOfTen[digitCount]
            return Self.scale(values, &integers, &ulps) { single($0, divisor: divisor) }
        case .quantum(let bitCount):
            let bitCount = Int64(bitCount)
            return Self.scale(values, &integers, &ulps) { quantum($0, bitCount: bitCount) }
        }
    }

    @inline(__always)
    private static func scale(
        _ values: Span<Double>,
        _ integers: inout MutableSpan<Int64>,
        _ ulps: inout MutableSpan<Int64>,
        _ scaled: (Double) -> (integer: Int64, ulps: Int64)
    ) -> ScalingOutcome {
        let count = values.count
        precondition(integers.count == count && ulps.count == count)
        return unsafe values.withUnsafeBufferPointer { values in
            unsafe integers.withUnsafeMutableBufferPointer { integers in
                unsafe ulps.withUnsafeMutableBufferPointer { ulps in
                    guard let values = values.baseAddress, let integers = integers.baseAddress,
                        let ulps = ulps.baseAddress
                    else { return ScalingOutcome() }
                    var exceptions: Int64 = 0
                    var anyUlps: Int64 = 0
                    for index in 0..<count {
                        let result = unsafe scaled(values[index])
                        unsafe integers[index] = result.integer
                        unsafe ulps[index] = result.ulps
                        let isException = result.ulps == exceptionMark
                        exceptions |= isException ? 1 : 0
                        anyUlps |= isException ? 0 : result.ulps
                    }
                    return ScalingOutcome(hasExceptions: exceptions != 0, hasUlps: anyUlps != 0)
                }
            }
        }
    }

    /// The residuals of `count` values from `start`: `order` 0 plain, 1 delta, 2 delta of delta.
    static func residuals(
        of values: Span<Int64>,
        from start: Int,
        count: Int,
        order: Int,
        into target: inout MiniBlock
    ) {
        precondition(count >= 0 && count <= miniBlockCount)
        precondition(start >= 0 && values.count - start >= count)
        var targetSpan = target.mutableSpan
        unsafe targetSpan.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            unsafe values.withUnsafeBufferPointer { values in
                guard let base = values.baseAddress else { return }
                let values = unsafe base + start
                // The stream's first `order` values have no predecessors; the loops start behind
                // them, so that indices stay within `values`.
                let first = min(count, max(0, order - start))
                for index in 0..<first {
                    let hasPrevious = index + start > 0
                    unsafe target[index] = hasPrevious ? values[index] &- values[index - 1] : 0
                }
                switch order {
                case 0:
                    unsafe target.update(from: values, count: count)
                case 1:
                    for index in first..<count {
                        unsafe target[index] = values[index] &- values[index &- 1]
                    }
                default:
                    for index in first..<count {
                        unsafe target[index] =
                            values[index] &- 2 &* values[index &- 1] &+ values[index &- 2]
                    }
                }
            }
        }
    }

    /// What to subtract from residuals: the frame of reference.
    enum Base {
        case smallest
        case known(Int64)
    }

    /// Turns residuals into unsigned `t`: less the base, or zigzag if there is none.
    ///
    /// - Returns: The base; 0 for zigzag.
    static func unsign(_ target: inout MiniBlock, count: Int, base: Base?) -> Int64 {
        precondition(count >= 1 && count <= miniBlockCount)
        var targetSpan = target.mutableSpan
        return unsafe targetSpan.withUnsafeMutableBufferPointer { buffer in
            guard let values = buffer.baseAddress else { return 0 }
            guard let base else {
                for index in 0..<count {
                    unsafe values[index] = Int64(bitPattern: Zigzag.encode(values[index]))
                }
                return 0
            }
            var smallest = Int64.max
            switch base {
            case .smallest:
                for index in 0..<count { smallest = unsafe min(smallest, values[index]) }
            case .known(let known): smallest = known
            }
            for index in 0..<count { unsafe values[index] &-= smallest }
            return smallest
        }
    }

    /// How many of at most 256 unsigned integers have 0, 1, ... 64 bits.
    ///
    /// Neighbours mostly have the same length, so each of four counts in its own table: increments
    /// of one counter would wait for each other.
    static func bitLengthHistogram(_ values: Span<Int64>) -> InlineArray<65, UInt16> {
        let count = values.count
        precondition(count <= miniBlockCount)
        var tables = InlineArray<260, UInt16>(repeating: 0)
        var tablesSpan = tables.mutableSpan
        unsafe tablesSpan.withUnsafeMutableBufferPointer { tables in
            guard let tables = tables.baseAddress else { return }
            unsafe values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { return }
                for index in 0..<count {
                    let bits = unsafe UInt64(bitPattern: values[index])
                    // At most 64, and so within its table of 65.
                    let bitLength = 64 &- bits.leadingZeroBitCount
                    unsafe tables[(index & 3) &* 65 &+ bitLength] &+= 1
                }
            }
        }
        var histogram = InlineArray<65, UInt16>(repeating: 0)
        for length in histogram.indices {
            histogram[length] =
                tables[length] + tables[65 + length] + tables[130 + length] + tables[195 + length]
        }
        return histogram
    }
}
