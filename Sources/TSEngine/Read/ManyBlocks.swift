internal import Model
internal import Postgres

/// Fetches blocks of many sensors in one round trip.
enum ManyBlocks {
    /// `keys`: what is missing in the cache, of any sensors, tables and partitions; each once.
    /// `ticket`: taken before the cache was asked.
    /// - Returns: The rows of each key, in the order of series and first event; also none. They are
    ///   in the cache too.
    /// - Throws: `PostgresError`.
    static func fetch(
        _ keys: [BlockCache.Key],
        ticket: BlockCache.Ticket,
        into cache: BlockCache,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [BlockCache.Key: [BlockRow]] {
        var found: [BlockCache.Key: [BlockRow]] = [:]
        for key in keys { found[key] = [] }
        let parts = Dictionary(grouping: keys) { Part(table: $0.table, window: $0.window) }
            .map { (part: $0, sensors: $1.map(\.sensor.rawValue)) }
        guard !parts.isEmpty else { return found }
        var sql: SQL = ""
        for (index, (part, sensors)) in parts.enumerated() {
            let union: SQL = index == 0 ? "" : " UNION ALL "
            sql = """
                \(sql)\(union)SELECT \(unescaped: BlockRow.sqlColumns), \(index)::bigint AS part \
                FROM \(unescaped: part.window.table(of: part.table)) \
                WHERE sensor_id = ANY(\(.ints(sensors)))
                """
        }
        let result = try connection.query(
            "\(sql) ORDER BY part, sensor_id, source_id, probability, first_event, block_id"
        )
        for row in 0..<result.count {
            let block = try BlockRow(result, row)
            let part = parts[Int(try result.int(row, 16))].part
            let key = BlockCache.Key(
                sensor: block.series.sensor,
                table: part.table,
                window: part.window
            )
            found[key, default: []].append(block)
        }
        for (key, rows) in found { cache.fill(key, with: rows, ticket: ticket) }
        return found
    }

    private struct Part: Hashable {
        let table: BlockTable
        let window: PartitionWindow
    }
}
