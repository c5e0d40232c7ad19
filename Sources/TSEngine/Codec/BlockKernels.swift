/// Up to 256 integers of a stream: the unit in which streams are packed and unpacked.
typealias MiniBlock = InlineArray<256, Int64>

/// The inner loops of the codec, over 256 values at most (decode) or over a whole column (encode).
///
/// Here, and in the `BlockKernels+*.swift` files, is the hot path's unsafe code, and nowhere else:
/// pointers instead of spans make these loops up to twice as fast, because a bounds check in a loop
/// keeps it from being vectorized. Every function takes spans and checks, before its loop, the
/// ranges that the loop touches; callers that read hostile bytes check the same first and throw. So
/// nothing here reads or writes outside its arguments, whatever the stored bytes say. Arithmetic
/// wraps, as the format does. Vectors are loaded as they are stored, so this is for little-endian
/// machines.
enum BlockKernels {
    /// Values in a full mini-block.
    static let miniBlockCount = 256

    /// Bytes that `count` integers of `width` bits take.
    static func packedByteCount(count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    // MARK: Unpacking

    /// Where a stream stands between two mini-blocks: `order` 0 plain, 1 delta, 2 delta of delta.
    struct Integration {
        var order: Int
        /// The last value and, for order 2, the last difference.
        var value: Int64
        var delta: Int64 = 0

        /// Whether doubles of the next mini-block may come by multiplication, if each `t` has at
        /// most `bitCount` bits, and base or zigzag is undone.
        ///
        /// Only asked where nothing is summed up: besides sums, a division costs no time.
        @inline(__always)
        func allowsMultiplying(_ scale: NumberScale, _ base: Int64?, bitCount: Int) -> Bool {
            if order > 0 { return false }
            let range = Double(sign: .plus, exponent: bitCount, significand: 1)
            return range + Double(base ?? 0).magnitude < scale.multipliedMax
        }
    }

    /// Unpacks `count` integers of `width` bits: `docs/formats/block.md`, "Packed".
    static func unpack(
        _ bytes: RawSpan,
        at offset: Int,
        width: Int,
        count: Int,
        into target: inout MiniBlock
    ) {
        precondition(count >= 0 && count <= miniBlockCount)
        unsafe withPacked(bytes, at: offset, width: width, count: count) { source in
            unsafe withPointer(&target) { target in
                if count < miniBlockCount {
                    return unsafe unpackRest(source, width, count, target)
                }
                if width >= 1, width <= fixedWidthMax {
                    return unsafe unpackFixed(source, width, UnsafeMutableRawPointer(target))
                }
                let source = unsafe PackedRows(source, width: width)
                for row in 0..<source.count {
                    unsafe store(source.row(row), at: row, of: target)
                }
            }
        }
    }

    /// Unpacks a full mini-block and turns its residuals into integers on the way.
    ///
    /// `base`: the smallest residual (frame of reference).
    static func unpackIntegers(
        _ bytes: RawSpan,
        at offset: Int,
        width: Int,
        base: Int64,
        state: inout Integration,
        into target: inout MiniBlock
    ) {
        unsafe withPacked(bytes, at: offset, width: width, count: miniBlockCount) { source in
            unsafe withPointer(&target) { target in
                unsafe integrate(PackedRows(source, width: width), base, &state) { row, integers in
                    unsafe store(integers, at: row, of: target)
                }
            }
        }
    }

    /// The same, and on to doubles by `scale`.
    static func unpackNumbers(
        _ bytes: RawSpan,
        at offset: Int,
        width: Int,
        base: Int64,
        state: inout Integration,
        scale: NumberScale,
        into target: inout MutableSpan<Double>,
        from start: Int
    ) {
        precondition(start >= 0 && target.count - start >= miniBlockCount)
        let isMultiplied = state.allowsMultiplying(scale, base, bitCount: width)
        unsafe withPacked(bytes, at: offset, width: width, count: miniBlockCount) { source in
            unsafe target.withUnsafeMutableBytes { target in
                guard let first = target.baseAddress else { return }
                let source = unsafe PackedRows(source, width: width)
                let target = unsafe first + 8 &* start
                unsafe numbers(source, base, &state, scale, isMultiplied, into: target)
            }
        }
    }

    /// Ors the high parts of patches, `highByteCount` bytes each, to the integers at the positions.
    ///
    /// - Returns: Bits of the largest integer, or `nil`, with `target` of no more use, if positions
    ///   do not ascend or leave the mini-block, or a high part has more than `64 - width` bits.
    static func patch(
        _ target: inout MiniBlock,
        width: Int,
        count limit: Int,
        _ bytes: RawSpan,
        positions positionsOffset: Int,
        highs highsOffset: Int,
        patchCount: Int,
        highByteCount: Int
    ) -> Int? {
        precondition(width >= 0 && width < 64 && limit <= miniBlockCount)
        precondition(patchCount >= 1 && highByteCount >= 1 && highByteCount <= 8)
        precondition(positionsOffset >= 0 && bytes.byteCount - positionsOffset >= patchCount)
        let highsByteCount = patchCount * highByteCount
        precondition(highsOffset >= 0 && bytes.byteCount - highsOffset >= highsByteCount)
        // The last loads are of eight bytes, whatever they need.
        let isPadded = bytes.byteCount - highsOffset >= highsByteCount + 8
        let mask = lowBits(8 &* highByteCount)
        let shift = UInt64(width)
        var isAscending = true
        var previous = -1
        var allHighs: UInt64 = 0
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe withPointer(&target) { target in
                guard let base = bytes.baseAddress else { return }
                var next = unsafe base + highsOffset
                for index in 0..<patchCount {
                    let position = unsafe Int(
                        base.load(fromByteOffset: positionsOffset &+ index, as: UInt8.self)
                    )
                    isAscending = isAscending && position > previous
                    previous = position
                    var high: UInt64 = 0
                    if isPadded {
                        high = unsafe UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
                    } else {
                        for byte in (0..<highByteCount).reversed() {
                            high =
                                unsafe high &<< 8
                                | UInt64(
                                    next.load(
                                        fromByteOffset: byte,
                                        as: UInt8.self
                                    )
                                )
                        }
                    }
                    high &= mask
                    unsafe next += highByteCount
                    allHighs |= high
                    // A byte is always an index of a mini-block, so this needs no check before.
                    unsafe target[position] |= Int64(bitPattern: high &<< shift)
                }
            }
        }
        let bitCount = width + 64 - allHighs.leadingZeroBitCount
        return isAscending && previous < limit && bitCount <= 64 ? bitCount : nil
    }

