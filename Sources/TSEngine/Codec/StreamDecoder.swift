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
        let count = min(remainingCount, BlockKernels.miniBlockCount)
        if count == 0 { return 0 }
        let header = try reader.byte(bytes)
        let width = Int(header & 0x7F)
        guard width <= 64 else { throw .width(header & 0x7F) }
        let base: Int64? = isZigzag ? nil : try reader.zigzag(bytes)
        let isPatched = header >= 0x80
        let patches = isPatched ? try Patches(bytes, &reader) : nil
        let packedByteCount = BlockKernels.packedByteCount(count: count, width: width)
        let packed = try reader.skip(packedByteCount, in: bytes)
        BlockKernels.unpack(bytes, at: packed, width: width, count: count, into: &target)
        if let patches { try patches.apply(bytes, width: width, count: count, to: &target) }
        BlockKernels.integrate(&target, count: count, base: base, state: &state)
        remainingCount -= count
        return count
    }

    /// Steps over the whole stream; mini-blocks are not unpacked, so their patches are not checked.
    mutating func skip(_ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
        while remainingCount > 0 {
            let count = min(remainingCount, BlockKernels.miniBlockCount)
            let header = try reader.byte(bytes)
            let width = Int(header & 0x7F)
            guard width <= 64 else { throw .width(header & 0x7F) }
            if !isZigzag { _ = try reader.zigzag(bytes) }
            if header >= 0x80 { _ = try Patches(bytes, &reader) }
            _ = try reader.skip(
                BlockKernels.packedByteCount(count: count, width: width),
                in: bytes
            )
            remainingCount -= count
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

    func apply(
        _ bytes: RawSpan,
        width: Int,
        count limit: Int,
        to target: inout MiniBlock
    ) throws(CodecError) {
        guard width < 64 else { throw .patches }
        var previous = -1
        for index in 0..<count {
            // Both loads check their bounds; every bit pattern is a valid integer.
            let position = unsafe Int(
                bytes.unsafeLoad(fromByteOffset: positionsOffset + index, as: UInt8.self)
            )
            guard position > previous, position < limit else { throw .patches }
            previous = position
            var high: UInt64 = 0
            for byte in (0..<highByteCount).reversed() {
                let offset = highsOffset + index * highByteCount + byte
                high = unsafe high << 8
                    | UInt64(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
            }
            guard high <= UInt64.max >> UInt64(width) else { throw .patches }
            target[position] |= Int64(bitPattern: high << UInt64(width))
        }
    }
}
