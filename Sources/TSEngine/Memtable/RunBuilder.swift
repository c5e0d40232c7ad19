internal import Model

/// Puts a sorted run together, series by series in order of their slots.
///
/// The columns have their full size from the start and are written by index: most series have a row
/// or two here, for which appending slices costs ten times as much.
struct RunBuilder {
    private var slots: [UInt32] = []
    private var ends: [UInt32] = []
    private var eventStarts: [Int64]
    private var beliefTimes: [Int64]
    private var values: [Double]
    /// Rows written so far.
    private var count = 0

    init(rowCapacity: Int, seriesCapacity: Int) {
        slots.reserveCapacity(seriesCapacity)
        ends.reserveCapacity(seriesCapacity)
        eventStarts = [Int64](repeating: 0, count: rowCapacity)
        beliefTimes = [Int64](repeating: 0, count: rowCapacity)
        values = [Double](repeating: 0, count: rowCapacity)
    }

    /// Appends rows of `source` to the series `slot`: the newest one here, or a later one.
    ///
    /// Rows of one call ascend by (event, belief); those of several calls for one series may come
    /// in any order, and of equal pairs the one appended last stays.
    mutating func append(_ source: BeliefColumns, _ rows: Range<Int>, of slot: UInt32) {
        guard !rows.isEmpty else { return }
        if slots.last != slot {
            slots.append(slot)
            ends.append(UInt32(count))
        }
        let first = ends.count < 2 ? 0 : Int(ends[ends.count - 2])
        let (event, belief) = (
            source.eventStarts[rows.lowerBound], source.beliefTimes[rows.lowerBound]
        )
        if count == first || isLast(before: event, belief) {
            write(source, rows)
        } else {
            let older = BeliefColumns(
                eventStarts: Array(eventStarts[first..<count]),
                beliefTimes: Array(beliefTimes[first..<count]),
                values: Array(values[first..<count])
            )
            let merged = older.merged(with: source.slice(rows))
            count = first
            write(merged, 0..<merged.count)
        }
        ends[ends.count - 1] = UInt32(count)
    }

    private mutating func write(_ source: BeliefColumns, _ rows: Range<Int>) {
        for row in rows {
            eventStarts[count] = source.eventStarts[row]
            beliefTimes[count] = source.beliefTimes[row]
            values[count] = source.values[row]
            count += 1
        }
    }

    /// Whether the last belief comes before (`event`, `belief`); not empty.
    private func isLast(before event: Int64, _ belief: Int64) -> Bool {
        if eventStarts[count - 1] != event { return eventStarts[count - 1] < event }
        return beliefTimes[count - 1] < belief
    }

    consuming func run() -> SortedRun {
        let unused = eventStarts.count - count
        eventStarts.removeLast(unused)
        beliefTimes.removeLast(unused)
        values.removeLast(unused)
        return SortedRun(
            slots: slots,
            ends: ends,
            columns: BeliefColumns(
                eventStarts: eventStarts,
                beliefTimes: beliefTimes,
                values: values
            )
        )
    }
}

extension SortedRun {
    /// All in one; of equal pairs the later run's value stays.
    static func merged(_ runs: [SortedRun]) -> SortedRun {
        guard runs.count > 1 else { return runs.first ?? .empty }
        var builder = RunBuilder(
            rowCapacity: runs.reduce(0) { $0 + $1.count },
            seriesCapacity: runs.map(\.slots.count).max() ?? 0
        )
        var positions = [Int](repeating: 0, count: runs.count)
        // The next slot of each run; `.max` when it has ended.
        var next = runs.map { $0.slots.first ?? .max }
        while true {
            var slot = UInt32.max
            for candidate in next { slot = min(slot, candidate) }
            guard slot != .max else { return builder.run() }
            for index in runs.indices where next[index] == slot {
                let run = runs[index]
                let position = positions[index]
                builder.append(run.columns, run.rows(at: position), of: slot)
                positions[index] = position + 1
                next[index] = position + 1 < run.slots.count ? run.slots[position + 1] : .max
            }
        }
    }

    static let empty = SortedRun(slots: [], ends: [], columns: BeliefColumns())
}