    /// Turns the first `count` residuals, stored as `t`, into integers; `count` is below 256 only
    /// at the end of a stream, and then `state` is of no more use.
    static func integrate(
        _ target: inout MiniBlock,
        count: Int,
        base: Int64?,
        state: inout Integration
    ) {
        precondition(count >= 0 && count <= miniBlockCount)
        unsafe withPointer(&target) { target in
            let base = unsafe base ?? unzigzag(target)
            let source = unsafe StoredRows(UnsafeRawPointer(target), count: (count &+ 3) / 4)
            integrate(source, base, &state) { row, integers in
                unsafe store(integers, at: row, of: target)
            }
        }
    }

    /// The same for a full mini-block, and on to doubles by `scale`.
    ///
    /// `bitCount`: no `t` has more bits.
    static func integrateNumbers(
        _ source: inout MiniBlock,
        bitCount: Int,
        base: Int64?,
        state: inout Integration,
        scale: NumberScale,
        into target: inout MutableSpan<Double>,
        from start: Int
    ) {
        precondition(start >= 0 && target.count - start >= miniBlockCount)
        let isMultiplied = state.allowsMultiplying(scale, base, bitCount: bitCount)
        unsafe withPointer(&source) { source in
            let known = unsafe base ?? unzigzag(source)
            let source = unsafe StoredRows(UnsafeRawPointer(source), count: 64)
            unsafe target.withUnsafeMutableBytes { target in
                guard let first = target.baseAddress else { return }
                let target = unsafe first + 8 &* start
                unsafe numbers(source, known, &state, scale, isMultiplied, into: target)
            }
        }
    }

    /// Four integers that follow each other, the unit of all loops here.
    typealias Row = SIMD4<Int64>

    /// The loops of unpacking load whole vectors and words, so they read a little past the packed
    /// bytes: at width 0, where there are none, one vector, and at the end of a stream 16 bytes.
    private static let slackByteCount = 64

    /// Lends the packed bytes with `slackByteCount` readable bytes behind them.
    @inline(__always)
    private static func withPacked(
        _ bytes: RawSpan,
        at offset: Int,
        width: Int,
        count: Int,
        _ body: (UnsafeRawPointer) -> Void
    ) {
        precondition(width >= 0 && width <= 64)
        let byteCount = packedByteCount(count: count, width: width)
        unsafe withPacked(bytes, at: offset, byteCount: byteCount, body)
    }

