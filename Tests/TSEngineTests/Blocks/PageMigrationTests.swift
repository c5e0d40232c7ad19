import Logging
import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

/// A store of before blocks shared pages.
@Suite struct PageMigrationTests {
    private static let origin: Int64 = 1_704_067_200 * Microseconds.second
    private static let timing = EventTiming(resolution: Microseconds.minute)

    private static func columns(_ count: Int64, lag: Int64, value: Double) -> BeliefColumns {
        var columns = BeliefColumns()
        for index in 0..<count {
            let event = origin + index * Microseconds.minute
            columns.append(event, event + lag, index == 3 ? .nan : value + Double(index) / 7)
        }
        return columns
    }

    /// A row as it was, of one block.
    private static func insert(
        _ block: StoredBlock,
        into table: BlockTable,
        on connection: borrowing PostgresConnection
    ) throws {
        try connection.query(
            """
            INSERT INTO \(unescaped: table.rawValue) VALUES (\(block.series.sensor.rawValue),
            \(block.series.source.rawValue), \(block.series.probability),
            \(.timestamp(block.firstEvent)), \(.timestamp(block.lastEvent)),
            \(.timestamp(block.firstBelief)), \(.timestamp(block.lastBelief)),
            \(block.horizonMin), \(block.horizonMax), \(block.blockID), \(block.valueCount)::integer,
            \(block.validCount)::integer, \(block.valueMin), \(block.valueMax), \(block.valueSum),
            \(.bytes(block.payload)))
            """
        )
    }

    /// Goal: everything stored is there afterwards, and sound, before and after a compaction. Method:
    /// rows of the old tables in two partitions and both layers.
    @Test func `older stores are taken over`() async throws {
        let owner = try PrivatePostgres.shared().makeDatabase()
        let all = EngineMigrations.migrations
        let series = SeriesKey(sensor: SensorID(258), source: SourceID(4), probability: 0.25)
        let (current, superseded) = (
            Self.columns(500, lag: 1_234_567, value: 3), Self.columns(200, lag: 17, value: -1e9)
        )
        do {
            let connection = try PostgresConnection(owner)
            let old = Migrations(module: all.module, steps: Array(all.steps.prefix(3)))
            _ = try old.run(on: connection)
            for table in BlockTable.allCases {
                let name = table.rawValue
                try connection.query("SELECT penstock_make_block_partition(\(name), 2024)")
            }
            try connection.query("SELECT penstock_make_block_partition('current_block', NULL)")
            try connection.execute("UPDATE commit_sequence SET generation = 9")
            var scale: BlockScale?
            for (table, columns) in [(BlockTable.current, current), (.history, superseded)] {
                let block = StoredBlock(
                    series: series,
                    columns: columns,
                    blockID: 9 << 24 | 1,
                    scale: &scale
                )
                try Self.insert(block, into: table, on: connection)
            }
            let far = BeliefColumns(
                eventStarts: [-6_000_000_000_000_000],
                beliefTimes: [-6_000_000_000_000_123],
                values: [.nan]
            )
            let block = StoredBlock(series: series, columns: far, blockID: 9 << 24, scale: &scale)
            try Self.insert(block, into: .current, on: connection)
            try connection.execute(
                "GRANT SELECT ON current_block TO PUBLIC; GRANT SELECT ON history_block_y2024 TO PUBLIC"
            )
            #expect(try all.run(on: connection) == Array(4...all.steps.count))
            let readable = try connection.query(
                """
                SELECT relname FROM pg_class, aclexplode(relacl) AS acl WHERE acl.grantee = 0
                AND relname ~ '_block' AND acl.privilege_type = 'SELECT' ORDER BY relname
                """
            )
            #expect(
                (0..<readable.count).map { readable.string($0, 0) }
                    == ["current_block", "history_block_y2024"]
            )
            _ = try ServerRole(PrivatePostgres.serverRole).repair([all], on: connection)
        }
        let conninfo = PrivatePostgres.conninfo(owner, as: PrivatePostgres.serverRole)
        let pool = PostgresPool(.init(conninfo: conninfo, connectionCountMax: 2))
        let engine = Engine(
            pool: pool,
            configuration: EngineConfiguration(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let expected = superseded.merged(with: current)
        try await engine.whileRunning { engine in
            let everything = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
            for round in 0..<2 {
                let found = try await engine.history(of: series.sensor, eventsIn: everything)
                #expect(found.keys.map { $0 } == [series])
                let columns = found[series] ?? BeliefColumns()
                #expect(Array(columns.eventStarts.dropFirst()) == expected.eventStarts)
                #expect(Array(columns.beliefTimes.dropFirst()) == expected.beliefTimes)
                #expect(
                    columns.values.dropFirst().map(\.bitPattern)
                        == expected.values.map(\.bitPattern)
                )
                #expect(columns.beliefTimes.first == -6_000_000_000_000_123)
                let findings = try await StoreMaintenance(pool).verify()
                #expect(findings.damage == [] && findings.blockCount == 3)
                if round == 1 { break }
                // Rewrites the current block of 2024 from a page of the old kind.
                let next = BeliefColumns(
                    eventStarts: [Self.origin + 500 * Microseconds.minute],
                    beliefTimes: [Self.origin + 500 * Microseconds.minute + 1_234_567],
                    values: [1]
                )
                let batch = BeliefBatch(series: series, timing: Self.timing, columns: next)
                _ = try await engine.append(AppendRequest([batch]))
                _ = try await engine.compact()
                try await engine.delete([
                    Deletion(
                        sensor: series.sensor,
                        events: next.eventStarts[0]...next.eventStarts[0]
                    )
                ])
                _ = try await engine.compact()
            }
        }
        await pool.close()
    }
}
