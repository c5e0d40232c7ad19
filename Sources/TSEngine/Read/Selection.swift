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
        var result: [SeriesKey: BeliefColumns] = [:]
        let perSource = latestQuantiles(series, query)
        for (_, quantiles) in perSource {
            for quantile in quantiles where !quantile.columns.isEmpty {
                result[quantile.key] = quantile.columns
            }
        }
        guard perSource.count > 1 else { return result }
        return SourceSelection.highestVersions(result, ranks: ranks(perSource.keys.sorted()))
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
                if let knownBy = query.knownBy, belief > knownBy { continue }
                if query.horizonMin != nil || query.horizonMax != nil {
                    let knowledge =
                        offset.map { event &+ $0 }
                        ?? query.timing.knowledgeTime(eventStart: event)
                    let horizon = knowledge &- belief
                    if let least = query.horizonMin, horizon < least { continue }
                    if let most = query.horizonMax, horizon > most { continue }
                }
                best = index
            }
            if let best { result.append(event, columns.beliefTimes[best], columns.values[best]) }
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
    var filtersBeliefs: Bool { knownBy != nil || horizonMin != nil || horizonMax != nil }
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
