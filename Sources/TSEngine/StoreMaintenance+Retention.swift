package import Model
internal import Postgres

/// What is in blocks of a sensor's events up to some moment, by the zone maps.
package struct StoredBeliefs: Sendable, Equatable {
    /// Beliefs in blocks that lie before it as a whole.
    package internal(set) var wholeCount: Int64 = 0
    /// Beliefs in blocks that reach beyond it: some of them lie before.
    package internal(set) var partlyCount: Int64 = 0
}

extension StoreMaintenance {
    /// The earliest event of each sensor that has blocks with events before `moment`: one statement,
    /// which reads the zone maps of the partitions before it.
    ///
    /// - Returns: µs since 1970 UTC.
    /// - Throws: `EngineError`.
    package func firstEvents(before moment: Timestamp) async throws -> [SensorID: Int64] {
        try await onLongConnection { connection in
            let rows = try connection.query(
                """
                SELECT sensor_id, min(first_event) FROM (
                    SELECT sensor_id, first_event FROM current_block
                    WHERE first_event < \(.timestamp(moment.microseconds))
                    UNION ALL SELECT sensor_id, first_event FROM history_block
                    WHERE first_event < \(.timestamp(moment.microseconds))
                ) AS block GROUP BY sensor_id
                """
            )
            var events: [SensorID: Int64] = [:]
            for row in 0..<rows.count {
                events[SensorID(try rows.int(row, 0))] = try rows.timestamp(row, 1)
            }
            return events
        }
    }

    /// What deletions would remove from blocks, about: for a person who is asked.
    ///
    /// - Returns: by index of `deletions`.
    /// - Throws: `EngineError`.
    package func beliefs(of deletions: [Deletion]) async throws -> [StoredBeliefs] {
        try await onLongConnection { connection in
            let sensors = Set(deletions.map(\.sensor.rawValue)).sorted()
            let rows = try connection.query(
                """
                SELECT sensor_id, source_id, first_event, last_event, value_count::bigint FROM (
                    SELECT sensor_id, source_id, first_event, last_event, value_count
                    FROM current_block WHERE sensor_id = ANY(\(.ints(sensors)))
                    UNION ALL SELECT sensor_id, source_id, first_event, last_event, value_count
                    FROM history_block WHERE sensor_id = ANY(\(.ints(sensors)))
                ) AS block
                """
            )
            let indices = Dictionary(grouping: deletions.indices) { deletions[$0].sensor.rawValue }
            var result = deletions.map { _ in StoredBeliefs() }
            for row in 0..<rows.count {
                let source = SourceID(try rows.int(row, 1))
                let events = try rows.timestamp(row, 2)...rows.timestamp(row, 3)
                let valueCount = try rows.int(row, 4)
                for index in indices[try rows.int(row, 0)] ?? [] {
                    let deletion = deletions[index]
                    guard deletion.source == nil || deletion.source == source,
                        deletion.events.overlaps(events)
                    else { continue }
                    let isWhole =
                        deletion.events.lowerBound <= events.lowerBound
                        && deletion.events.upperBound >= events.upperBound
                    if isWhole {
                        result[index].wholeCount += valueCount
                    } else {
                        result[index].partlyCount += valueCount
                    }
                }
            }
            return result
        }
    }
}
