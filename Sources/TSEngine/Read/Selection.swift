internal import Model

/// Which belief stands for an event: FlexMeasures' (timely-beliefs') rules.
///
/// First the latest belief per event and source that passes the filters, with all its quantiles.
/// Then, if one deterministic value per event is wanted, its median; and of several sources the one
/// with the highest version, then the latest belief, then the order of the sources' names.
enum Selection {
    /// One deterministic belief per event.
    ///
    /// `series`: all beliefs about the query's events, by series; ascending.
    /// `ranks`: the sources' ranks; asked for only if there are several.
    static func select(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) -> SelectedBeliefs {
        var candidates: [SourceSelection.Candidate] = []
        for (source, quantiles) in latestQuantiles(series, query) {
            let columns = median(quantiles)
            if !columns.isEmpty { candidates.append((source, columns)) }
        }
        guard let only = candidates.first else { return SelectedBeliefs() }
        if candidates.count == 1 {
            return SelectedBeliefs(
                columns: only.columns,
                sources: [SourceID](repeating: only.source, count: only.columns.count)
            )
        }
        candidates.sort { $0.source < $1.source }
        return SourceSelection.merge(candidates, ranks: ranks(candidates.map(\.source)))
    }

    /// The latest belief per event and source, with all its quantiles. Of the versions of one
    /// algorithm that believed something at the same moment only the highest stays.
    static func latest(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) -> [SeriesKey: BeliefColumns] {
        beliefs(series, query, SourceDetail(), ranks: ranks)
    }

    /// What each source believes; ascending, none empty. A source's median stands under the
    /// probability 0.5.
    static func beliefs(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery,
        _ detail: SourceDetail,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) -> [SeriesKey: BeliefColumns] {
        var result: [SeriesKey: BeliefColumns] = [:]
        let perSource =
            detail.isLatestOnly ? latestQuantiles(series, query) : allQuantiles(series, query)
        for (source, quantiles) in perSource {
            if detail.isMedianOnly {
                let key = SeriesKey(sensor: query.sensor, source: source)
                result[key] = median(quantiles)
            } else {
                for quantile in quantiles { result[quantile.key] = quantile.columns }
            }
        }
        result = result.filter { !$0.value.isEmpty }
        guard detail.isHighestVersionOnly, perSource.count > 1 else { return result }
        return SourceSelection.highestVersions(result, ranks: ranks(perSource.keys.sorted()))
    }

    /// Per source all beliefs that pass the filters; its quantiles ascending.
    private static func allQuantiles(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery
    ) -> [SourceID: [Quantile]] {
        var result: [SourceID: [Quantile]] = [:]
        for key in series.keys.sorted() {
            if let sources = query.sources, !sources.contains(key.source) { continue }
            guard let columns = series[key] else { continue }
            result[key.source, default: []].append((key, all(columns, query)))
        }
        return result
    }

    private typealias Quantile = (key: SeriesKey, columns: BeliefColumns)

    /// Per source the latest belief per event that passes the filters; its quantiles ascending.
    private static func latestQuantiles(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery
    ) -> [SourceID: [Quantile]] {
        var result: [SourceID: [Quantile]] = [:]
        for (key, columns) in series {
            if let sources = query.sources, !sources.contains(key.source) { continue }
            result[key.source, default: []].append((key, latest(columns, query)))
        }
        for (source, quantiles) in result where quantiles.count > 1 {
            result[source] = latestTogether(quantiles.sorted { $0.key < $1.key })
        }
        return result
    }

    /// Leaves out what was believed before the latest belief about the same event.
    private static func latestTogether(_ quantiles: [Quantile]) -> [Quantile] {
        var latest: [Int64: Int64] = [:]
        for (_, columns) in quantiles {
            for index in 0..<columns.count {
                let event = columns.eventStarts[index]
                latest[event] = max(latest[event] ?? .min, columns.beliefTimes[index])
            }
        }
        return quantiles.map { key, columns in
            var kept = BeliefColumns()
            for index in 0..<columns.count {
                let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
                if latest[event] == belief { kept.append(event, belief, columns.values[index]) }
            }
            return (key, kept)
        }
    }