    /// The same for any number of bytes.
    @inline(__always)
    static func withPacked(
        _ bytes: RawSpan,
        at offset: Int,
        byteCount: Int,
        _ body: (UnsafeRawPointer) -> Void
    ) {
        precondition(offset >= 0 && bytes.byteCount - offset >= byteCount)
        unsafe bytes.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            if source.count - offset >= byteCount + slackByteCount {
                return unsafe body(base + offset)
            }
            unsafe withUnsafeTemporaryAllocation(
                byteCount: byteCount + slackByteCount,
                alignment: 32
            ) { copy in
                guard let copyBase = copy.baseAddress else { return }
                unsafe copyBase.copyMemory(from: base + offset, byteCount: byteCount)
                let slack = unsafe copyBase + byteCount
                unsafe slack.initializeMemory(as: UInt8.self, repeating: 0, count: slackByteCount)
                unsafe body(copyBase)
            }
        }
    }

    @inline(__always)
    static func withPointer(
        _ block: inout MiniBlock,
        _ body: (UnsafeMutablePointer<Int64>) -> Void
    ) {
        var span = block.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe body(base)
        }
    }

    /// Where the loops take rows from: packed, or in memory.
    private protocol RowSource {
        var count: Int { get }
        func row(_ index: Int) -> Row
    }

    /// The 64 rows of a packed mini-block: reads `32 * max(width, 1)` bytes from `base`.
    @safe private struct PackedRows: RowSource {
        private let base: UnsafeRawPointer
        private let width: Int
        /// From a row's first bit to its last one.
        private let reach: Int
        private let mask: SIMD4<UInt64>
        var count: Int { 64 }

        @inline(__always)
        init(_ base: UnsafeRawPointer, width: Int) {
            unsafe self.base = base
            self.width = width
            reach = max(width, 1) &- 1
            mask = SIMD4(repeating: lowBits(width))
        }

        /// The word of the first bit and that of the last one. Mostly they are the same: what the
        /// second one adds then lies above the mask, or is what the first one gave (distance 0).
        /// Asking for the word behind the first one instead would be a funnel shift, which the
        /// compiler (6.3.1, AVX2) does lane by lane.
        @inline(__always)
        func row(_ index: Int) -> Row {
            let bit = index &* width
            let shift = UInt64(truncatingIfNeeded: bit)
            let first = words(of: bit) &>> SIMD4(repeating: shift)
            let last = words(of: bit &+ reach) &<< SIMD4(repeating: 0 &- shift)
            return Row(truncatingIfNeeded: (first | last) & mask)
        }

        /// The four lanes' words that have the bit.
        @inline(__always)
        private func words(of bit: Int) -> SIMD4<UInt64> {
            unsafe (base + (bit &>> 6) &* 32).loadUnaligned(as: SIMD4<UInt64>.self)
        }
    }

    /// The first rows of an unpacked mini-block.
    @safe private struct StoredRows: RowSource {
        private let base: UnsafeRawPointer
        let count: Int

        @inline(__always)
        init(_ base: UnsafeRawPointer, count: Int) {
            unsafe self.base = base
            self.count = count
        }

        @inline(__always)
        func row(_ index: Int) -> Row {
            unsafe base.loadUnaligned(fromByteOffset: index &* 32, as: Row.self)
        }
    }

    @inline(__always)
    private static func store(_ row: Row, at index: Int, of target: UnsafeMutablePointer<Int64>) {
        unsafe UnsafeMutableRawPointer(target).storeBytes(
            of: row,
            toByteOffset: index &* 32,
            as: Row.self
        )
    }

    @inline(__always)
    static func lowBits(_ width: Int) -> UInt64 {
        width == 0 ? 0 : UInt64.max &>> UInt64(64 &- width)
    }

    /// The rest of a stream, one integer after the other: reads up to 16 bytes past the packed
    /// ones.
    private static func unpackRest(
        _ source: UnsafeRawPointer,
        _ width: Int,
        _ count: Int,
        _ target: UnsafeMutablePointer<Int64>
    ) {
        let mask = lowBits(width)
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

    // MARK: Integrating

    /// Undoes zigzag for a full mini-block, before it is summed up: in one loop with the sums, the
    /// compiler (6.3.1, AVX2) moves the shifts to the wrong side of the shuffles.
    ///
    /// - Returns: The base that is left to add.
    @inline(__always)
    private static func unzigzag(_ target: UnsafeMutablePointer<Int64>) -> Int64 {
        let source = unsafe StoredRows(UnsafeRawPointer(target), count: 64)
        for row in 0..<source.count { unsafe store(unzigzag(source.row(row)), at: row, of: target) }
        return 0
    }

    @inline(__always)
    private static func unzigzag(_ stored: Row) -> Row {
        let halves = SIMD4<UInt64>(truncatingIfNeeded: stored) &>> SIMD4(repeating: 1)
        return Row(truncatingIfNeeded: halves) ^ (Row(repeating: 0) &- (stored & 1))
    }

    /// Calls `emit` with the integers of each row of residuals, to which `base` is added before.
    ///
    /// The sums within a row do not wait for the row before, so only one addition a row is a chain.
    @inline(__always)
    private static func integrate(
        _ source: some RowSource,
        _ base: Int64,
        _ state: inout Integration,
        emit: (Int, Row) -> Void
    ) {
        let base = Row(repeating: base)
        var value = Row(repeating: state.value)
        var delta = Row(repeating: state.delta)
        switch state.order {
        case 0:
            for row in 0..<source.count { emit(row, source.row(row) &+ base) }
        case 1:
            for row in 0..<source.count {
                let sums = prefixSums(source.row(row) &+ base)
                emit(row, value &+ sums)
                value &+= Row(repeating: sums[3])
            }
        default:
            for row in 0..<source.count {
                let deltaSums = prefixSums(source.row(row) &+ base)
                let sums = prefixSums(delta &+ deltaSums)
                emit(row, value &+ sums)
                value &+= Row(repeating: sums[3])
                delta &+= Row(repeating: deltaSums[3])
            }
        }
        state.value = value[0]
        state.delta = delta[0]
    }

    /// `(a, a + b, a + b + c, a + b + c + d)`.
    @inline(__always)
    private static func prefixSums(_ row: Row) -> Row {
        let pairs = row &+ Row(0, row[0], 0, row[2])
        return pairs &+ Row(0, 0, pairs[1], pairs[1])
    }

    // MARK: Numbers

    /// Stores the doubles of each row of residuals.
    ///
    /// `isMultiplied`: the integers are below `scale.multipliedMax`.
    @inline(__always)
    private static func numbers(
        _ source: some RowSource,
        _ base: Int64,
        _ state: inout Integration,
        _ scale: NumberScale,
        _ isMultiplied: Bool,
        into target: UnsafeMutableRawPointer
    ) {
        switch scale.scale {
        case .decimal where scale.divisor == 1:
            unsafe numbers(source, base, &state, into: target) { $0 }
        case .decimal where isMultiplied:
            let (high, low) = (SIMD4(repeating: scale.high), SIMD4(repeating: scale.low))
            unsafe numbers(source, base, &state, into: target) { $0 * high + $0 * low }
        case .decimal:
            let divisor = SIMD4(repeating: scale.divisor)
            unsafe numbers(source, base, &state, into: target) { $0 / divisor }
        case .single where isMultiplied:
            let (high, low) = (SIMD4(repeating: scale.high), SIMD4(repeating: scale.low))
            unsafe numbers(source, base, &state, into: target) {
                SIMD4<Double>(SIMD4<Float>($0 * high + $0 * low))
            }
        case .single:
            let divisor = SIMD4(repeating: scale.divisor)
            unsafe numbers(source, base, &state, into: target) {
                SIMD4<Double>(SIMD4<Float>($0 / divisor))
            }
        case .quantum(let bitCount):
            let shift = Row(repeating: Int64(bitCount))
            integrate(source, base, &state) { row, integers in
                let ordered = integers &<< shift
                // All ones where negative: AVX2 has no arithmetic shift of 64 bits.
                let sign = Row(repeating: 0).replacing(with: -1, where: ordered .< 0)
                unsafe target.storeBytes(
                    of: ordered ^ (sign & Row(repeating: Int64.max)),
                    toByteOffset: row &* 32,
                    as: Row.self
                )
            }
        }
    }

    @inline(__always)
    private static func numbers(
        _ source: some RowSource,
        _ base: Int64,
        _ state: inout Integration,
        into target: UnsafeMutableRawPointer,
        _ scaled: (SIMD4<Double>) -> SIMD4<Double>
    ) {
        integrate(source, base, &state) { row, integers in
            unsafe target.storeBytes(
                of: scaled(doubles(integers)),
                toByteOffset: row &* 32,
                as: SIMD4<Double>.self
            )
        }
    }

    /// Exact for magnitudes below 2^51, as `BlockScale.double`.
    @inline(__always)
    private static func doubles(_ integers: Row) -> SIMD4<Double> {
        let bits = integers &+ Row(repeating: BlockScale.magicBits)
        // Both are four times 64 bits, and every bit pattern is a double.
        return unsafe unsafeBitCast(bits, to: SIMD4<Double>.self) - BlockScale.magic
    }
}
