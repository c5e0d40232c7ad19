internal import Postgres

/// The journal table: segments in partitions of consecutive numbers, dropped whole by compaction.
enum Journal {
    /// Segment numbers in one partition.
    static let partitionSegmentCount: Int64 = 65_536

    /// First segment number of the partition after the one that holds `segment`.
    static func nextPartitionStart(after segment: Int64) -> Int64 {
        (segment / partitionSegmentCount + 1) * partitionSegmentCount
    }

    /// Makes the partition that holds `segment`, unless it exists.
    static func ensurePartition(
        holding segment: Int64,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        let start = segment / partitionSegmentCount * partitionSegmentCount
        let table = "journal_p\(start / partitionSegmentCount)"
        let exists = try connection.query("SELECT to_regclass(\(table)) IS NOT NULL")
        if try exists.bool(0, 0) { return }
        do {
            try connection.query("SELECT penstock_make_journal_partition(\(segment))")
        } catch PostgresError.server(sqlState: "42P07", _) {
            // Another process was faster.
        }
    }

    /// Drops the partitions whose segments are all compacted, as the transaction sees it.
    static func dropCompactedPartitions(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        try connection.query("SELECT penstock_drop_journal_partitions()")
    }

    /// A stored segment.
    struct Entry: Sendable {
        let segment: Int64
        /// The random number of the commit, by which its writer knows it again.
        let writer: Int64
        let payload: [UInt8]
    }

    /// The next segments after `segment`, in order: at least one if there are any, and not many more
    /// beliefs than `valueCountMax`, so that reading the journal takes a bounded memory.
    static func entries(
        after segment: Int64,
        valueCountMax: Int,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Entry] {
        let rows = try connection.query(
            """
            SELECT segment, writer, payload FROM (
                SELECT segment, writer, payload,
                sum(value_count) OVER (ORDER BY segment) - value_count AS before
                FROM (
                    SELECT * FROM journal
                    WHERE shard = \(CommitSequence.shard) AND segment > \(segment)
                    ORDER BY segment LIMIT 1024
                ) AS next
            ) AS counted
            WHERE before < \(valueCountMax) ORDER BY segment
            """
        )
        var entries: [Entry] = []
        for row in 0..<rows.count {
            entries.append(
                Entry(
                    segment: try rows.int(row, 0),
                    writer: try rows.int(row, 1),
                    payload: rows.bytes(row, 2)
                )
            )
        }
        return entries
    }
}
