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
        blocks: [BlockTable: [StoredBlock]],
        hiddenBy deletions: [Deletion],
        events: ClosedRange<Int64>,
        only series: SeriesKey? = nil
    ) throws(CodecError) -> [SeriesKey: BeliefColumns] {
        var found: [SeriesKey: Pieces] = [:]
        // Older first, so that of equal pairs (which only overwriting makes) the newest stays. Current
        // blocks have none in common, and come from the cache and from several partitions.
        let history = (blocks[.history] ?? []).sorted { $0.blockID < $1.blockID }
        let current = (blocks[.current] ?? []).sorted { $0.firstEvent < $1.firstEvent }
        let rows = (history + current).filter { row in
            row.firstEvent <= events.upperBound && row.lastEvent >= events.lowerBound
                && (series == nil || row.series == series)
        }
        var expected: [SeriesKey: Int] = [:]
        for row in rows { expected[row.series, default: 0] += row.valueCount }
        for row in rows {
            var columns = try row.columns()
            let range = columns.positions(ofEventsIn: events)
            guard !range.isEmpty else { continue }
            if range.count < columns.count { columns = columns.slice(range) }
            if !deletions.isEmpty { columns = columns.applying(deletions, to: row.series) }
            found[row.series, default: Pieces()].append(columns, of: expected[row.series] ?? 0)
        }
        for (key, columns) in memtable where series == nil || key == series {
            found[key, default: Pieces()].append(columns)
        }
        return found.compactMapValues { $0.merged() }
    }

    /// Columns of one series, older ones first. What follows in events is put behind; the rest is
    /// merged in the end, by twos: each belief is copied a few times, however many pieces there are.
    private struct Pieces {
        private var pieces: [BeliefColumns] = []

        /// `expectedCount`: about how many beliefs there will be, so that what grows is copied once.
        mutating func append(_ columns: BeliefColumns, of expectedCount: Int = 0) {
            guard !columns.isEmpty else { return }
            // Asked first, so that nothing else holds the piece that grows in place.
            let follows = pieces.last?.isBefore(columns) ?? false
            if follows {
                if pieces[pieces.count - 1].count + columns.count <= expectedCount {
                    pieces[pieces.count - 1].reserveCapacity(expectedCount)
                }
                pieces[pieces.count - 1].append(contentsOf: columns)
            } else {
                pieces.append(columns)
            }
        }

        /// Nil if there are no beliefs.
        func merged() -> BeliefColumns? {
            var pieces = pieces
            while pieces.count > 1 {
                pieces = stride(from: 0, to: pieces.count, by: 2).map { index in
                    index + 1 < pieces.count
                        ? pieces[index].merged(with: pieces[index + 1]) : pieces[index]
                }
            }
            return pieces.first
        }
    }
}
