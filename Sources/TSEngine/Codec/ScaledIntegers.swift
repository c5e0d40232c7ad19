/// `base + divisor * s`: how irregular events and horizons are stored.
///
/// Format: varint divisor, zigzag base, STREAM.
struct ScaledIntegers {
    private let divisor: UInt64
    private let base: Int64
    private let quotients: [Int64]
    private let stream: StreamEncoder

    /// `divisor`: the largest that divides all differences, as `CommonDivisor` finds it.
    init(_ values: Span<Int64>, divisor: UInt64) {
        base = values[0]
        self.divisor = divisor
        let quotients = CommonDivisor.quotients(values, by: divisor)
        stream = StreamEncoder(quotients.span, orderMax: 2, thirds: false)
        self.quotients = quotients
    }

    /// Bytes that `append(to:)` writes, give or take a few.
    var byteCountEstimate: Int {
        ByteWriter.varintByteCount(divisor) + ByteWriter.varintByteCount(Zigzag.encode(base))
            + stream.byteCountEstimate
    }

    func append(to writer: inout ByteWriter) {
        writer.append(varint: divisor)
        writer.append(zigzag: base)
        stream.append(quotients.span, to: &writer)
    }

    /// Fills all of `target`.
    static func decode(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        into target: inout MutableSpan<Int64>
    ) throws(CodecError) {
        let divisor = try reader.varint(bytes)
        guard divisor >= 1 else { throw .divisor(divisor) }
        let base = try reader.zigzag(bytes)
        let factor = Int64(bitPattern: divisor)
        var stream = try StreamDecoder(count: target.count, bytes, &reader)
        var block = MiniBlock(repeating: 0)
        var start = 0
        while start < target.count {
            let count = try stream.next(bytes, &reader, into: &block)
            BlockKernels.scale(&block, count: count, factor: factor, base: base)
            BlockKernels.copy(block.span.extracting(0..<count), into: &target, at: start)
            start += count
        }
    }

    /// Steps over `count` integers.
    static func skip(
        count: Int,
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) {
        _ = try reader.varint(bytes)
        _ = try reader.zigzag(bytes)
        var stream = try StreamDecoder(count: count, bytes, &reader)
        try stream.skip(bytes, &reader)
    }
}
