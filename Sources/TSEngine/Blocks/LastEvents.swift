internal import Model
internal import Postgres

/// The latest event of each series in blocks, from the zone maps.
enum LastEvents {
    /// - Returns: µs since 1970 UTC by series, for the series of `sensors` that have blocks.
    static func read(
        of sensors: Set<SensorID>,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [SeriesKey: Int64] {
        let rows = try connection.query(
            """
            SELECT sensor_id, source_id, probability, max(last_event) FROM current_block
            WHERE sensor_id = ANY(\(.ints(sensors.map(\.rawValue))))
            GROUP BY sensor_id, source_id, probability
            """
        )
        var result: [SeriesKey: Int64] = [:]
        for row in 0..<rows.count {
            let series = SeriesKey(
                sensor: SensorID(try rows.int(row, 0)),
                source: SourceID(try rows.int(row, 1)),
                probability: try rows.double(row, 2)
            )
            result[series] = try rows.timestamp(row, 3)
        }
        return result
    }

    /// - Returns: the starts of the first and the last event of each sensor that has blocks, µs
    ///   since 1970 UTC.
    static func extents(
        of sensors: [SensorID],
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [SensorID: ClosedRange<Int64>] {
        let rows = try connection.query(
            """
            SELECT sensor_id, min(first_event), max(last_event) FROM current_block
            WHERE sensor_id = ANY(\(.ints(sensors.map(\.rawValue)))) GROUP BY sensor_id
            """
        )
        var result: [SensorID: ClosedRange<Int64>] = [:]
        for row in 0..<rows.count {
            let (first, last) = (try rows.timestamp(row, 1), try rows.timestamp(row, 2))
            result[SensorID(try rows.int(row, 0))] = first...max(first, last)
        }
        return result
    }

    /// The highest id of a sensor that has blocks; 0 if none has.
    static func sensorMax(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Int64 {
        let rows = try connection.query("SELECT coalesce(max(sensor_id), 0) FROM current_block")
        return try rows.int(0, 0)
    }
}
