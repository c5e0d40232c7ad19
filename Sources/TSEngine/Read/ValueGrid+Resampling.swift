package import Model

extension ValueGrid {
    /// Puts beliefs on the places `edges`, except the last, which only ends the one before; an
    /// event must start exactly on its place.
    ///
    /// - Returns: Shape `[edges.count - 1]`, NaN where nothing is believed.
    package static func place(_ beliefs: BeliefColumns, edges: [Int64]) -> [Double] {
        var values = [Double](repeating: .nan, count: max(0, edges.count - 1))
        var place = 0
        for index in 0..<beliefs.count {
            let event = beliefs.eventStarts[index]
            while place < values.count && edges[place] < event { place += 1 }
            guard place < values.count else { break }
            if edges[place] == event { values[place] = beliefs.values[index] }
        }
        return values
    }

    /// Aggregates beliefs in the bins between `edges`, each source by itself.
    ///
    /// Where several sources know something of a bin, the one that knows most of its events
    /// answers; among equals, the one that would for a single event. So one corrected quarter of an
    /// hour does not stand for a day.
    ///
    /// `ranks`: how sources rank among each other; asked only if there are several.
    /// - Returns: Shape `[edges.count - 1]`, NaN where nothing is believed.
    package static func aggregate(
        _ selected: SelectedBeliefs,
        edges: [Int64],
        _ aggregate: Aggregate,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) -> [Double] {
        let empty = [BinState](repeating: BinState(), count: max(0, edges.count - 1))
        var best = empty
        let parts = selected.bySource()
        if parts.count <= 1 {
            BinAggregation.add(selected.columns, to: &best, edges: edges, aggregate)
            return best.map { $0.result(aggregate) }
        }
        let known = ranks(parts.map(\.source))
        var winners = [SourceID?](repeating: nil, count: best.count)
        for part in parts {
            var states = empty
            BinAggregation.add(part.columns, to: &states, edges: edges, aggregate)
            for bin in states.indices where states[bin].count > 0 {
                if let winner = winners[bin], states[bin].count <= best[bin].count {
                    guard states[bin].count == best[bin].count,
                        let rank = known[part.source], let rival = known[winner],
                        rank.isPreferred(
                            with: states[bin].belief,
                            over: rival,
                            with: best[bin].belief
                        )
                    else { continue }
                }
                (best[bin], winners[bin]) = (states[bin], part.source)
            }
        }
        return best.map { $0.result(aggregate) }
    }
}

extension SelectedBeliefs {
    /// The beliefs of each source, by ascending source.
    package func bySource() -> [(source: SourceID, columns: BeliefColumns)] {
        guard let first = sources.first else { return [] }
        if sources.allSatisfy({ $0 == first }) { return [(first, columns)] }
        var parts: [SourceID: BeliefColumns] = [:]
        for (index, source) in sources.enumerated() {
            parts[source, default: BeliefColumns()].append(
                columns.eventStarts[index],
                columns.beliefTimes[index],
                columns.values[index]
            )
        }
        return parts.sorted { $0.key < $1.key }.map { (source: $0.key, columns: $0.value) }
    }
}
