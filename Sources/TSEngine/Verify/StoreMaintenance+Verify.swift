package import Model
internal import Postgres

extension StoreMaintenance {
    /// Decodes all blocks and segments, and compares each with its row.
    ///
    /// Beside a running server it reads on while blocks are rewritten, and holds nothing up. Memory:
    /// some MB. Time: that of reading all payloads.
    ///
    /// - Throws: `EngineError` if the tables cannot be read; damage is no error.
    package func verify() async throws -> StoreFindings {
        try await onLongConnection { connection in
            var findings = StoreFindings()
            var found: [(table: String, blockIDMax: Int64)] = []
            // Segments first: what a compaction moves meanwhile is then met in blocks.
            try JournalVerification.run(into: &findings, on: connection)
            let partitions = try StorePartitions.read(on: connection)
            for (table, window) in partitions.blocks {
                let verification = BlockVerification(table, window)
                let last = try verification.run(into: &findings, on: connection)
                found.append((window.table(of: table), last))
            }
            let sequence = try CommitSequence.read(on: connection)
            for (table, blockIDMax) in found where blockIDMax >> 24 > sequence.generation {
                let text = "a block of compaction \(blockIDMax >> 24), which was not yet"
                findings.add(StoreDamage(.sequence, table: table, block: blockIDMax, text))
            }
            return findings
        }
    }

    /// Looks for what is wrong with the tables themselves, in a moment.
    ///
    /// - Throws: `EngineError` if the tables cannot be read.
    package func check() async throws -> [StoreDamage] {
        try await onLongConnection { connection in try StoreCheck.run(on: connection) }
    }

    /// The sensors and sources that have beliefs in blocks, ascending. Reads every zone map.
    ///
    /// - Throws: `EngineError`.
    package func storedIDs() async throws -> (sensors: [SensorID], sources: [SourceID]) {
        try await onLongConnection { connection in
            var (sensors, sources): (Set<SensorID>, Set<SourceID>) = ([], [])
            try ZoneScan.run(on: connection) { _, zone in
                sensors.insert(zone.series.sensor)
                sources.insert(zone.series.source)
            }
            return (sensors.sorted(), sources.sorted())
        }
    }
}

/// The partitions of the block tables, as the database has them.
struct StorePartitions {
    private(set) var blocks: [(table: BlockTable, window: PartitionWindow)] = []

    static func read(on connection: borrowing PostgresConnection) throws(PostgresError) -> Self {
        let rows = try connection.query(
            """
            SELECT parent.relname, child.relname FROM pg_inherits
            JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
            WHERE parent.oid IN ('current_block'::regclass, 'history_block'::regclass)
            """
        )
        var found = StorePartitions()
        for row in 0..<rows.count {
            let (parent, child) = (rows.string(row, 0), rows.string(row, 1))
            guard child.hasPrefix(parent + "_"), let table = BlockTable(rawValue: parent) else {
                continue
            }
            let suffix = child.dropFirst(parent.count + 1)
            if suffix == "default" {
                found.blocks.append((table, PartitionWindow(year: nil)))
            } else if suffix.first == "y", let year = Int(suffix.dropFirst()) {
                found.blocks.append((table, PartitionWindow(year: year)))
            }
        }
        found.blocks.sort { ($0.window, $0.table.rawValue) < ($1.window, $1.table.rawValue) }
        return found
    }

    func has(_ table: BlockTable, _ window: PartitionWindow) -> Bool {
        blocks.contains { $0.table == table && $0.window == window }
    }
}
