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

    /// Calls `body` for each series, in order of sensors: neighbours go to the same pages.
    func forEachPart<Failure: Error>(_ body: (Part) throws(Failure) -> Void) throws(Failure) {
        var positions = [Int](repeating: 0, count: runs.count)
        for slot in slots {
            var columns = BeliefColumns()
            for (index, run) in runs.enumerated() {
                // Slots were given out in the order in which series came, so they mostly ascend here.
                let known = positions[index]
                let start = known < run.slots.count && run.slots[known] <= slot ? known : 0
                let position = run.position(of: slot, from: start)
                positions[index] = position
                guard position < run.slots.count, run.slots[position] == slot else { continue }
                columns.merge(run.columns.slice(run.rows(at: position)))
            }
            try body(Part(series: keys[Int(slot)], columns: columns))
        }
    }

    /// The slots of all runs, each once, in order of their series.
    private var slots: [UInt32] {
        var slots = runs.first?.slots ?? []
        if runs.count > 1 { slots = Set(runs.lazy.flatMap(\.slots)).sorted() }
        let isInOrder = zip(slots, slots.dropFirst())
            .allSatisfy { keys[Int($0)] < keys[Int($1)] }
        return isInOrder ? slots : slots.sorted { keys[Int($0)] < keys[Int($1)] }
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
