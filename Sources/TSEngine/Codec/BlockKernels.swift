/// Up to 256 integers of a stream: the unit in which streams are packed and unpacked.
typealias MiniBlock = InlineArray<256, Int64>

/// The inner loops of the codec, over 256 values at most (decode) or over a whole column (encode).
///
/// This is the one file of the hot path with unsafe code: pointers instead of spans make these loops
/// up to twice as fast, because a bounds check in a loop keeps it from being vectorized.
/// Every function takes spans and checks, before its loop, the ranges that the loop touches;
/// callers that read hostile bytes check the same first and throw. So nothing here reads or writes
/// outside its arguments, whatever the stored bytes say. Arithmetic wraps, as the format does.
enum BlockKernels {
    /// Values in a full mini-block.
    static let miniBlockCount = 256

    /// Bytes that `count` integers of `width` bits take.
    static func packedByteCount(count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    // MARK: Packing

    /// Unpacks `count` integers of `width` bits: `docs/formats/block.md`, "Packed".
    static func unpack(
        _ bytes: RawSpan,
        at offset: Int,
        width: Int,
        count: Int,
        into target: inout MiniBlock
    ) {
        precondition(width >= 0 && width <= 64 && count >= 0 && count <= miniBlockCount)
        let byteCount = packedByteCount(count: count, width: width)
        precondition(offset >= 0 && bytes.byteCount - offset >= byteCount)
        var targetSpan = target.mutableSpan
        unsafe targetSpan.withUnsafeMutableBufferPointer { buffer in
            guard let target = buffer.baseAddress else { return }
            if width == 0 {
                unsafe target.update(repeating: 0, count: miniBlockCount)
                return
            }
            unsafe bytes.withUnsafeBytes { source in
                guard let base = source.baseAddress else { return }
                if source.count - offset >= byteCount + slackByteCount {
                    unsafe unpack(base + offset, width, count, target)
                } else {
                    // The loops read up to `slackByteCount` bytes past the packed ones.
                    unsafe withUnsafeTemporaryAllocation(
                        byteCount: byteCount + slackByteCount,
                        alignment: 32
                    ) { copy in
                        guard let copyBase = copy.baseAddress else { return }
                        unsafe copyBase.copyMemory(from: base + offset, byteCount: byteCount)
                        unsafe (copyBase + byteCount).initializeMemory(
                            as: UInt8.self,
                            repeating: 0,
                            count: slackByteCount
                        )
                        unsafe unpack(copyBase, width, count, target)
                    }
                }
            }
        }
    }

    /// The loops of `unpack` load whole vectors, so they read this far past the packed bytes.
    private static let slackByteCount = 32

    @inline(__always)
    private static func unpack(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ count: Int,
        _ target: UnsafeMutablePointer<Int64>
    ) {
        if count == miniBlockCount {
            unsafe unpackFull(source, width, UnsafeMutableRawPointer(target))
        } else {
            unsafe unpackRest(source, width, count, target)
        }
    }

    /// 64 rows of four lanes: reads `32 * width + 32` bytes, writes 2,048.
    private static func unpackFull(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ target: UnsafeMutableRawPointer
    ) {
        let mask = SIMD4<UInt64>(repeating: UInt64.max &>> UInt64(64 - width))
        var bit = 0
        for row in 0..<64 {
            let word = unsafe source + (bit &>> 6) &* 32
            let shift = UInt64(truncatingIfNeeded: bit & 63)
            let low =
                unsafe word.loadUnaligned(as: SIMD4<UInt64>.self) &>> SIMD4(repeating: shift)
            // Two shifts, because the operator takes a distance of 64 for one of 0.
            let next = unsafe word.loadUnaligned(fromByteOffset: 32, as: SIMD4<UInt64>.self)
            let high = (next &<< SIMD4(repeating: 1)) &<< SIMD4(repeating: 63 &- shift)
            unsafe target.storeBytes(
                of: (low | high) & mask,
                toByteOffset: row &* 32,
                as: SIMD4<UInt64>.self
            )
            bit &+= width
        }
    }

    /// One after the other: reads at most 16 bytes past the packed ones.
    private static func unpackRest(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ count: Int,
        _ target: UnsafeMutablePointer<Int64>
    ) {
        let mask = UInt64.max &>> UInt64(64 - width)
        var bit = 0
        for index in 0..<count {
            let shift = UInt64(truncatingIfNeeded: bit & 7)
            let word = unsafe source + bit &>> 3
            let low = UInt64(littleEndian: unsafe word.loadUnaligned(as: UInt64.self)) &>> shift
            let next = unsafe UInt64(word.load(fromByteOffset: 8, as: UInt8.self))
            let high = (next &<< 1) &<< (63 &- shift)
            unsafe target[index] = Int64(bitPattern: (low | high) & mask)
            bit &+= width
        }
    }

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
        let mask = UInt64.max &>> UInt64(64 - width)
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
                unsafe target.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
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

    // MARK: Residuals

    /// How a mini-block continues its stream: `order` 0 plain, 1 delta, 2 delta of delta.
    struct Integration {
        var order: Int
        /// The last value and, for order 2, the last difference.
        var value: Int64
        var delta: Int64 = 0
    }

    /// Turns the first `count` residuals, stored as `t`, into values.
    ///
    /// - Parameter base: The smallest residual (frame of reference), or `nil` for zigzag.
    static func integrate(
        _ target: inout MiniBlock,
        count: Int,
        base: Int64?,
        state: inout Integration
    ) {
        precondition(count >= 0 && count <= miniBlockCount)
        var targetSpan = target.mutableSpan
        unsafe targetSpan.withUnsafeMutableBufferPointer { buffer in
            guard let values = buffer.baseAddress else { return }
            if let base {
                unsafe integrate(values, count, &state) { $0 &+ SIMD4(repeating: base) }
            } else {
                unsafe integrate(values, count, &state) { stored in
                    let bits = SIMD4<UInt64>(truncatingIfNeeded: stored)
                    let halves = SIMD4<Int64>(truncatingIfNeeded: bits &>> 1)
                    return halves ^ (SIMD4(repeating: 0) &- (stored & 1))
                }
            }
        }
    }

    /// Rows of four at a time: the sums within a row do not wait for the row before, so that only
    /// one addition a row is a chain. Positions after `count` are written too, with anything.
    @inline(__always)
    private static func integrate(
        _ values: UnsafeMutablePointer<Int64>,
        _ count: Int,
        _ state: inout Integration,
        _ residual: (SIMD4<Int64>) -> SIMD4<Int64>
    ) {
        let rowCount = (count &+ 3) &>> 2
        let rows = UnsafeMutableRawPointer(values)
        switch state.order {
        case 0:
            for row in 0..<rowCount {
                let stored = unsafe rows.loadUnaligned(
                    fromByteOffset: row &* 32,
                    as: SIMD4<Int64>.self
                )
                unsafe rows.storeBytes(
                    of: residual(stored),
                    toByteOffset: row &* 32,
                    as: SIMD4<Int64>.self
                )
            }
            return
        case 1:
            var value = SIMD4(repeating: state.value)
            for row in 0..<rowCount {
                let stored = unsafe rows.loadUnaligned(
                    fromByteOffset: row &* 32,
                    as: SIMD4<Int64>.self
                )
                let sums = prefixSums(residual(stored))
                unsafe rows.storeBytes(
                    of: value &+ sums,
                    toByteOffset: row &* 32,
                    as: SIMD4<Int64>.self
                )
                value &+= SIMD4(repeating: sums[3])
            }
        default:
            var value = SIMD4(repeating: state.value)
            var delta = SIMD4(repeating: state.delta)
            for row in 0..<rowCount {
                let stored = unsafe rows.loadUnaligned(
                    fromByteOffset: row &* 32,
                    as: SIMD4<Int64>.self
                )
                let sums = prefixSums(residual(stored))
                let values = prefixSums(delta &+ sums)
                unsafe rows.storeBytes(
                    of: value &+ values,
                    toByteOffset: row &* 32,
                    as: SIMD4<Int64>.self
                )
                value &+= SIMD4(repeating: values[3])
                delta &+= SIMD4(repeating: sums[3])
            }
        }
        // The state is that of the last value, not of the last row.
        let beforeCount = state
        state.value = unsafe count > 0 ? values[count &- 1] : beforeCount.value
        if state.order == 2, count > 0 {
            let previous = unsafe count > 1 ? values[count &- 2] : beforeCount.value
            state.delta = state.value &- previous
        }
    }

    /// `(a, a + b, a + b + c, a + b + c + d)`.
    @inline(__always)
    private static func prefixSums(_ row: SIMD4<Int64>) -> SIMD4<Int64> {
        let pairs = row &+ SIMD4(0, row[0], row[1], row[2])
        return pairs &+ SIMD4(0, 0, pairs[0], pairs[1])
    }

    // MARK: Numbers

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

// MARK: - Checksum

extension BlockKernels {
    /// CRC-32C by the tables of `Crc32c`: four stretches side by side, because one chain of
    /// look-ups waits for memory most of the time.
    static func crc32c(_ bytes: RawSpan, tables: Span<UInt32>) -> UInt32 {
        precondition(tables.count == 12 * 256)
        return unsafe tables.withUnsafeBufferPointer { tables in
            unsafe bytes.withUnsafeBytes { bytes in
                guard let table = tables.baseAddress, var next = bytes.baseAddress
                else { return 0 }
                let stretch = Crc32c.stretchByteCount
                var remaining = bytes.count
                var crc: UInt32 = 0xFFFF_FFFF
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
                return crc ^ 0xFFFF_FFFF
            }
        }
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

// MARK: - Encoding

extension BlockKernels {
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
    static func bitLengthHistogram(_ values: Span<Int64>) -> InlineArray<65, UInt16> {
        precondition(values.count <= miniBlockCount)
        var histogram = InlineArray<65, UInt16>(repeating: 0)
        for index in values.indices {
            let bitLength = 64 &- UInt64(bitPattern: values[index]).leadingZeroBitCount
            histogram[bitLength] &+= 1
        }
        return histogram
    }
}

extension Array where Element: BitwiseCopyable {
    /// Appends `count` elements that `fill` writes, without zeroing them first.
    ///
    /// `fill` must write every element: the memory holds what was there before. If it throws,
    /// nothing is appended.
    @inline(__always)
    mutating func appendUninitialized<Failure: Error>(
        _ count: Int,
        _ fill: (inout MutableSpan<Element>) throws(Failure) -> Void
    ) throws(Failure) {
        try append(addingCapacity: count) { (output: inout OutputSpan<Element>) throws(Failure) in
            try unsafe output.withUnsafeMutableBufferPointer {
                (buffer, initializedCount) throws(Failure) in
                // Assigning to uninitialized memory is defined for a bitwise-copyable type, and the
                // output span has room for `count`.
                var span = unsafe MutableSpan(
                    _unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
                )
                try fill(&span)
                initializedCount = count
            }
        }
    }
}
