internal import Model
internal import Postgres

/// The latest event of each series in blocks, from the zone maps.
enum LastEvents {
    /// - Returns: µs since 1970 UTC by series, for the series of `sensors` that have blocks.
    static func read(
        of sensors: Set<SensorID>,
        on connection: borrowing PostgresConnection
    ) throws -> [SeriesKey: Int64] {
        var result: [SeriesKey: Int64] = [:]
        for zone in try PlacedZone.read(of: sensors, in: .current, on: connection) {
            result[zone.series] = max(result[zone.series] ?? .min, zone.lastEvent)
        }
        return result
    }

    /// - Returns: the starts of the first and the last event of each sensor that has blocks, µs
    ///   since 1970 UTC.
    static func extents(
        of sensors: [SensorID],
        on connection: borrowing PostgresConnection
    ) throws -> [SensorID: ClosedRange<Int64>] {
        var result: [SensorID: ClosedRange<Int64>] = [:]
        for zone in try PlacedZone.read(of: Set(sensors), in: .current, on: connection) {
            let known = result[zone.series.sensor] ?? zone.zone.events
            let first = min(known.lowerBound, zone.firstEvent)
            result[zone.series.sensor] = first...max(known.upperBound, zone.lastEvent)
        }
        return result
    }

    /// The last current block of each series of `sensors` that has any, in two round trips.
    static func blocks(
        of sensors: Set<SensorID>,
        on connection: borrowing PostgresConnection
    ) throws -> [StoredBlock] {
        // Of one moment: a compaction in between would have moved what the zone maps name.
        try connection.transaction { connection in
            try connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            var last: [SeriesKey: PlacedZone] = [:]
            for zone in try PlacedZone.read(of: sensors, in: .current, on: connection) {
                let known = last[zone.series]?.firstEvent
                if known.map({ $0 < zone.firstEvent }) ?? true { last[zone.series] = zone }
            }
            return try StoredBlock.read(Array(last.values), in: .current, on: connection)
        }
    }

    /// The highest id of a sensor that has blocks; 0 if none has.
    static func sensorMax(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Int64 {
        let rows = try connection.query("SELECT coalesce(max(last_sensor), 0) FROM current_block")
        return try rows.int(0, 0)
    }
}
