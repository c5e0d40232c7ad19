/// Reads one STREAM: a known number of integers, in mini-blocks of up to 256.
///
/// Format: `docs/formats/block.md`, "STREAM".
struct StreamDecoder {
    /// Integers not read yet.
    private(set) var remainingCount: Int
    private let isZigzag: Bool
    private var state: BlockKernels.Integration

    /// Reads the stream's header at `reader`.
    init(count: Int, _ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
        let header = try reader.byte(bytes)
        let order = Int(header & 3)
        guard order <= 2, header >> 2 <= 1 else { throw .stream(header) }
        remainingCount = count
        isZigzag = header >> 2 == 1
        let first = order > 0 ? try reader.zigzag(bytes) : 0
        state = BlockKernels.Integration(order: order, value: first)
    }

    /// Reads the next mini-block into the front of `target`.
    ///
    /// - Returns: Its number of integers, 256 except at the end, 0 after it.
    mutating func next(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        into target: inout MiniBlock
    ) throws(CodecError) -> Int {
        if remainingCount == 0 { return 0 }
        let header = try MiniBlockHeader(count: remainingCount, isZigzag: isZigzag, bytes, &reader)
        if header.isFull, let base = header.fusedBase {
            BlockKernels.unpackIntegers(
                bytes,
                at: header.packedOffset,
                width: header.width,
                base: base,
                state: &state,
                into: &target
            )
        } else {
            _ = try header.unpack(bytes, into: &target)
            BlockKernels.integrate(&target, count: header.count, base: header.base, state: &state)
        }
        remainingCount -= header.count
        return header.count
    }

    /// Reads the next mini-block as numbers of `scale` into `target`, from `start`.
    ///
    /// `scratch`: room for the integers, where they do not stay in registers. Returns what
    /// `next(_:_:into:)` does.
    mutating func next(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        scale: NumberScale,
        scratch: inout MiniBlock,
        into target: inout MutableSpan<Double>,
        from start: Int
    ) throws(CodecError) -> Int {
        if remainingCount < BlockKernels.miniBlockCount {
            let count = try next(bytes, &reader, into: &scratch)
            let integers = scratch.span.extracting(0..<count)
            BlockKernels.number(integers, scale: scale, into: &target, at: start)
            return count
        }
        let header = try MiniBlockHeader(count: remainingCount, isZigzag: isZigzag, bytes, &reader)
        if let base = header.fusedBase {
            BlockKernels.unpackNumbers(
                bytes,
                at: header.packedOffset,
                width: header.width,
                base: base,
                state: &state,
                scale: scale,
                into: &target,
                from: start
            )
        } else {
            let bitCount = try header.unpack(bytes, into: &scratch)
            BlockKernels.integrateNumbers(
                &scratch,
                bitCount: bitCount,
                base: header.base,
                state: &state,
                scale: scale,
                into: &target,
                from: start
            )
        }
        remainingCount -= header.count
        return header.count
    }

    /// Steps over the whole stream; mini-blocks are not unpacked, so their patches are not checked.
    mutating func skip(_ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
        while remainingCount > 0 {
            remainingCount -= try MiniBlockHeader(
                count: remainingCount,
                isZigzag: isZigzag,
                bytes,
                &reader
            ).count
        }
    }

    /// Reads all `count` integers of a stream.
    static func all(
        count: Int,
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Int64] {
        var stream = try StreamDecoder(count: count, bytes, &reader)
        var block = MiniBlock(repeating: 0)
        var values: [Int64] = []
        // Grows with what is read, not with `count`: a hostile count costs nothing.
        while true {
            let read = try stream.next(bytes, &reader, into: &block)
            if read == 0 { return values }
            for index in 0..<read { values.append(block[index]) }
        }
    }
}

/// Everything of a mini-block but its integers.
struct MiniBlockHeader {
    /// Above it a width is one of `ThirdsWidth`.
    static let thirdsMark: UInt8 = 64

    let count: Int
    /// Bits of each packed integer; of a number of three with `thirds`.
    let width: Int
    fileprivate let thirds: BlockKernels.ThirdsWidth?
    /// The smallest residual; `nil` with zigzag.
    let base: Int64?
    fileprivate let patches: Patches?
    /// Where the packed low parts start; `reader` is behind them.
    let packedOffset: Int

    /// `count`: what remains of the stream.
    @inline(__always)
    fileprivate init(
        count: Int,
        isZigzag: Bool,
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) {
        self.count = min(count, BlockKernels.miniBlockCount)
        let header = try reader.byte(bytes)
        let code = header & 0x7F
        if code > Self.thirdsMark {
            width = Int(code - Self.thirdsMark)
            thirds = BlockKernels.ThirdsWidth(bitCount: width)
            guard let thirds, header == code else { throw .width(code) }
            base = isZigzag ? nil : try reader.zigzag(bytes)
            patches = nil
            packedOffset = try reader.skip(thirds.byteCount(count: self.count), in: bytes)
            return
        }
        width = Int(code)
        thirds = nil
        base = isZigzag ? nil : try reader.zigzag(bytes)
        patches = header >= 0x80 ? try Patches(bytes, &reader) : nil
        let byteCount = BlockKernels.packedByteCount(count: self.count, width: width)
        packedOffset = try reader.skip(byteCount, in: bytes)
    }

    var isFull: Bool { count == BlockKernels.miniBlockCount }

    /// The base, if unpacking and the rest in one loop is faster than one after the other: if
    /// nothing but the base is in between, and the width has no code of its own.
    var fusedBase: Int64? {
        let isFixed = width >= 1 && width <= BlockKernels.fixedWidthMax
        return patches == nil && thirds == nil && !isFixed ? base : nil
    }

    /// Unpacks and patches, before base or zigzag is undone. Returns the bits of the largest.
    func unpack(_ bytes: RawSpan, into target: inout MiniBlock) throws(CodecError) -> Int {
        if let thirds {
            BlockKernels.unpackThirds(
                bytes,
                at: packedOffset,
                width: thirds,
                count: count,
                into: &target
            )
            return width
        }
        BlockKernels.unpack(bytes, at: packedOffset, width: width, count: count, into: &target)
        guard let patches else { return width }
        return try patches.apply(bytes, width: width, count: count, to: &target)
    }
}

/// Where the high parts of a mini-block's few large integers are stored.
private struct Patches {
    private let count: Int
    private let highByteCount: Int
    private let positionsOffset: Int
    private let highsOffset: Int

    init(_ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
        count = Int(try reader.byte(bytes))
        highByteCount = Int(try reader.byte(bytes))
        guard count >= 1, (1...8).contains(highByteCount) else { throw .patches }
        positionsOffset = try reader.skip(count, in: bytes)
        highsOffset = try reader.skip(count * highByteCount, in: bytes)
    }

    /// Returns the bits of the largest integer.
    @inline(__always)
    func apply(
        _ bytes: RawSpan,
        width: Int,
        count limit: Int,
        to target: inout MiniBlock
    ) throws(CodecError) -> Int {
        guard width < 64,
            let bitCount = BlockKernels.patch(
                &target,
                width: width,
                count: limit,
                bytes,
                positions: positionsOffset,
                highs: highsOffset,
                patchCount: count,
                highByteCount: highByteCount
            )
        else { throw .patches }
        return bitCount
    }
}
