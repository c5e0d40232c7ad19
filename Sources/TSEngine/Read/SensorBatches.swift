internal import Model
internal import Postgres

/// Gets the blocks of many sensors, some sensors at a time, so that memory stays bounded.
///
/// How many sensors go into one round trip follows from how many bytes the ones before had.
struct SensorBatches {
    /// About how many bytes of blocks one round trip may bring: little beside the cache, and much
    /// beside the cost of a round trip.
    static let byteCountTarget = 24 << 20
    /// Sensors whose size is not known yet.
    static let firstCount = 32
    static let countMax = 2_048

    let pool: PostgresPool
    let memtable: Memtable
    let blocks: BlockReader
    /// Whether superseded beliefs are wanted of queries that filter none, too.
    let readsHistory: Bool
    private var next = 0
    private var count = firstCount

    init(pool: PostgresPool, memtable: Memtable, blocks: BlockReader, readsHistory: Bool) {
        (self.pool, self.memtable, self.blocks) = (pool, memtable, blocks)
        self.readsHistory = readsHistory
    }

    /// What is stored for the next queries, in their order; empty at the end.
    ///
    /// - Returns: `first` is the index of the first of them.
    /// - Throws: `PostgresError`.
    mutating func nextParts(
        of queries: [SeriesQuery]
    ) async throws -> (first: Int, parts: [SensorParts]) {
        let first = next
        let batch = queries[first..<min(queries.count, first + count)]
        next += batch.count
        // Memory first, then blocks: see `BeliefGatherer`.
        let snapshot = memtable.snapshot
        let deletions = snapshot.blockDeletions
        var parts = batch.map { query in
            SensorParts(
                recent: memtable.columns(of: query.sensor, ofEventsIn: query.events, in: snapshot),
                deletions: deletions.filter { $0.sensor == query.sensor }
            )
        }
        let plans = batch.map { blocks.plan($0.sensor, events: $0.events) }
        let wanted = zip(batch, plans).map { query, plan in
            plan.missing.filter { $0.table == .current || needsHistory(query) }
        }
        let missing = Array(Set(wanted.joined()))
        var fetched: [BlockCache.Key: [StoredBlock]] = [:]
        if let ticket = plans.first?.ticket, !missing.isEmpty {
            fetched = try await pool.withConnection(retryingOnce: true) { [blocks] connection in
                try blocks.fetch(missing, ticket: ticket, on: connection)
            }
        }
        var byteCount = 0
        for (index, query) in zip(parts.indices, batch) {
            parts[index].current = plans[index].rows[.current] ?? []
            if needsHistory(query) { parts[index].history = plans[index].rows[.history] ?? [] }
            for key in wanted[index] {
                guard let rows = fetched[key] else { continue }
                byteCount = rows.reduce(byteCount) { $0 + $1.byteCount }
                switch key.table {
                case .current: parts[index].current += rows
                case .history: parts[index].history += rows
                }
            }
            parts[index].current.sort { ($0.series, $0.firstEvent) < ($1.series, $1.firstEvent) }
        }
        adapt(batchCount: batch.count, byteCount: byteCount)
        return (first, parts)
    }

    private func needsHistory(_ query: SeriesQuery) -> Bool {
        readsHistory || query.filtersBeliefs
    }

    private mutating func adapt(batchCount: Int, byteCount: Int) {
        let perSensor = max(1, byteCount / max(1, batchCount))
        count = min(max(1, Self.byteCountTarget / perSensor), Self.countMax, count * 8)
    }
}
