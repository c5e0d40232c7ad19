/// Whole columns, or stretches of them: what the decoder does besides unpacking.
extension BlockKernels {
    /// `target[i] = base + factor * target[i]` for the first `count` integers.
    static func scale(_ target: inout MiniBlock, count: Int, factor: Int64, base: Int64) {
        precondition(count >= 0 && count <= miniBlockCount)
        var targetSpan = target.mutableSpan
        unsafe targetSpan.withUnsafeMutableBufferPointer { buffer in
            guard let values = buffer.baseAddress else { return }
            for index in 0..<count { unsafe values[index] = base &+ factor &* values[index] }
        }
    }

    /// Copies integers to `target`, from `start`.
    static func copy(
        _ source: Span<Int64>,
        into target: inout MutableSpan<Int64>,
        at start: Int
    ) {
        let count = source.count
        precondition(start >= 0 && target.count - start >= count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            unsafe source.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress else { return }
                unsafe (target + start).update(from: source, count: count)
            }
        }
    }

    /// Turns integers into doubles by `scale`.
    static func number(
        _ source: Span<Int64>,
        scale: BlockScale,
        into target: inout MutableSpan<Double>,
        at start: Int
    ) {
        let count = source.count
        precondition(start >= 0 && target.count - start >= count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            let target = unsafe base + start
            unsafe source.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress else { return }
                switch scale {
                case .decimal(let decimal):
                    let divisor = decimal.divisor
                    if divisor == 1 {
                        for index in 0..<count {
                            unsafe target[index] = BlockScale.double(source[index])
                        }
                    } else {
                        for index in 0..<count {
                            unsafe target[index] = BlockScale.double(source[index]) / divisor
                        }
                    }
                case .single(let digitCount):
                    let divisor = BlockScale.powersOfTen[digitCount]
                    for index in 0..<count {
                        let quotient = unsafe BlockScale.double(source[index]) / divisor
                        unsafe target[index] = Double(Float(quotient))
                    }
                case .quantum(let bitCount):
                    let shift = Int64(bitCount)
                    for index in 0..<count {
                        let ordered = unsafe source[index] &<< shift
                        unsafe target[index] = BlockScale.double(ordered: ordered)
                    }
                }
            }
        }
    }

    /// Adds ulps to numbers: to the bits, or (`ordered`, for `.quantum`) to the ordered bits.
    static func addUlps(
        _ source: Span<Int64>,
        ordered: Bool,
        to target: inout MutableSpan<Double>,
        at start: Int
    ) {
        let count = source.count
        precondition(start >= 0 && target.count - start >= count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            let target = unsafe base + start
            unsafe source.withUnsafeBufferPointer { source in
                guard let source = source.baseAddress else { return }
                for index in 0..<count {
                    let value = unsafe target[index]
                    let ulps = unsafe source[index]
                    if ordered {
                        unsafe target[index] =
                            BlockScale.double(ordered: BlockScale.ordered(value) &+ ulps)
                    } else {
                        let bits = value.bitPattern &+ UInt64(bitPattern: ulps)
                        unsafe target[index] = Double(bitPattern: bits)
                    }
                }
            }
        }
    }

    /// Looks ranks up.
    ///
    /// - Returns: `false`, and nothing is written, if a rank is not in `dictionary`.
    static func gather(
        _ source: Span<Int64>,
        from dictionary: Span<Double>,
        into target: inout MutableSpan<Double>,
        at start: Int
    ) -> Bool {
        let count = source.count
        precondition(start >= 0 && target.count - start >= count)
        return unsafe target.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return false }
            return unsafe dictionary.withUnsafeBufferPointer { dictionary in
                unsafe source.withUnsafeBufferPointer { source in
                    // One test of the largest rank, unsigned, replaces a test for each.
                    var largest: UInt64 = 0
                    for index in 0..<count {
                        largest = unsafe max(largest, UInt64(bitPattern: source[index]))
                    }
                    guard largest < UInt64(dictionary.count) else { return false }
                    for index in 0..<count {
                        let rank = unsafe Int(truncatingIfNeeded: source[index])
                        unsafe target[start &+ index] = dictionary[rank]
                    }
                    return true
                }
            }
        }
    }

    /// `target[start + i] = value + i * step` for `count` integers.
    static func ramp(
        _ target: inout MutableSpan<Int64>,
        at start: Int,
        count: Int,
        from value: Int64,
        step: Int64
    ) {
        precondition(start >= 0 && count >= 0 && target.count - start >= count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            for index in 0..<count {
                unsafe target[start &+ index] =
                    value &+ Int64(truncatingIfNeeded: index) &* step
            }
        }
    }

    /// `target[i] = minuends[i] - subtrahend`.
    static func subtract(
        _ subtrahend: Int64,
        from minuends: Span<Int64>,
        into target: inout MutableSpan<Int64>
    ) {
        let count = target.count
        precondition(minuends.count == count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            unsafe minuends.withUnsafeBufferPointer { minuends in
                guard let minuends = minuends.baseAddress else { return }
                for index in 0..<count { unsafe target[index] = minuends[index] &- subtrahend }
            }
        }
    }

    /// `target[i] = minuends[i] - target[i]`.
    static func subtract(_ target: inout MutableSpan<Int64>, from minuends: Span<Int64>) {
        let count = target.count
        precondition(minuends.count == count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            unsafe minuends.withUnsafeBufferPointer { minuends in
                guard let minuends = minuends.baseAddress else { return }
                for index in 0..<count { unsafe target[index] = minuends[index] &- target[index] }
            }
        }
    }

    /// Writes `value` to `start..<end` of `target`.
    static func fill(
        _ target: inout MutableSpan<Double>,
        from start: Int,
        to end: Int,
        with value: Double
    ) {
        precondition(start >= 0 && start <= end && end <= target.count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            unsafe (base + start).update(repeating: value, count: end - start)
        }
    }

    /// Copies `count` stored doubles from `offset` to the front of `target`.
    static func copyDoubles(
        _ bytes: RawSpan,
        at offset: Int,
        count: Int,
        into target: inout MutableSpan<Double>
    ) {
        precondition(offset >= 0 && count >= 0 && count <= target.count)
        precondition(bytes.byteCount - offset >= 8 * count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let target = target.baseAddress else { return }
            unsafe bytes.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                for index in 0..<count {
                    let bits = unsafe base.loadUnaligned(
                        fromByteOffset: offset &+ 8 &* index,
                        as: UInt64.self
                    )
                    unsafe target[index] = Double(bitPattern: UInt64(littleEndian: bits))
                }
            }
        }
    }

    /// Moves `count` values within `target` to a later place; the two may overlap.
    static func move(
        in target: inout MutableSpan<Double>,
        from source: Int,
        to destination: Int,
        count: Int
    ) {
        precondition(source >= 0 && source <= destination && count >= 0)
        precondition(destination <= target.count - count)
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let base = target.baseAddress else { return }
            unsafe (base + destination).update(from: base + source, count: count)
        }
    }
}
