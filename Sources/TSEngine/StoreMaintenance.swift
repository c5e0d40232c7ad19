package import Postgres

/// What operators do to the tables, beside a running engine or without one.
package struct StoreMaintenance: Sendable {
    let pool: PostgresPool

    package init(_ pool: PostgresPool) { self.pool = pool }

    /// Disk use and number of beliefs. Reads every zone map.
    ///
    /// - Throws: `EngineError`.
    package func size() async throws -> StoreSize {
        try await onLongConnection { connection in try StoreSize.read(on: connection) }
    }

    /// Gives the space of rewritten blocks back to the disk. For the owner of the tables: Postgres
    /// skips what another role asks to vacuum.
    ///
    /// A partition whose files are much larger than its rows is written anew, which locks it for that
    /// time; if it is in use for longer than two seconds it is left for the next time. Of others the
    /// free pages are noted, unless there are next to none: the note itself takes four.
    ///
    /// - Throws: `EngineError`.
    package func reclaim() async throws {
        try await onLongConnection { connection in
            let partitions = try connection.query(
                """
                SELECT relid::regclass::text FROM unnest(ARRAY['current_block', 'history_block'])
                AS parent, pg_partition_tree(parent::regclass) WHERE isleaf
                """
            )
            try connection.execute("SET lock_timeout = '2s'")
            for row in 0..<partitions.count {
                let table = partitions.string(row, 0)
                do {
                    switch try Self.state(of: table, on: connection) {
                    case .bloated: try connection.execute("VACUUM FULL \(table)")
                    case .large: try connection.execute("VACUUM \(table)")
                    case .small: break
                    }
                } catch PostgresError.server(sqlState: "55P03", _) {
                    // In use: readers go first.
                }
            }
            try connection.execute("RESET lock_timeout")
        }
    }

    /// Lends a connection of its own, for statements that may take as long as reading everything.
    func onLongConnection<R: Sendable>(
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws -> R {
        let pool = PostgresPool(
            .init(
                conninfo: pool.conninfo,
                connectionCountMax: 1,
                timeoutMilliseconds: Self.longTimeoutMilliseconds
            )
        )
        let result: Result<R, any Error>
        do {
            result = .success(try await pool.withConnection(body))
        } catch {
            result = .failure(Committer.engineError(error))
        }
        await pool.close()
        return try result.get()
    }

    /// For what takes as long as reading or writing everything: six hours.
    package static let longTimeoutMilliseconds: Int32 = 21_600_000

    private enum PartitionState { case bloated, large, small }

    /// Whether a partition takes much more than its rows and a few pages, or is that small.
    private static func state(
        of table: String,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> PartitionState {
        // A row takes about 130 bytes beside directory and payload, with its index entry and its share
        // of a page's rest. What does not fit a page is in chunks of some 2,000 bytes with a header each.
        let rows = try connection.query(
            """
            SELECT pg_total_relation_size(\(table)::regclass), pg_relation_size(\(table)::regclass),
            coalesce(sum(length(directory) + length(payload) + 130
                + CASE WHEN length(payload) > \(BlockPage.contentByteCountMax)
                    THEN 200 + length(payload) / 20 ELSE 0 END), 0)::bigint
            FROM \(unescaped: table)
            """
        )
        let (total, heap, needed) = (
            try rows.int(0, 0), try rows.int(0, 1), try rows.int(0, 2)
        )
        // The last page, two of the index, one of TOAST's.
        let pageByteCount: Int64 = 8_192
        // What is written anew in a few seconds is so for less.
        let waste = total < 1 << 30 ? needed / 32 : needed / 10
        if total > needed + waste + 4 * pageByteCount { return .bloated }
        return heap > 4 * pageByteCount ? .large : .small
    }
}
