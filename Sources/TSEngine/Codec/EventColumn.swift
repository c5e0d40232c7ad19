/// EVENT, the column of event starts of a block, for the kinds that are not a tile.
///
/// Format: `docs/formats/block.md`, "EVENT".
enum EventColumn {
    /// The format's kinds.
    enum Kind {
        static let regular: UInt8 = 0
        static let gaps: UInt8 = 1
        static let irregular: UInt8 = 2
        static let tile: UInt8 = 3
    }

    /// Fills all of `target` from the column of `kind` that follows at `reader`.
    static func decode(
        kind: UInt8,
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        into target: inout MutableSpan<Int64>
    ) throws(CodecError) {
        switch kind {
        case Kind.regular:
            let start = Int64(bitPattern: try reader.fixed(bytes, as: UInt64.self))
            let step = Int64(bitPattern: try reader.varint(bytes))
            BlockKernels.ramp(&target, at: 0, count: target.count, from: start, step: step)
        case Kind.gaps:
            try decodeGaps(bytes, &reader, into: &target)
        case Kind.irregular:
            try ScaledIntegers.decode(bytes, &reader, into: &target)
        default: throw .eventKind(kind)
        }
    }

    /// Steps over a column of `kind` with `count` events.
    static func skip(
        kind: UInt8,
        count: Int,
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) {
        switch kind {
        case Kind.regular:
            _ = try reader.skip(8, in: bytes)
            _ = try reader.varint(bytes)
        case Kind.gaps:
            _ = try reader.skip(8, in: bytes)
            _ = try reader.varint(bytes)
            for _ in 0..<2 * (try reader.count(bytes, through: count, else: .counts)) {
                _ = try reader.varint(bytes)
            }
        case Kind.irregular:
            try ScaledIntegers.skip(count: count, bytes, &reader)
        default: throw .eventKind(kind)
        }
    }

    private static func decodeGaps(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        into target: inout MutableSpan<Int64>
    ) throws(CodecError) {
        var next = Int64(bitPattern: try reader.fixed(bytes, as: UInt64.self))
        let step = Int64(bitPattern: try reader.varint(bytes))
        let runCount = try reader.count(bytes, through: target.count, else: .counts)
        var filledCount = 0
        for _ in 0..<runCount {
            let skipCount = Int64(bitPattern: try reader.varint(bytes))
            next &+= skipCount &* step
            let count = try reader.count(bytes, through: target.count - filledCount, else: .counts)
            BlockKernels.ramp(&target, at: filledCount, count: count, from: next, step: step)
            next &+= Int64(count) &* step
            filledCount += count
        }
        guard filledCount == target.count else { throw .counts }
    }
}
