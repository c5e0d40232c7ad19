/// Reads one NUM: doubles stored as scaled integers, with ulps and exceptions.
///
/// Format: `docs/formats/block.md`, "NUM".
enum NumberDecoder {
    /// The format's flag bits.
    enum Flag {
        static let ulps: UInt8 = 1
        static let exceptions: UInt8 = 2
        static let divisor: UInt8 = 8
        static let single: UInt8 = 32
        static let all: UInt8 = ulps | exceptions | divisor | single
    }

    /// Fills the first `count` values of `target`.
    static func decode(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        count: Int,
        into target: inout MutableSpan<Double>
    ) throws(CodecError) {
        let mode = try reader.byte(bytes)
        let flags = try reader.byte(bytes)
        guard let scale = BlockScale(mode: mode, parameter: try reader.byte(bytes)),
            flags & ~Flag.all == 0, (flags & Flag.single != 0) == (mode == 3)
        else { throw .number }
        let exceptions =
            flags & Flag.exceptions != 0
            ? try NumberExceptions(limit: count, bytes, &reader) : nil
        let hasDivisor = flags & Flag.divisor != 0
        try decodeIntegers(bytes, &reader, scale, count: count, hasDivisor: hasDivisor, &target)
        if flags & Flag.ulps != 0 {
            try decodeUlps(bytes, &reader, scale, count: count, &target)
        }
        if let exceptions { exceptions.write(bytes, into: &target) }
    }

    private static func decodeIntegers(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        _ scale: BlockScale,
        count: Int,
        hasDivisor: Bool,
        _ target: inout MutableSpan<Double>
    ) throws(CodecError) {
        var divisor: UInt64 = 1
        var base: Int64 = 0
        if hasDivisor {
            divisor = try reader.varint(bytes)
            guard divisor >= 2 else { throw .divisor(divisor) }
            base = try reader.zigzag(bytes)
        }
        var stream = try StreamDecoder(count: count, bytes, &reader)
        let scale = NumberScale(scale)
        var block = MiniBlock(repeating: 0)
        var start = 0
        while start < count {
            if hasDivisor {
                let readCount = try stream.next(bytes, &reader, into: &block)
                let factor = Int64(bitPattern: divisor)
                BlockKernels.scale(&block, count: readCount, factor: factor, base: base)
                let integers = block.span.extracting(0..<readCount)
                BlockKernels.number(integers, scale: scale, into: &target, at: start)
                start += readCount
            } else {
                start += try stream.next(
                    bytes,
                    &reader,
                    scale: scale,
                    scratch: &block,
                    into: &target,
                    from: start
                )
            }
        }
    }

    private static func decodeUlps(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        _ scale: BlockScale,
        count: Int,
        _ target: inout MutableSpan<Double>
    ) throws(CodecError) {
        if case .quantum(bitCount: 0) = scale { throw .number }
        let isOrdered = if case .quantum = scale { true } else { false }
        var stream = try StreamDecoder(count: count, bytes, &reader)
        var block = MiniBlock(repeating: 0)
        var start = 0
        while start < count {
            let readCount = try stream.next(bytes, &reader, into: &block)
            let ulps = block.span.extracting(0..<readCount)
            BlockKernels.addUlps(ulps, ordered: isOrdered, to: &target, at: start)
            start += readCount
        }
    }
}

/// The values that no scale gives back, by position.
struct NumberExceptions {
    /// Positions, ascending, times two; plus one for the canonical NaN.
    private var entries: [Int] = []
    /// Where the bits of the others start; `reader` is behind them.
    private let bitsOffset: Int

    /// Bits of the one NaN that arithmetic makes: stored by its position alone.
    static let canonicalNaN: UInt64 = 0x7FF8_0000_0000_0000

    /// `limit`: number of values; every position is below it.
    init(limit: Int, _ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
        let count = try reader.count(bytes, through: limit, else: .exceptions)
        // Each takes a byte at least: so this allocates no more than the block's size allows.
        guard count <= bytes.byteCount - reader.offset else { throw .truncated }
        entries.reserveCapacity(count)
        var position = 0
        var canonicalCount = 0
        for index in 0..<count {
            let entry = try reader.varint(bytes)
            let step = entry >> 1
            guard step < UInt64(limit), index == 0 || step > 0 else { throw .exceptions }
            position += Int(step)
            guard position < limit else { throw .exceptions }
            let isCanonical = Int(entry & 1)
            entries.append(position << 1 | isCanonical)
            canonicalCount += isCanonical
        }
        bitsOffset = try reader.skip(8 * (count - canonicalCount), in: bytes)
    }

    /// Overwrites the values at the positions.
    func write(_ bytes: RawSpan, into target: inout MutableSpan<Double>) {
        var offset = bitsOffset
        for entry in entries {
            var bits = NumberExceptions.canonicalNaN
            if entry & 1 == 0 {
                // The load checks its bounds, and every bit pattern is a valid integer.
                let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
                bits = UInt64(littleEndian: word)
                offset += 8
            }
            target[entry >> 1] = Double(bitPattern: bits)
        }
    }
}
