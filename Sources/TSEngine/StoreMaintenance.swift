package import Postgres

/// What operators do to the tables, beside a running engine or without one.
package struct StoreMaintenance: Sendable {
    private let pool: PostgresPool

    package init(_ pool: PostgresPool) { self.pool = pool }

    /// Disk use and number of beliefs. Reads every zone map.
    ///
    /// - Throws: `EngineError`.
    package func size() async throws -> StoreSize {
        do {
            return try await pool.withConnection(retryingOnce: true) { connection in
                try StoreSize.read(on: connection)
            }
        } catch { throw Committer.engineError(error) }
    }

    /// Gives the space of rewritten blocks back to the disk.
    ///
    /// A partition whose file is much larger than its rows is written anew, which locks it for that
    /// time; if it is in use for longer than two seconds it is left for the next time.
    ///
    /// - Throws: `EngineError`.
    package func reclaim() async throws {
        do {
            try await pool.withConnection { connection in
                let partitions = try connection.query(
                    """
                    SELECT relid::regclass::text FROM unnest(ARRAY['current_block', 'history_block'])
                    AS parent, pg_partition_tree(parent::regclass) WHERE isleaf
                    """
                )
                try connection.execute("SET lock_timeout = '2s'")
                for row in 0..<partitions.count {
                    let table = partitions.string(row, 0)
                    try connection.execute("VACUUM \(table)")
                    guard try Self.isBloated(table, on: connection) else { continue }
                    do {
                        try connection.execute("VACUUM FULL \(table)")
                    } catch PostgresError.server(sqlState: "55P03", _) {
                        // In use: readers go first.
                    }
                }
                try connection.execute("RESET lock_timeout")
            }
        } catch { throw Committer.engineError(error) }
    }

    /// Whether a partition takes over a fifth more than its rows, and more than a few pages.
    private static func isBloated(
        _ table: String,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Bool {
        // A row with its TOAST pointers and index entry takes about 250 bytes beside the payload,
        // and TOAST chunks have a header of some 40 bytes for each 2,000.
        let rows = try connection.query(
            """
            SELECT pg_total_relation_size(\(table)::regclass),
            coalesce(sum(length(payload) * 1.03 + 250), 0)::bigint FROM \(unescaped: table)
            """
        )
        let (actual, needed) = (try rows.int(0, 0), try rows.int(0, 1))
        return actual > needed + needed / 5 + 65_536
    }
}
