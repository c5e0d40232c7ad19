package import Model

/// What one group commit stores: deletions, and then beliefs by series; the contents of one journal
/// row.
package struct Segment: Sendable, Equatable {
    /// They remove what was committed before this segment.
    package var deletions: [Deletion]
    /// Shape `[series]`; each series once.
    package var series: [SeriesKey]
    /// Shape `[series]`: end of each series' rows; they begin where the one before ends.
    package var ends: [UInt32]
    /// Shape `[rows]`; ascending within a series.
    package var columns: BeliefColumns

    package init(
        deletions: [Deletion] = [],
        series: [SeriesKey] = [],
        ends: [UInt32] = [],
        columns: BeliefColumns = BeliefColumns()
    ) {
        self.deletions = deletions
        self.series = series
        self.ends = ends
        self.columns = columns
    }

    package var valueCount: Int { columns.count }

    /// Rows of the series at `position`.
    func rows(at position: Int) -> Range<Int> {
        (position == 0 ? 0 : Int(ends[position - 1]))..<Int(ends[position])
    }
}

extension SortedRun {
    /// As a segment. `keys`: by slot.
    func segment(keys: [SeriesKey]) -> Segment {
        Segment(series: slots.map { keys[Int($0)] }, ends: ends, columns: columns)
    }

    /// The beliefs of a segment, by the slots of this process.
    convenience init(_ segment: Segment, _ table: SeriesTable) {
        let slots = table.slots(of: segment.series)
        let order = slots.indices.sorted { slots[$0] < slots[$1] }
        if order.elementsEqual(slots.indices) {
            self.init(slots: slots, ends: segment.ends, columns: segment.columns)
            return
        }
        var builder = RunBuilder(rowCapacity: segment.valueCount, seriesCapacity: slots.count)
        for position in order {
            builder.append(segment.columns, segment.rows(at: position), of: slots[position])
        }
        let run = builder.run()
        self.init(slots: run.slots, ends: run.ends, columns: run.columns)
    }
}
