package import Model
internal import Postgres

/// From when until when there are events.
extension Engine {
    /// The starts of the first and the last event of each sensor, µs since 1970 UTC; sensors without
    /// beliefs are left out.
    ///
    /// Cost: one round trip, one row a block; blocks are decoded only of sensors of which something
    /// was deleted that is still in blocks.
    /// - Throws: `EngineError`.
    package func extents(
        of sensors: [SensorID]
    ) async throws -> [SensorID: ClosedRange<Int64>] {
        do { try await readIndex.wait() } catch { throw Committer.engineError(error) }
        // Memory first, then blocks: see `BeliefGatherer`.
        let snapshot = memtable.snapshot
        var extents: [SensorID: ClosedRange<Int64>] = [:]
        for sensor in sensors {
            for (_, columns) in memtable.columns(
                of: sensor,
                ofEventsIn: .min ... .max,
                in: snapshot
            ) { extents.widen(sensor, columns) }
        }
        let reduced = Set(snapshot.blockDeletions.map(\.sensor))
        let whole = sensors.filter { !reduced.contains($0) }
        do {
            let stored = try await pool.withConnection(retryingOnce: true) { connection in
                try LastEvents.extents(of: whole, on: connection)
            }
            for (sensor, extent) in stored { extents.widen(sensor, extent) }
        } catch { throw Committer.engineError(error) }
        let queries = sensors.filter { reduced.contains($0) }
            .map {
                SeriesQuery(
                    sensor: $0,
                    timing: EventTiming(resolution: 0),
                    events: .min ... .max
                )
            }
        if queries.isEmpty { return extents }
        try await query(queries) { index, series in
            for (_, columns) in series { extents.widen(queries[index].sensor, columns) }
        }
        return extents
    }
}

extension [SensorID: ClosedRange<Int64>] {
    fileprivate mutating func widen(_ sensor: SensorID, _ columns: BeliefColumns) {
        guard let first = columns.eventStarts.first, let last = columns.eventStarts.last else {
            return
        }
        widen(sensor, first...last)
    }

    fileprivate mutating func widen(_ sensor: SensorID, _ extent: ClosedRange<Int64>) {
        guard let known = self[sensor] else {
            self[sensor] = extent
            return
        }
        let first = Swift.min(known.lowerBound, extent.lowerBound)
        self[sensor] = first...Swift.max(known.upperBound, extent.upperBound)
    }
}
