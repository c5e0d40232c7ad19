internal import Model

/// All that is stored about one sensor's events of a query, before it is put together: blocks still
/// encoded, beliefs that are not in blocks yet, and what hides blocks.
struct SensorParts: Sendable {
    /// In the order of series and first event.
    var current: [StoredBlock] = []
    /// The superseded beliefs; empty if the query does not need them.
    var history: [StoredBlock] = []
    /// Beliefs in memory, by series; ascending.
    let recent: [SeriesKey: BeliefColumns]
    /// Committed deletions that are not yet carried out in blocks.
    let deletions: [Deletion]

    /// The beliefs by series; ascending, none empty.
    func beliefs(of query: SeriesQuery) throws(CodecError) -> [SeriesKey: BeliefColumns] {
        try BeliefGatherer.gather(
            memtable: recent,
            blocks: [.current: current, .history: history],
            hiddenBy: deletions,
            events: query.events
        )
    }

    /// The only series that can answer; nil if there are several or none.
    func onlySeries(for query: SeriesQuery) -> SeriesKey? {
        var only: SeriesKey?
        for row in current where query.concerns(row) {
            if let only, only != row.series { return nil }
            only = row.series
        }
        for series in recent.keys where query.concerns(series) {
            if let only, only != series { return nil }
            only = series
        }
        return only
    }
}

extension SeriesQuery {
    func concerns(_ series: SeriesKey) -> Bool {
        sources.map { $0.contains(series.source) } ?? true
    }

    func concerns(_ row: StoredBlock) -> Bool {
        row.firstEvent <= events.upperBound && row.lastEvent >= events.lowerBound
            && concerns(row.series)
    }
}
