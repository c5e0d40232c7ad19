internal import Model

/// Puts the beliefs of one sensor together from blocks and memtable.
///
/// Order matters: the memtable must be read before the blocks. A compaction commits its blocks,
/// invalidates the cache and only then empties the memtable, so a reader in this order sees each
/// belief at least once; seeing it twice does no harm.
enum BeliefGatherer {
    /// All beliefs about the events that start in `events`, by series; ascending, none empty.
    ///
    /// `deletions`: committed, and not yet carried out in blocks; with the memtable's beliefs from
    /// one snapshot.
    /// `series`: only this one, or all of the sensor.
    static func gather(
        memtable: [SeriesKey: BeliefColumns],
        blocks: [BlockTable: [BlockRow]],
        hiddenBy deletions: [Deletion],
        events: ClosedRange<Int64>,
        only series: SeriesKey? = nil
    ) throws(CodecError) -> [SeriesKey: BeliefColumns] {
        var result: [SeriesKey: BeliefColumns] = [:]
        // Older first, so that of equal pairs (which only overwriting makes) the newest stays.
        let history = (blocks[.history] ?? []).sorted { $0.blockID < $1.blockID }
        for row in history + (blocks[.current] ?? []) {
            if let series, row.series != series { continue }
            guard row.firstEvent <= events.upperBound, row.lastEvent >= events.lowerBound else {
                continue
            }
            var columns = try row.columns()
            let range = columns.positions(ofEventsIn: events)
            guard !range.isEmpty else { continue }
            if range.count < columns.count { columns = columns.slice(range) }
            if !deletions.isEmpty { columns = columns.applying(deletions, to: row.series) }
            result[row.series, default: BeliefColumns()].merge(columns)
        }
        for (key, columns) in memtable where series == nil || key == series {
            result[key, default: BeliefColumns()].merge(columns)
        }
        return result
    }
}
