internal import Model

/// Which belief stands for an event: FlexMeasures' (timely-beliefs') rules.
///
/// First the latest belief per event and source that passes the filters; then, of several sources,
/// the one with the highest version, then the latest belief, then the order of the sources' names.
enum Selection {
    /// `series`: all beliefs about the query's events, by series; ascending.
    /// `ranks`: the sources' ranks; asked for only if there are several.
    static func select(
        _ series: [SeriesKey: BeliefColumns],
        _ query: SeriesQuery,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) -> SelectedBeliefs {
        var candidates: [(source: SourceID, columns: BeliefColumns)] = []
        for (key, columns) in series {
            if let sources = query.sources, !sources.contains(key.source) { continue }
            let latest = latest(columns, query)
            if !latest.isEmpty { candidates.append((key.source, latest)) }
        }
        guard let only = candidates.first else { return SelectedBeliefs() }
        if candidates.count == 1 {
            return SelectedBeliefs(
                columns: only.columns,
                sources: [SourceID](repeating: only.source, count: only.columns.count)
            )
        }
        candidates.sort { $0.source < $1.source }
        // A source that the catalog has not heard of yet comes last.
        let last = SourceRank(family: -1, version: -1, description: .max)
        let known = ranks(candidates.map(\.source))
        return merge(candidates, ranks: candidates.map { known[$0.source] ?? last })
    }

    /// The latest belief per event that passes the filters.
    private static func latest(_ columns: BeliefColumns, _ query: SeriesQuery) -> BeliefColumns {
        let isFiltered =
            query.knownBy != nil || query.horizonMin != nil || query.horizonMax != nil
        let offset = query.timing.knowledge.constantOffset(resolution: query.timing.resolution)
        var result = BeliefColumns()
        result.reserveCapacity(columns.count)
        var index = 0
        while index < columns.count {
            let event = columns.eventStarts[index]
            var best: Int?
            while index < columns.count && columns.eventStarts[index] == event {
                defer { index += 1 }
                guard isFiltered else {
                    best = index
                    continue
                }
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

    /// One belief per event out of several sources.
    private static func merge(
        _ candidates: [(source: SourceID, columns: BeliefColumns)],
        ranks: [SourceRank]
    ) -> SelectedBeliefs {
        var positions = [Int](repeating: 0, count: candidates.count)
        var result = SelectedBeliefs()
        while true {
            var event = Int64.max
            var isLeft = false
            for (index, candidate) in candidates.enumerated()
            where positions[index] < candidate.columns.count {
                event = min(event, candidate.columns.eventStarts[positions[index]])
                isLeft = true
            }
            guard isLeft else { return result }
            var best: Int?
            for (index, candidate) in candidates.enumerated()
            where positions[index] < candidate.columns.count
                && candidate.columns.eventStarts[positions[index]] == event
            {
                guard let rival = best else {
                    best = index
                    continue
                }
                let belief = candidate.columns.beliefTimes[positions[index]]
                let rivalBelief = candidates[rival].columns.beliefTimes[positions[rival]]
                if ranks[index].isPreferred(
                    with: belief,
                    over: ranks[rival],
                    with: rivalBelief
                ) {
                    best = index
                }
            }
            if let best {
                let (columns, position) = (candidates[best].columns, positions[best])
                result.columns.append(
                    event,
                    columns.beliefTimes[position],
                    columns.values[position]
                )
                result.sources.append(candidates[best].source)
            }
            for (index, candidate) in candidates.enumerated()
            where positions[index] < candidate.columns.count
                && candidate.columns.eventStarts[positions[index]] == event
            {
                positions[index] += 1
            }
        }
    }
}
