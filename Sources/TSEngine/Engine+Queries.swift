package import Model
internal import Postgres

/// Questions about many sensors: answered one after the other, with few round trips and bounded
/// memory.
extension Engine {
    /// One belief per event for each query, in the queries' order.
    ///
    /// `ranks`: how sources rank among each other; asked only if several know an event.
    /// `body`: gets the index of the query and its answer. The next query waits for it.
    /// - Throws: `EngineError`, or what `body` throws.
    package func query(
        _ queries: [SeriesQuery],
        ranks: ([SourceID]) -> [SourceID: SourceRank],
        _ body: (Int, SelectedBeliefs) async throws -> Void
    ) async throws {
        try await eachSensor(queries) { index, parts in
            let series = try engineErrors { try parts.beliefs(of: queries[index]) }
            try await body(index, Selection.select(series, queries[index], ranks: ranks))
        }
    }

    /// What each source believes, for each query, in the queries' order.
    ///
    /// `ranks`: how sources rank among each other; asked only if there are several.
    /// `body`: gets the index of the query and, by series, columns that ascend, none empty. The
    /// next query waits for it.
    /// - Throws: `EngineError`, or what `body` throws.
    package func beliefs(
        _ queries: [SeriesQuery],
        _ detail: SourceDetail,
        ranks: ([SourceID]) -> [SourceID: SourceRank],
        _ body: (Int, [SeriesKey: BeliefColumns]) async throws -> Void
    ) async throws {
        try await eachSensor(queries, readsHistory: !detail.isLatestOnly) { index, parts in
            let series = try engineErrors { try parts.beliefs(of: queries[index]) }
            try await body(index, Selection.beliefs(series, queries[index], detail, ranks: ranks))
        }
    }

    /// All latest beliefs of each query's sensor, by series; several per event if the query
    /// filters.
    func query(
        _ queries: [SeriesQuery],
        series body: (Int, [SeriesKey: BeliefColumns]) async throws -> Void
    ) async throws {
        try await eachSensor(queries) { index, parts in
            try await body(index, try engineErrors { try parts.beliefs(of: queries[index]) })
        }
    }

    /// Aggregates of the latest beliefs that pass each query's filters, per bin.
    ///
    /// `queries`: all about the events of the bins.
    /// `edges`: the bins of each query, ascending, µs since 1970 UTC; one more than bins.
    /// `ranks`: how sources rank among each other; asked only if several know an event.
    /// `body`: gets the index of the query and its values, shape `[edges.count - 1]`, NaN for bins
    /// of which nothing is known (0 for `.count`). The next query waits for it.
    /// - Throws: `EngineError`, or what `body` throws.
    package func aggregate(
        _ queries: [SeriesQuery],
        edges: (Int) -> [Int64],
        _ aggregate: Aggregate,
        ranks: ([SourceID]) -> [SourceID: SourceRank],
        _ body: (Int, [Double]) async throws -> Void
    ) async throws {
        try await eachSensor(queries) { index, parts in
            let (query, edges) = (queries[index], edges(index))
            let values: [Double] = try engineErrors {
                let zones = ZoneMapAggregation(query: query, edges: edges, aggregate: aggregate)
                if let answer = try zones.answer(parts) {
                    return answer.states.map { $0.result(aggregate) }
                }
                let selected = Selection.select(
                    try parts.beliefs(of: query),
                    query,
                    ranks: ranks
                )
                return ValueGrid.aggregate(selected, edges: edges, aggregate, ranks: ranks)
            }
            try await body(index, values)
        }
    }

    private func eachSensor(
        _ queries: [SeriesQuery],
        readsHistory: Bool = false,
        _ body: (Int, SensorParts) async throws -> Void
    ) async throws {
        do { try await readIndex.wait() } catch { throw Committer.engineError(error) }
        var batches = SensorBatches(
            pool: pool,
            memtable: memtable,
            blocks: blocks,
            readsHistory: readsHistory
        )
        while true {
            let (first, parts): (Int, [SensorParts])
            do {
                (first, parts) = try await batches.nextParts(of: queries)
            } catch { throw Committer.engineError(error) }
            guard !parts.isEmpty else { return }
            for (index, sensor) in parts.enumerated() { try await body(first + index, sensor) }
        }
    }

    private func engineErrors<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch { throw Committer.engineError(error) }
    }
}
