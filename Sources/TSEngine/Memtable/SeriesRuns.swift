internal import Model

/// The beliefs of one series that are not yet in blocks: a few sorted runs.
///
/// Appends in order extend the newest run; others begin a run of their own, and runs are merged
/// while the older is not twice as long as the newer. So n appends cost O(n log n) in any order, and
/// there are at most about log2(n) runs to look through.
struct SeriesRuns: Sendable {
    let source: SourceID
    let probability: Double
    /// Oldest first; of equal pairs in two runs the newer run's value counts.
    private(set) var runs: [BeliefColumns]
    /// The latest event, µs since 1970 UTC.
    private(set) var lastEvent: Int64

    init(source: SourceID, probability: Double) {
        self.source = source
        self.probability = probability
        (runs, lastEvent) = ([], .min)
    }

    var valueCount: Int { runs.reduce(0) { $0 + $1.count } }

    /// - Parameter columns: ascending, not empty.
    mutating func append(_ columns: BeliefColumns) {
        lastEvent = max(lastEvent, columns.eventStarts[columns.count - 1])
        guard let newest = runs.indices.last else {
            runs.append(columns)
            return
        }
        if runs[newest].isBefore(columns) {
            runs[newest].append(contentsOf: columns)
        } else {
            runs.append(columns)
        }
        while runs.count >= 2, runs[runs.count - 2].count < 2 * runs[runs.count - 1].count {
            let newer = runs.removeLast()
            let older = runs.removeLast()
            runs.append(older.merged(with: newer))
        }
    }

    /// The beliefs of the events that start in `events`, ascending.
    func columns(ofEventsIn events: ClosedRange<Int64>) -> BeliefColumns {
        var result = BeliefColumns()
        for run in runs {
            let range = run.positions(ofEventsIn: events)
            if !range.isEmpty { result = result.merged(with: run.slice(range)) }
        }
        return result
    }
}
