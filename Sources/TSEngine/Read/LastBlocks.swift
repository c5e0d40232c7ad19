internal import Model
internal import Postgres

/// The last current block of each series, for last values.
enum LastBlocks {
    /// - Returns: The last blocks of the series of `sensors` that have any, in one round trip.
    static func read(
        of sensors: [SensorID],
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [BlockRow] {
        let rows = try connection.query(
            """
            SELECT DISTINCT ON (sensor_id, source_id, probability) \
            \(unescaped: BlockRow.sqlColumns) FROM current_block \
            WHERE sensor_id = ANY(\(.ints(sensors.map(\.rawValue)))) \
            ORDER BY sensor_id, source_id, probability, first_event DESC
            """
        )
        var result: [BlockRow] = []
        result.reserveCapacity(rows.count)
        for row in 0..<rows.count { result.append(try BlockRow(rows, row)) }
        return result
    }
}
