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
        scale: NumberScale,
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
                // With 2^27 added, every integer of a smaller magnitude is below 2^28.
                var offsets: UInt64 = 0
                for index in 0..<count {
                    offsets |= unsafe UInt64(bitPattern: source[index] &+ 1 &<< 27)
                }
                let isMultiplied = scale.multipliedMax > 0 && offsets < 1 &<< 28
                let (divisor, high, low) = (scale.divisor, scale.high, scale.low)
                switch scale.scale {
                case .decimal where divisor == 1:
                    unsafe map(source, target, count) { BlockScale.double($0) }
                case .decimal where isMultiplied:
                    unsafe map(source, target, count) {
                        BlockScale.double($0) * high + BlockScale.double($0) * low
                    }
                case .decimal:
                    unsafe map(source, target, count) { BlockScale.double($0) / divisor }
                case .single:
                    unsafe map(source, target, count) {
                        Double(Float(BlockScale.double($0) / divisor))
                    }
                case .quantum(let bitCount):
                    let shift = Int64(bitCount)
                    unsafe map(source, target, count) {
                        BlockScale.double(ordered: $0 &<< shift)
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func map(
        _ source: UnsafePointer<Int64>,
        _ target: UnsafeMutablePointer<Double>,
        _ count: Int,
        _ body: (Int64) -> Double
    ) {
        for index in 0..<count { unsafe target[index] = body(source[index]) }
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
