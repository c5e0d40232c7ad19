extension BeliefColumn {
    /// Appends BELIEF, in the smallest of the kinds that are not a tile.
    ///
    /// `beliefs`: one belief time for each of `events`, at least one.
    static func append(
        _ beliefs: Span<Int64>,
        events: Span<Int64>,
        to writer: inout ByteWriter
    ) {
        let horizon = events[0] &- beliefs[0]
        if beliefs.indices.allSatisfy({ events[$0] &- beliefs[$0] == horizon }) {
            writer.append(byte: Kind.constantHorizon)
            writer.append(zigzag: horizon)
            return
        }
        let runs = BeliefRuns(beliefs)
        if runs?.isConstant == true {
            writer.append(byte: Kind.constantTime)
            writer.append(fixed: beliefs[0])
            return
        }
        var horizons: [Int64] = []
        horizons.appendUninitialized(beliefs.count) { target in
            BlockKernels.copy(beliefs, into: &target, at: 0)
            BlockKernels.subtract(&target, from: events)
        }
        let divisor = CommonDivisor.ofDifferences(horizons.span)
        let scaled = ScaledIntegers(horizons.span, divisor: divisor)
        if let runs, runs.byteCount < scaled.byteCountEstimate {
            writer.append(byte: Kind.runs)
            runs.append(to: &writer)
        } else {
            writer.append(byte: Kind.horizons)
            scaled.append(to: &writer)
        }
    }
}

/// Belief times that several events in a row share.
private struct BeliefRuns {
    private var runs: [(time: Int64, count: Int)] = []
    private(set) var byteCount = 0

    /// `nil` if so few events share a belief time that runs cannot be small.
    init?(_ beliefs: Span<Int64>) {
        var start = 0
        var previousTime: Int64 = 0
        while start < beliefs.count {
            let time = beliefs[start]
            var end = start + 1
            while end < beliefs.count, beliefs[end] == time { end += 1 }
            runs.append((time, end - start))
            byteCount += ByteWriter.varintByteCount(Zigzag.encode(time &- previousTime))
            byteCount += ByteWriter.varintByteCount(UInt64(end - start))
            previousTime = time
            start = end
            // A horizon of microseconds takes 9 bytes at the very most, a run two at least.
            if byteCount > 9 * beliefs.count { return nil }
        }
        byteCount += ByteWriter.varintByteCount(UInt64(runs.count))
    }

    var isConstant: Bool { runs.count == 1 }

    func append(to writer: inout ByteWriter) {
        writer.append(varint: runs.count)
        var previousTime: Int64 = 0
        for run in runs {
            writer.append(zigzag: run.time &- previousTime)
            writer.append(varint: run.count)
            previousTime = run.time
        }
    }
}
