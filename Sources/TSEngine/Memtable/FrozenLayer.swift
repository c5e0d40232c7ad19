internal import Model

/// What a compaction moves to blocks: the frozen runs as one stream of series.
struct FrozenLayer: Sendable {
    /// One series' beliefs, ascending.
    struct Part: Sendable {
        let series: SeriesKey
        let columns: BeliefColumns
    }

    /// They concern what is in blocks already, not the beliefs here.
    let deletions: [Deletion]
    private let runs: [SortedRun]
    private let keys: [SeriesKey]

    init(_ snapshot: Memtable.Snapshot, _ table: SeriesTable) {
        runs = snapshot.frozen
        deletions = snapshot.frozenDeletions
        var keys: [SeriesKey] = []
        table.update(&keys)
        self.keys = keys
    }

    var valueCount: Int { runs.reduce(0) { $0 + $1.count } }

    /// Calls `body` for each series, in order of their slots.
    func forEachPart<Failure: Error>(_ body: (Part) throws(Failure) -> Void) throws(Failure) {
        var positions = [Int](repeating: 0, count: runs.count)
        while true {
            var slot = UInt32.max
            for (run, position) in zip(runs, positions) where position < run.slots.count {
                slot = min(slot, run.slots[position])
            }
            guard slot != .max else { return }
            var columns = BeliefColumns()
            for (index, run) in runs.enumerated()
            where positions[index] < run.slots.count && run.slots[positions[index]] == slot {
                columns.merge(run.columns.slice(run.rows(at: positions[index])))
                positions[index] += 1
            }
            try body(Part(series: keys[Int(slot)], columns: columns))
        }
    }

    /// The partitions that the events here belong to.
    var windows: Set<PartitionWindow> {
        var result: Set<PartitionWindow> = []
        for run in runs {
            let events = run.columns.eventStarts
            // Most series lie in the same partition as the one before.
            var (window, bounds) = (PartitionWindow(year: nil), 0..<0 as Range<Int64>)
            for position in run.slots.indices {
                var rows = run.rows(at: position)
                while let first = rows.first {
                    let last = rows.upperBound - 1
                    if !bounds.contains(events[first]) {
                        window = PartitionWindow.containing(event: events[first])
                        bounds = window.bounds ?? events[first]..<events[first] + 1
                        result.insert(window)
                    }
                    if bounds.contains(events[last]) { break }
                    let inside = run.narrow(rows, toEventsIn: .min...bounds.upperBound - 1)
                    rows = inside.upperBound..<rows.upperBound
                }
            }
        }
        return result
    }
}

extension BeliefColumns {
    /// Takes `newer` in, whose values stay of equal pairs; both ascending.
    mutating func merge(_ newer: BeliefColumns) {
        if isEmpty {
            self = newer
        } else if isBefore(newer) {
            append(contentsOf: newer)
        } else {
            self = merged(with: newer)
        }
    }
}
