/// BELIEF, the column of belief times of a block whose events are not a tile.
///
/// A horizon is stored as event start minus belief time, so that a block decodes without the
/// sensor's knowledge rule. Format: `docs/formats/block.md`, "BELIEF".
enum BeliefColumn {
    /// The format's kinds.
    enum Kind {
        static let constantTime: UInt8 = 0
        static let constantHorizon: UInt8 = 1
        static let horizons: UInt8 = 2
        static let runs: UInt8 = 3
        static let tile: UInt8 = 4
    }

    /// Fills all of `target`, which has one belief for each of `events`.
    static func decode(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        events: Span<Int64>,
        into target: inout MutableSpan<Int64>
    ) throws(CodecError) {
        let kind = try reader.byte(bytes)
        switch kind {
        case Kind.constantTime:
            let time = Int64(bitPattern: try reader.fixed(bytes, as: UInt64.self))
            BlockKernels.ramp(&target, at: 0, count: target.count, from: time, step: 0)
        case Kind.constantHorizon:
            let horizon = try reader.zigzag(bytes)
            BlockKernels.subtract(horizon, from: events, into: &target)
        case Kind.horizons:
            try ScaledIntegers.decode(bytes, &reader, into: &target)
            BlockKernels.subtract(&target, from: events)
        case Kind.runs:
            try decodeRuns(bytes, &reader, into: &target)
        default: throw .beliefKind(kind)
        }
    }

    /// Steps over a column of `count` beliefs.
    static func skip(
        count: Int,
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) {
        let kind = try reader.byte(bytes)
        switch kind {
        case Kind.constantTime: _ = try reader.skip(8, in: bytes)
        case Kind.constantHorizon: _ = try reader.varint(bytes)
        case Kind.horizons: try ScaledIntegers.skip(count: count, bytes, &reader)
        case Kind.runs:
            for _ in 0..<2 * (try reader.count(bytes, through: count, else: .counts)) {
                _ = try reader.varint(bytes)
            }
        default: throw .beliefKind(kind)
        }
    }

    private static func decodeRuns(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        into target: inout MutableSpan<Int64>
    ) throws(CodecError) {
        let runCount = try reader.count(bytes, through: target.count, else: .counts)
        var time: Int64 = 0
        var filledCount = 0
        for _ in 0..<runCount {
            time &+= try reader.zigzag(bytes)
            let count = try reader.count(bytes, through: target.count - filledCount, else: .counts)
            BlockKernels.ramp(&target, at: filledCount, count: count, from: time, step: 0)
            filledCount += count
        }
        guard filledCount == target.count else { throw .counts }
    }
}
