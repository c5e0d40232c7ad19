package import Model
internal import Postgres

/// What is known of all beliefs about one sensor, superseded ones included.
extension Engine {
    /// Statistics by source of the beliefs about events that start in `events` (µs since 1970 UTC,
    /// both ends included).
    ///
    /// Cost: one row a block; only blocks that others overlap, that memory or a deletion concerns, or
    /// that reach over the ends of `events` are decoded.
    /// - Throws: `EngineError`.
    package func statistics(
        of sensor: SensorID,
        events: ClosedRange<Int64> = .min ... .max
    ) async throws -> [SourceID: SeriesStatistics] {
        do { try await readIndex.wait() } catch { throw Committer.engineError(error) }
        // Memory first, then blocks: see `BeliefGatherer`.
        let snapshot = memtable.snapshot
        let reading = StatisticsReading(
            sensor: sensor,
            events: events,
            recent: memtable.columns(of: sensor, ofEventsIn: events, in: snapshot),
            deletions: snapshot.blockDeletions.filter { $0.sensor == sensor }
        )
        do {
            return try await pool.withConnection(retryingOnce: true) { connection in
                // Zone maps and blocks of one moment: a compaction in between would count twice.
                try connection.transaction { connection in
                    try connection.execute(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                    )
                    return try reading.read(on: connection)
                }
            }
        } catch { throw Committer.engineError(error) }
    }

    /// The latest event about which each source holds a belief that passes the query's filters: its
    /// start, µs since 1970 UTC. Sources without one are left out.
    ///
    /// `knownSince`: only beliefs held at or after this moment, µs since 1970 UTC.
    /// Cost: the blocks of one year for each year back to where every source has an event; of the
    /// latest one for sensors that are kept up to date.
    /// - Throws: `EngineError`.
    package func lastEvents(
        _ query: SeriesQuery,
        knownSince: Int64? = nil
    ) async throws -> [SourceID: Int64] {
        var result: [SourceID: Int64] = [:]
        do { try await readIndex.wait() } catch { throw Committer.engineError(error) }
        // What is left to look at, by source: up to which event.
        var open = try await lastStoredEvents(of: query)
        while let latest = open.values.max() {
            let events = Self.yearToLook(at: latest, in: query.events)
            let found = try await beliefs(of: query.sensor, events)
            for (source, bound) in open where bound >= events.lowerBound {
                let last = found.filter { $0.key.source == source }
                    .compactMap { query.lastEvent(in: $0.value, knownSince) }.max()
                if let last {
                    result[source] = last
                    open[source] = nil
                } else {
                    open[source] =
                        events.lowerBound > query.events.lowerBound
                        ? min(bound, events.lowerBound - 1) : nil
                }
            }
        }
        return result
    }

    /// The latest event of each source that the query is about, by what is stored; it may have been
    /// deleted.
    private func lastStoredEvents(of query: SeriesQuery) async throws -> [SourceID: Int64] {
        let recent = memtable.columns(of: query.sensor, ofEventsIn: query.events)
        var last: [SourceID: Int64] = [:]
        func note(_ series: SeriesKey, _ event: Int64) {
            guard query.concerns(series), event >= query.events.lowerBound else { return }
            let event = min(event, query.events.upperBound)
            last[series.source] = max(last[series.source] ?? .min, event)
        }
        for (series, columns) in recent { note(series, columns.eventStarts[columns.count - 1]) }
        do {
            let stored = try await pool.withConnection(retryingOnce: true) { connection in
                try LastEvents.read(of: [query.sensor], on: connection)
            }
            for (series, event) in stored { note(series, event) }
        } catch { throw Committer.engineError(error) }
        return last
    }

    /// The partition of an event, as far as the query reaches.
    private static func yearToLook(
        at event: Int64,
        in events: ClosedRange<Int64>
    ) -> ClosedRange<Int64> {
        let window = PartitionWindow.containing(event: event)
        guard let bounds = window.bounds else {
            // All other years are in one partition, on both sides of those with their own.
            let first = PartitionWindow(year: PartitionWindow.years.lowerBound).bounds
            let isAfter = event >= first?.lowerBound ?? .min
            let last = PartitionWindow(year: PartitionWindow.years.upperBound).bounds
            let lower = isAfter ? last?.upperBound ?? .min : .min
            return max(lower, events.lowerBound)...event
        }
        return max(bounds.lowerBound, events.lowerBound)...event
    }

    /// All beliefs about a sensor's events, by series.
    ///
    /// Memtable first, then blocks: see `BeliefGatherer`. What other processes have committed is seen
    /// if `readIndex` was waited for.
    func beliefs(
        of sensor: SensorID,
        _ events: ClosedRange<Int64>
    ) async throws -> [SeriesKey: BeliefColumns] {
        let snapshot = memtable.snapshot
        let recent = memtable.columns(of: sensor, ofEventsIn: events, in: snapshot)
        let plan = blocks.plan(sensor, events: events)
        do {
            var rows = plan.rows
            if !plan.missing.isEmpty {
                rows = try await pool.withConnection(retryingOnce: true) { [blocks] connection in
                    try blocks.complete(plan, on: connection)
                }
            }
            return try BeliefGatherer.gather(
                memtable: recent,
                blocks: rows,
                hiddenBy: snapshot.blockDeletions,
                events: events
            )
        } catch { throw Committer.engineError(error) }
    }
}

extension SeriesQuery {
    /// The latest event with a belief that passes the filters; ascending columns.
    fileprivate func lastEvent(in columns: BeliefColumns, _ knownSince: Int64?) -> Int64? {
        columns.eventStarts.indices.last { index in
            let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
            if let knownBy, belief > knownBy { return false }
            if let knownSince, belief < knownSince { return false }
            guard horizonMin != nil || horizonMax != nil else { return true }
            let horizon = timing.beliefHorizon(eventStart: event, beliefTime: belief)
            return horizon >= horizonMin ?? .min && horizon <= horizonMax ?? .max
        }.map { columns.eventStarts[$0] }
    }
}
