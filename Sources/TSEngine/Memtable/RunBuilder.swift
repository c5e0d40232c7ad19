internal import Model

/// Puts a sorted run together from pieces: rows of one series each, series by series in order of
/// their slots.
struct RunBuilder {
    private var slots: [UInt32] = []
    private var ends: [UInt32] = []
    private var columns = BeliefColumns()

    init(rowCapacity: Int, seriesCapacity: Int) {
        slots.reserveCapacity(seriesCapacity)
        ends.reserveCapacity(seriesCapacity)
        columns.reserveCapacity(rowCapacity)
    }

    /// Appends rows of `source` to the series `slot`: the newest one here, or a later one. Rows of a
    /// series may come in any order, and of equal pairs the one appended last stays.
    mutating func append(_ source: BeliefColumns, _ rows: Range<Int>, of slot: UInt32) {
        guard !rows.isEmpty else { return }
        if slots.last != slot {
            slots.append(slot)
            ends.append(0)
        }
        columns.append(contentsOf: source, in: rows)
        ends[ends.count - 1] = UInt32(columns.count)
    }

    consuming func run() -> SortedRun {
        SortedRun.sortingWithin(slots: slots, ends: ends, columns: columns)
    }
}
