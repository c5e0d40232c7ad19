internal import Model

/// Collects what a group of requests stores, as one segment.
struct CommitGroup {
    private var series: [SeriesKey: SeriesRuns] = [:]
    private(set) var valueCount = 0

    var isEmpty: Bool { valueCount == 0 }

    /// `columns`: ascending.
    mutating func append(_ columns: BeliefColumns, to key: SeriesKey) {
        guard !columns.isEmpty else { return }
        valueCount += columns.count
        series[key, default: SeriesRuns(source: key.source, probability: key.probability)]
            .append(columns)
    }

    /// What the group holds so far about the events that start in `events`.
    func columns(of key: SeriesKey, ofEventsIn events: ClosedRange<Int64>) -> BeliefColumns {
        series[key]?.columns(ofEventsIn: events) ?? BeliefColumns()
    }

    func segment() -> Segment {
        var parts: [Segment.Part] = []
        parts.reserveCapacity(series.count)
        for (key, runs) in series {
            let columns =
                runs.runs.count == 1 ? runs.runs[0] : runs.columns(ofEventsIn: .min ... .max)
            parts.append(Segment.Part(series: key, columns: columns))
        }
        parts.sort { $0.series < $1.series }
        return Segment(parts: parts)
    }
}
