/// Writes one STREAM, in the order, kind and widths that cost least.
///
/// Format: `docs/formats/block.md`, "STREAM"; how to choose: there, "Choosing".
struct StreamEncoder {
    private let order: Int
    private let isZigzag: Bool
    private let blocks: [MiniBlockPlan]
    /// Bits of all mini-blocks: what candidates are compared by.
    private let bitCount: Int

    /// The cheapest way to write `values`.
    ///
    /// `orderMax`: 1 for delta at most, 2 if delta of delta may win. `thirds`: whether three integers
    /// may share a number, which is smaller and takes more time to undo.
    init(_ values: Span<Int64>, orderMax: Int, thirds: Bool) {
        self.init(values, order: 0, isZigzag: false, thirds: thirds)
        if values.count < 3 { return }
        let delta = StreamEncoder(values, order: 1, isZigzag: true, thirds: thirds)
        // A higher order must gain 1 % or 2 %: it costs more time to undo.
        if delta.bitCount * 100 < bitCount * 99 { self = delta }
        if orderMax >= 2 {
            let second = StreamEncoder(values, order: 2, isZigzag: true, thirds: thirds)
            if second.bitCount * 100 < bitCount * 98 { self = second }
        }
        if order == 1 {
            let frame = StreamEncoder(values, order: 1, isZigzag: false, thirds: thirds)
            if frame.bitCount < bitCount { self = frame }
        }
    }

    private init(_ values: Span<Int64>, order: Int, isZigzag: Bool, thirds: Bool) {
        self.order = order
        self.isZigzag = isZigzag
        var blocks: [MiniBlockPlan] = []
        var bitCount = 0
        var residuals = MiniBlock(repeating: 0)
        var start = 0
        while start < values.count {
            let count = min(values.count - start, BlockKernels.miniBlockCount)
            BlockKernels.residuals(
                of: values,
                from: start,
                count: count,
                order: order,
                into: &residuals
            )
            let plan = MiniBlockPlan(
                &residuals,
                count: count,
                isZigzag: isZigzag,
                thirds: thirds
            )
            blocks.append(plan)
            bitCount += plan.bitCount
            start += count
        }
        self.blocks = blocks
        self.bitCount = bitCount
    }

    /// Bytes that the stream takes, give or take a few: for choices between columns.
    var byteCountEstimate: Int { 2 + bitCount / 8 }

    /// Appends the stream of `values`, the same that the encoder was made for.
    func append(_ values: Span<Int64>, to writer: inout ByteWriter) {
        writer.append(byte: UInt8(order | (isZigzag ? 4 : 0)))
        if order > 0 { writer.append(zigzag: values[0]) }
        var residuals = MiniBlock(repeating: 0)
        var start = 0
        for plan in blocks {
            let count = min(values.count - start, BlockKernels.miniBlockCount)
            BlockKernels.residuals(
                of: values,
                from: start,
                count: count,
                order: order,
                into: &residuals
            )
            plan.append(&residuals, count: count, isZigzag: isZigzag, to: &writer)
            start += count
        }
    }

    /// Appends `values` as a stream, in the cheapest way.
    static func append(
        _ values: Span<Int64>,
        orderMax: Int,
        thirds: Bool = false,
        to writer: inout ByteWriter
    ) {
        StreamEncoder(values, orderMax: orderMax, thirds: thirds).append(values, to: &writer)
    }
}

/// How one mini-block is packed: the base of its residuals, and the width beyond which they are
/// patched.
private struct MiniBlockPlan {
    /// Smallest residual; 0 with zigzag.
    let base: Int64
    /// Bits of each packed low part.
    let width: Int
    /// Bits of the largest `t`; `width` if nothing is patched.
    let largestWidth: Int
    /// Instead of `width`, where three integers share a number; then nothing is patched.
    let thirds: BlockKernels.ThirdsWidth?
    let bitCount: Int

    /// Turns `residuals` into `t` on the way.
    init(_ residuals: inout MiniBlock, count: Int, isZigzag: Bool, thirds: Bool) {
        base =
            BlockKernels.unsign(&residuals, count: count, base: isZigzag ? nil : .smallest)
        let histogram = BlockKernels.bitLengthHistogram(residuals.span.extracting(0..<count))
        var largest = 64
        while largest > 0, histogram[largest] == 0 { largest -= 1 }
        var width = largest
        var cost = count * largest
        var patchCount = 0
        var candidate = largest - 1
        while candidate >= 0 {
            patchCount += Int(histogram[candidate + 1])
            if patchCount > 255 { break }
            let highByteCount = (largest - candidate + 7) / 8
            let candidateCost =
                count * candidate + 8 * (patchCount * (1 + highByteCount) + 2)
            if candidateCost < cost { (cost, width) = (candidateCost, candidate) }
            candidate -= 1
        }
        self.width = width
        largestWidth = largest
        var thirdsWidth: BlockKernels.ThirdsWidth?
        if thirds, (2...13).contains(largest) {
            let most = BlockKernels.largest(residuals.span.extracting(0..<count))
            if let shared = BlockKernels.ThirdsWidth(largest: most) {
                // For less than a fiftieth it is not worth the time.
                let sharedCost = 8 * shared.byteCount(count: count)
                if sharedCost * 50 < cost * 49 { (cost, thirdsWidth) = (sharedCost, shared) }
            }
        }
        self.thirds = thirdsWidth
        let baseBitCount = 64 - Zigzag.encode(base).leadingZeroBitCount
        bitCount = 8 + cost + 8 * ((baseBitCount + 6) / 7)
    }

    func append(
        _ residuals: inout MiniBlock,
        count: Int,
        isZigzag: Bool,
        to writer: inout ByteWriter
    ) {
        _ = BlockKernels.unsign(&residuals, count: count, base: isZigzag ? nil : .known(base))
        if let thirds {
            writer.append(byte: MiniBlockHeader.thirdsMark + UInt8(thirds.bitCount))
            if !isZigzag { writer.append(zigzag: base) }
            writer.append(byteCount: thirds.byteCount(count: count)) { target in
                let integers = residuals.span.extracting(0..<count)
                BlockKernels.packThirds(integers, width: thirds, into: &target)
            }
            return
        }
        let isPatched = width < largestWidth
        writer.append(byte: UInt8(width) | (isPatched ? 0x80 : 0))
        if !isZigzag { writer.append(zigzag: base) }
        if isPatched { appendPatches(residuals.span.extracting(0..<count), to: &writer) }
        let byteCount = BlockKernels.packedByteCount(count: count, width: width)
        writer.append(byteCount: byteCount) { target in
            BlockKernels.pack(residuals.span.extracting(0..<count), width: width, into: &target)
        }
    }

    private func appendPatches(_ values: Span<Int64>, to writer: inout ByteWriter) {
        var positions: [Int] = []
        for index in values.indices where UInt64(bitPattern: values[index]) >> UInt64(width) != 0 {
            positions.append(index)
        }
        let highByteCount = (largestWidth - width + 7) / 8
        writer.append(byte: UInt8(positions.count))
        writer.append(byte: UInt8(highByteCount))
        for position in positions { writer.append(byte: UInt8(position)) }
        for position in positions {
            let high = UInt64(bitPattern: values[position]) >> UInt64(width)
            writer.append(fixed: high, byteCount: highByteCount)
        }
    }
}
