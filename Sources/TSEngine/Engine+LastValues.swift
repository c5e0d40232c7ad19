package import Model
internal import Postgres

/// The last event of sensors: of each the one that starts last, forecasts too.
extension Engine {
    /// Sensors whose last blocks are read in one round trip: some 10 MB.
    private static let lastBlockSensorCount = 1_000

    /// What stands for the last event of each sensor, by the rules of `query`; nil for sensors
    /// without beliefs. Shape `[sensors]`.
    ///
    /// `ranks`: how sources rank among each other; asked only if several know an event.
    /// - Throws: `EngineError`.
    package func lastValues(
        of sensors: [(id: SensorID, timing: EventTiming)],
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) async throws -> [(last: LastValue, source: SourceID)?] {
        let known = try await lastValues(of: sensors.map(\.id))
        return zip(sensors, known).map { sensor, series in
            guard series.count != 1 else {
                return series.first.map { key, last in (last, key.source) }
            }
            guard let event = series.values.lazy.map(\.event).max() else { return nil }
            var columns: [SeriesKey: BeliefColumns] = [:]
            for (key, last) in series where last.event == event {
                columns[key] = BeliefColumns(
                    eventStarts: [last.event],
                    beliefTimes: [last.belief],
                    values: [last.value]
                )
            }
            let query = SeriesQuery(sensor: sensor.id, timing: sensor.timing, events: event...event)
            let selected = Selection.select(columns, query, ranks: ranks)
            guard let source = selected.sources.first else { return nil }
            let last = LastValue(
                event: event,
                belief: selected.columns.beliefTimes[0],
                value: selected.columns.values[0]
            )
            return (last, source)
        }
    }

    /// The last value of each series of some sensors: known, or read from memtable and blocks. Shape
    /// `[sensors]`.
    private func lastValues(of sensors: [SensorID]) async throws -> [[SeriesKey: LastValue]] {
        do {
            try await readIndex.wait()
            var (result, unknown) = recentValues.values(of: sensors)
            guard !unknown.isEmpty else { return result }
            unknown.sort { sensors[$0] < sensors[$1] }
            let parts = stride(from: 0, to: unknown.count, by: Self.lastBlockSensorCount).map {
                unknown[$0..<min($0 + Self.lastBlockSensorCount, unknown.count)]
            }
            try await withThrowingTaskGroup(of: [(Int, [SeriesKey: LastValue])].self) { group in
                for (number, part) in parts.enumerated() {
                    // Two at a time: while Postgres looks for one, the other is decoded.
                    if number >= 2, let filled = try await group.next() {
                        for (position, values) in filled { result[position] = values }
                    }
                    group.addTask { try await self.fill(part, of: sensors) }
                }
                for try await filled in group {
                    for (position, values) in filled { result[position] = values }
                }
            }
            return result
        } catch { throw Committer.engineError(error) }
    }

    /// Reads the last values of the sensors at some positions, and keeps them.
    private func fill(
        _ positions: ArraySlice<Int>,
        of sensors: [SensorID]
    ) async throws -> [(Int, [SeriesKey: LastValue])] {
        let some = positions.map { sensors[$0] }
        let fill = recentValues.beginFill(some)
        let read: [SensorID: [SeriesKey: LastValue]]
        do {
            read = try await readLastValues(of: some)
        } catch {
            for sensor in some { recentValues.end(fill, of: sensor, with: nil) }
            throw error
        }
        return positions.map { position in
            let sensor = sensors[position]
            return (position, recentValues.end(fill, of: sensor, with: read[sensor] ?? [:]))
        }
    }

    private func readLastValues(
        of sensors: [SensorID]
    ) async throws -> [SensorID: [SeriesKey: LastValue]] {
        // Memory first, then blocks: see `BeliefGatherer`.
        let snapshot = memtable.snapshot
        var result: [SensorID: [SeriesKey: LastValue]] = [:]
        for sensor in sensors {
            result[sensor] = memtable.columns(of: sensor, ofEventsIn: .min ... .max, in: snapshot)
                .compactMapValues(\.lastValue)
        }
        let rows = try await pool.withConnection(retryingOnce: true) { connection in
            try LastEvents.blocks(of: Set(sensors), on: connection)
        }
        let deletions = snapshot.blockDeletions
        for row in rows {
            let sensor = row.series.sensor
            if deletions.contains(where: { $0.concerns(row.series) }) {
                // What is left of the series may end in any block.
                let query = SeriesQuery(
                    sensor: sensor,
                    timing: EventTiming(resolution: 0),
                    events: .min ... .max
                )
                try await self.query([query]) { _, series in
                    result[sensor] = series.compactMapValues(\.lastValue)
                }
                continue
            }
            // What is in memory may be newer, or say more about the same event.
            let recent = result[sensor]?[row.series]
            if let recent, recent.event > row.lastEvent { continue }
            guard let stored = try row.columns().lastValue else { continue }
            if let recent, recent.replaces(stored) { continue }
            result[sensor, default: [:]][row.series] = stored
        }
        return result
    }
}

extension BeliefColumns {
    /// The last event's latest belief; ascending columns.
    var lastValue: LastValue? {
        guard let event = eventStarts.last, let belief = beliefTimes.last, let value = values.last
        else { return nil }
        return LastValue(event: event, belief: belief, value: value)
    }
}