    /// Per event the first quantile whose cumulative probability reaches one half, else the
    /// highest.
    private static func median(_ quantiles: [Quantile]) -> BeliefColumns {
        guard quantiles.count > 1 else { return quantiles.first?.columns ?? BeliefColumns() }
        // From the least wanted on, so that the wanted quantile is the one that stays.
        let below = quantiles.filter { $0.key.probability < 0.5 }
        let above = quantiles.filter { $0.key.probability >= 0.5 }
        return (below + above.reversed()).reduce(BeliefColumns()) { result, quantile in
            // Quantiles of one event have one belief time, so the newer replaces the older.
            result.merged(with: quantile.columns)
        }
    }

    /// The latest belief per event that passes the filters.
    private static func latest(_ columns: BeliefColumns, _ query: SeriesQuery) -> BeliefColumns {
        guard query.filtersBeliefs else {
            return latestPerEvent(columns)
        }
        let offset = query.timing.knowledge.constantOffset(resolution: query.timing.resolution)
        var result = BeliefColumns()
        result.reserveCapacity(columns.count)
        var index = 0
        while index < columns.count {
            let event = columns.eventStarts[index]
            var best: Int?
            while index < columns.count && columns.eventStarts[index] == event {
                defer { index += 1 }
                let belief = columns.beliefTimes[index]
                if query.admits(belief, about: event, offset) { best = index }
            }
            if let best { result.append(event, columns.beliefTimes[best], columns.values[best]) }
        }
        return result
    }

    /// All beliefs that pass the filters.
    private static func all(_ columns: BeliefColumns, _ query: SeriesQuery) -> BeliefColumns {
        let offset = query.timing.knowledge.constantOffset(resolution: query.timing.resolution)
        var result = BeliefColumns()
        result.reserveCapacity(columns.count)
        for index in 0..<columns.count {
            let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
            guard query.admits(belief, about: event, offset) else { continue }
            result.append(event, belief, columns.values[index])
        }
        return result
    }

    /// The latest belief about each event; ascending.
    static func latestPerEvent(_ columns: BeliefColumns) -> BeliefColumns {
        guard columns.hasRepeatedEvents else { return columns }
        var result = BeliefColumns()
        result.reserveCapacity(columns.count)
        for index in 0..<columns.count {
            let event = columns.eventStarts[index]
            if index + 1 < columns.count && columns.eventStarts[index + 1] == event { continue }
            result.append(event, columns.beliefTimes[index], columns.values[index])
        }
        return result
    }
}

extension SeriesQuery {
    /// Whether a belief's time decides if it may answer.
    var filtersBeliefs: Bool {
        knownBy != nil || knownSince != nil || horizonMin != nil || horizonMax != nil
    }

    /// Whether a belief passes the filters. Times in µs since 1970 UTC.
    ///
    /// `offset`: from an event's start to its knowledge time, where it is always the same, µs.
    fileprivate func admits(_ belief: Int64, about event: Int64, _ offset: Int64?) -> Bool {
        if let knownBy, belief > knownBy { return false }
        if let knownSince, belief < knownSince { return false }
        if horizonMin == nil && horizonMax == nil { return true }
        let knowledge = offset.map { event &+ $0 } ?? timing.knowledgeTime(eventStart: event)
        let horizon = knowledge &- belief
        if let horizonMin, horizon < horizonMin { return false }
        if let horizonMax, horizon > horizonMax { return false }
        return true
    }
}

extension BeliefColumns {
    /// Whether an event occurs twice; ascending columns.
    fileprivate var hasRepeatedEvents: Bool {
        let starts = eventStarts.span
        guard starts.count > 1 else { return false }
        for index in 1..<starts.count where starts[index] == starts[index - 1] { return true }
        return false
    }
}
