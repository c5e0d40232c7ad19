/// VALUES, the value column of a block: runs of equal values taken out, the rest by one of four
/// kinds.
///
/// Format: `docs/formats/block.md`, "VALUES".
enum ValueColumn {
    /// The format's kinds.
    enum Kind {
        static let constant: UInt8 = 0
        static let numbers: UInt8 = 1
        static let dictionary: UInt8 = 2
        static let raw: UInt8 = 3
    }

    /// Shortest run of equal values that is taken out; a run's length is stored less this.
    static let runLengthMin = 12

    /// Fills all of `target`.
    static func decode(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        into target: inout MutableSpan<Double>
    ) throws(CodecError) {
        let runs = try ValueRuns(valueCount: target.count, bytes, &reader)
        try decodeDense(bytes, &reader, count: runs.denseCount, into: &target)
        runs.expand(in: &target)
    }

    private static func decodeDense(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        count: Int,
        into target: inout MutableSpan<Double>
    ) throws(CodecError) {
        let kind = try reader.byte(bytes)
        switch kind {
        case Kind.constant:
            let value = Double(bitPattern: try reader.fixed(bytes, as: UInt64.self))
            BlockKernels.fill(&target, from: 0, to: count, with: value)
        case Kind.numbers:
            try NumberDecoder.decode(bytes, &reader, count: count, into: &target)
        case Kind.dictionary:
            try decodeRanks(bytes, &reader, count: count, into: &target)
        case Kind.raw:
            let stored = try reader.skip(8 * count, in: bytes)
            BlockKernels.copyDoubles(bytes, at: stored, count: count, into: &target)
        default: throw .valuesKind(kind)
        }
    }

    private static func decodeRanks(
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        count: Int,
        into target: inout MutableSpan<Double>
    ) throws(CodecError) {
        let distinctCount = try reader.count(bytes, through: count, else: .dictionary)
        guard distinctCount >= 2 else { throw .dictionary }
        var dictionary: [Double] = []
        try dictionary.appendUninitialized(distinctCount) { (target) throws(CodecError) in
            try NumberDecoder.decode(bytes, &reader, count: distinctCount, into: &target)
        }
        var stream = try StreamDecoder(count: count, bytes, &reader)
        var block = MiniBlock(repeating: 0)
        var start = 0
        while start < count {
            let rankCount = try stream.next(bytes, &reader, into: &block)
            let ranks = block.span.extracting(0..<rankCount)
            guard BlockKernels.gather(ranks, from: dictionary.span, into: &target, at: start)
            else { throw .dictionary }
            start += rankCount
        }
    }
}

/// Where equal values repeat: the header of VALUES.
struct ValueRuns {
    /// One run: the dense values before it since the previous run, and its length, at least 12.
    struct Run {
        var gap: Int
        var length: Int
    }

    /// In the order of the block.
    var runs: [Run] = []
    /// Values that remain when each run keeps one.
    var denseCount: Int

    /// Reads the header of VALUES; the runs and `denseCount` add up to `valueCount`.
    init(valueCount: Int, _ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
        let runCountMax = valueCount / ValueColumn.runLengthMin
        let runCount = try reader.count(bytes, through: runCountMax, else: .counts)
        denseCount = valueCount
        if runCount == 0 { return }
        denseCount = try reader.count(bytes, through: valueCount, else: .counts)
        var usedCount = 0
        var expandedCount = denseCount
        for _ in 0..<runCount {
            let gap = try reader.count(bytes, through: denseCount, else: .counts)
            let length =
                ValueColumn.runLengthMin
                + (try reader.count(bytes, through: valueCount, else: .counts))
            usedCount += gap + 1
            expandedCount += length - 1
            guard usedCount <= denseCount, expandedCount <= valueCount else { throw .counts }
            runs.append(Run(gap: gap, length: length))
        }
        guard expandedCount == valueCount else { throw .counts }
    }

    /// Spreads the dense values at the front of `target` over all of it.
    ///
    /// From the back, in place: a value's final index is never before its dense one.
    func expand(in target: inout MutableSpan<Double>) {
        if runs.isEmpty { return }
        var source = denseCount
        var end = target.count
        let tailCount = denseCount - runs.reduce(0) { $0 + $1.gap + 1 }
        source -= tailCount
        end -= tailCount
        BlockKernels.move(in: &target, from: source, to: end, count: tailCount)
        for run in runs.reversed() {
            source -= 1
            let value = target[source]
            BlockKernels.fill(&target, from: end - run.length, to: end, with: value)
            end -= run.length + run.gap
            source -= run.gap
            BlockKernels.move(in: &target, from: source, to: end, count: run.gap)
        }
    }
}
