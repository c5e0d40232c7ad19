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
    /// The earliest event of each sensor that has blocks with events before `moment`: read from the zone
    /// maps of the partitions before it.
    ///
    /// - Returns: µs since 1970 UTC.
    /// - Throws: `EngineError`.
    package func firstEvents(before moment: Timestamp) async throws -> [SensorID: Int64] {
        try await onLongConnection { connection in
            var events: [SensorID: Int64] = [:]
            try ZoneScan.run(
                where: "first_event < \(.timestamp(moment.microseconds))",
                on: connection
            ) { _, zone in
                guard zone.firstEvent < moment.microseconds else { return }
                let sensor = zone.series.sensor
                events[sensor] = min(events[sensor] ?? .max, zone.firstEvent)
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
            let sensors = Set(deletions.map(\.sensor))
            let indices = Dictionary(grouping: deletions.indices) { deletions[$0].sensor }
            var result = deletions.map { _ in StoredBeliefs() }
            for table in BlockTable.allCases {
                for zone in try PlacedZone.read(of: sensors, in: table, on: connection) {
                    for index in indices[zone.series.sensor] ?? [] {
                        result[index].add(zone.zone, deletions[index])
                    }
                }
            }
            return result
        }
    }
}

extension StoredBeliefs {
    fileprivate mutating func add(_ zone: BlockZone, _ deletion: Deletion) {
        guard deletion.source == nil || deletion.source == zone.series.source,
            deletion.events.overlaps(zone.events)
        else { return }
        let isWhole =
            deletion.events.lowerBound <= zone.firstEvent
            && deletion.events.upperBound >= zone.lastEvent
        if isWhole {
            wholeCount += Int64(zone.valueCount)
        } else {
            partlyCount += Int64(zone.valueCount)
        }
    }
}
