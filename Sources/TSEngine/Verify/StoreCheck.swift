internal import Model
internal import Postgres

/// Quick checks of the engine's tables: nothing is decoded.
enum StoreCheck {
    static func run(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [StoreDamage] {
        let missing = try missingTables(on: connection)
        // The rest would only say so again.
        guard missing.isEmpty else { return missing }
        let partitions = try StorePartitions.read(on: connection)
        return blockPartitions(partitions) + (try strays(on: connection))
            + (try journal(on: connection))
    }

    private static func missingTables(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [StoreDamage] {
        var damage: [StoreDamage] = []
        for table in ["commit_sequence", "journal"] + BlockTable.allCases.map(\.rawValue) {
            let rows = try connection.query("SELECT to_regclass(\(table)) IS NOT NULL")
            if try !rows.bool(0, 0) {
                damage.append(StoreDamage(.table, table: table, "the table is missing"))
            }
        }
        return damage
    }

    /// History has no partition that current lacks: a belief is superseded by one of the same event.
    private static func blockPartitions(_ partitions: StorePartitions) -> [StoreDamage] {
        partitions.blocks.compactMap { table, window in
            guard table == .history, !partitions.has(.current, window) else { return nil }
            return missingPartition(window.table(of: .current))
        }
    }

    private static func missingPartition(_ table: String) -> StoreDamage {
        StoreDamage(.table, table: table, "the partition is missing")
    }

    /// Tables that are named like partitions, and are none.
    private static func strays(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [StoreDamage] {
        let rows = try connection.query(
            """
            SELECT relname FROM pg_class WHERE relkind IN ('r', 'p')
            AND pg_table_is_visible(oid)
            AND relname ~ '^((current|history)_block_(y[0-9]+|default)|journal_p[0-9]+)$'
            AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid)
            ORDER BY relname
            """
        )
        return (0..<rows.count).map { row in
            StoreDamage(.table, table: rows.string(row, 0), "the table is no partition (any more)")
        }
    }

    private static func journal(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [StoreDamage] {
        let sequences = try connection.query(
            "SELECT shard, last_segment, compacted_segment FROM commit_sequence"
        )
        guard sequences.count == 1, try sequences.int(0, 0) == CommitSequence.shard,
            try sequences.int(0, 1) >= sequences.int(0, 2)
        else {
            let text = "there is not one row of shard 0 with compacted <= last segment"
            return [StoreDamage(.sequence, table: "commit_sequence", text)]
        }
        // Before and after the journal, as a server may commit and compact meanwhile.
        let before = try CommitSequence.read(on: connection)
        let rows = try connection.query(
            """
            SELECT min(segment), max(segment),
            EXISTS (SELECT FROM journal WHERE shard <> \(CommitSequence.shard)) FROM journal
            """
        )
        let now = try CommitSequence.read(on: connection)
        var damage: [StoreDamage] = []
        func add(_ text: String, segment: Int64? = nil) {
            damage.append(StoreDamage(.sequence, table: "journal", segment: segment, text))
        }
        if let first = try rows.optionalInt(0, 0), first <= before.compactedSegment {
            add("the segment is in blocks, and should be gone", segment: first)
        }
        if let last = try rows.optionalInt(0, 1), last > now.lastSegment {
            add("the number was not given out", segment: last)
        }
        if try rows.bool(0, 2) { add("segments of an unknown shard") }
        if let table = try missingJournalPartition(on: connection) {
            damage.append(missingPartition(table))
        }
        return damage
    }

    /// The partition of the last segment, unless all segments are compacted. One statement, so that
    /// sequence and partitions are of one moment.
    private static func missingJournalPartition(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> String? {
        let rows = try connection.query(
            """
            SELECT name, last_segment > compacted_segment AND NOT EXISTS (
                SELECT FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
                WHERE inhparent = 'journal'::regclass AND child.relname = name
            ) FROM commit_sequence,
            LATERAL (
                SELECT 'journal_p' || last_segment / \(Journal.partitionSegmentCount)
            ) AS part (name)
            WHERE shard = \(CommitSequence.shard)
            """
        )
        guard rows.count == 1, try rows.bool(0, 1) else { return nil }
        return rows.string(0, 0)
    }
}
