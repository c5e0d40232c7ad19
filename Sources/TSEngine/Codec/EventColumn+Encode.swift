extension EventColumn {
    /// Appends EVENT, in the smallest of the kinds that are not a tile.
    ///
    /// `events`: shape `[n]`, at least one.
    static func append(_ events: Span<Int64>, to writer: inout ByteWriter) {
        let step = events.count > 1 ? events[1] &- events[0] : 0
        if (1..<events.count).allSatisfy({ events[$0] &- events[$0 - 1] == step }) {
            writer.append(byte: Kind.regular)
            writer.append(fixed: events[0])
            writer.append(varint: UInt64(bitPattern: step))
            return
        }
        let divisor = CommonDivisor.ofDifferences(events)
        let gaps = EventGaps(events, step: divisor)
        // A stream cannot be much smaller than so few gaps, but takes long to plan.
        if let gaps, gaps.byteCount * 16 <= events.count {
            return append(gaps, first: events[0], to: &writer)
        }
        let scaled = ScaledIntegers(events, divisor: divisor)
        if let gaps, gaps.byteCount < scaled.byteCountEstimate {
            return append(gaps, first: events[0], to: &writer)
        }
        writer.append(byte: Kind.irregular)
        scaled.append(to: &writer)
    }

    private static func append(
        _ gaps: EventGaps,
        first: Int64,
        to writer: inout ByteWriter
    ) {
        writer.append(byte: Kind.gaps)
        gaps.append(first: first, to: &writer)
    }
}

/// Events on a grid with some slots left out.
private struct EventGaps {
    private let step: UInt64
    private var runs: [(skip: UInt64, count: Int)] = []
    /// Bytes of the column after its start.
    private(set) var byteCount: Int

    /// `nil` if events do not ascend strictly, or so few are neighbours that runs cannot be small.
    ///
    /// `step`: divides every difference.
    init?(_ events: Span<Int64>, step: UInt64) {
        self.step = step
        byteCount = ByteWriter.varintByteCount(step)
        var run: (skip: UInt64, count: Int) = (0, 1)
        for index in 1..<events.count {
            // Events more than 2^63 µs apart wrap to a negative difference, and are refused too.
            let signedDifference = events[index] &- events[index - 1]
            guard signedDifference > 0 else { return nil }
            let difference = signedDifference.magnitude
            if difference == step {
                run.count += 1
            } else {
                close(run)
                run = (difference / step - 1, 1)
            }
            // Two bytes a run against one a value at the most.
            if runs.count * 2 > events.count { return nil }
        }
        close(run)
        byteCount += ByteWriter.varintByteCount(UInt64(runs.count))
    }

    private mutating func close(_ run: (skip: UInt64, count: Int)) {
        runs.append(run)
        byteCount += ByteWriter.varintByteCount(run.skip)
        byteCount += ByteWriter.varintByteCount(UInt64(run.count))
    }

    func append(first: Int64, to writer: inout ByteWriter) {
        writer.append(fixed: first)
        writer.append(varint: step)
        writer.append(varint: runs.count)
        for run in runs {
            writer.append(varint: run.skip)
            writer.append(varint: run.count)
        }
    }
}
