import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

@Suite struct StoreVerificationTests {
    @Test func `a sound store has no damage`() async throws {
        let store = try await DamagedStore.make()
        let findings = try await store.maintenance.verify()
        #expect(findings.damage == [])
        #expect(findings.damageCount == 0)
        let perSensor = Int64(DamagedStore.eventCount + DamagedStore.eventCount / 10)
        #expect(findings.blockValueCount == 2 * perSensor)
        #expect(findings.segmentValueCount == perSensor)
        #expect(findings.segmentCount == 1)
        // Two years and two layers of two sensors, and 2026 has several blocks.
        #expect(findings.blockCount > 8)
        #expect(try await store.maintenance.check() == [])
        #expect(try await store.maintenance.storedIDs().sensors == [SensorID(1), SensorID(2)])
        #expect(try await store.maintenance.storedIDs().sources == [SourceID(5), SourceID(6)])
    }

    /// What is done to the tables, and what must be found.
    private struct Damage {
        let sql: String
        let kind: StoreDamage.Kind

        init(_ sql: String, _ kind: StoreDamage.Kind) {
            self.sql = sql
            self.kind = kind
        }
    }

    /// A change to the last page of sensor 2.
    private static func page(_ change: String, of table: String) -> String {
        """
        UPDATE \(table) SET \(change) WHERE ctid = (
            SELECT ctid FROM \(table) WHERE last_sensor = 2 ORDER BY first_event DESC LIMIT 1
        )
        """
    }

    private static let current = "current_block_y2026"
    private static let history = "history_block_y2026"

    /// Each column that sums a page up, in both layers.
    private static let zoneMaps = [current, history].flatMap { table in
        [
            "last_event = last_event + interval '1 microsecond'",
            "first_event = first_event - interval '1 microsecond'",
            "first_sensor = first_sensor - 1", "last_sensor = last_sensor + 1",
            "value_count = value_count + 1",
        ].map { Damage(page($0, of: table), .zoneMap) }
    }

    private static let payloads = [current, history].flatMap { table in
        [
            // A bit in the first, a middle and the last byte; the end cut off; nothing at all.
            "payload = set_bit(payload, 0, 1 - get_bit(payload, 0))",
            """
            payload = set_bit(payload, length(payload) * 4, 1 - get_bit(payload, length(payload) * 4))
            """,
            """
            payload = set_bit(payload, length(payload) * 8 - 1,
                1 - get_bit(payload, length(payload) * 8 - 1))
            """,
            "payload = substr(payload, 1, length(payload) - 1)", "payload = ''",
            // The same of the directory, and another version.
            "directory = set_bit(directory, 40, 1 - get_bit(directory, 40))",
            "directory = set_byte(directory, 0, 9)", "directory = ''",
            "directory = substr(directory, 1, length(directory) - 1)",
        ].map { Damage(page($0, of: table), .payload) }
    }

    private static let journal = [
        Damage(
            "UPDATE journal SET payload = set_byte(payload, 9, 255 - get_byte(payload, 9))",
            .payload
        ),
        Damage("UPDATE journal SET value_count = value_count + 1", .zoneMap),
        Damage("UPDATE journal SET segment = segment + 1", .sequence),
        Damage("UPDATE commit_sequence SET compacted_segment = last_segment", .sequence),
    ]

    private static let structure = [
        // The page's events are those of another year.
        Damage(
            """
            WITH moved AS (DELETE FROM current_block_y2025 WHERE last_sensor = 2 RETURNING *)
            INSERT INTO current_block_y2026 SELECT first_sensor, last_sensor,
                '2026-12-01T00:00:00Z', last_event, page_id, value_count, directory, payload
            FROM moved
            """,
            .partition
        ),
        // A page twice.
        Damage(
            "INSERT INTO \(current) SELECT * FROM \(current) WHERE last_sensor = 2 LIMIT 1",
            .overlap
        ),
        Damage("UPDATE commit_sequence SET generation = 0", .sequence),
    ]

    /// Goal: every kind of damage is found, where it is. Method: one at a time by SQL; in between the
    /// tables are put back.
    @Test func `damage is found`() async throws {
        let store = try await DamagedStore.make()
        try store.keepCopies()
        for damage in Self.zoneMaps + Self.payloads + Self.journal + Self.structure {
            try store.sql(damage.sql)
            let findings = try await store.maintenance.verify()
            let found = findings.damage.first { $0.kind == damage.kind }
            #expect(found != nil, "\(damage.sql): \(findings.damage)")
            if damage.kind == .zoneMap, damage.sql.contains("_block_") {
                #expect(found?.series != nil)
                #expect(found?.block ?? 0 > 0)
                #expect(found?.table.hasSuffix("y2026") == true)
                #expect(findings.damageCount == 1, "\(damage.sql): \(findings.damage)")
            }
            try store.putCopiesBack()
            #expect(try await store.maintenance.verify().damageCount == 0)
        }
    }

    /// Goal: a row that Postgres cannot read is named, and the others are still verified. Method: a
    /// view in the partition's place, whose payload raises for two rows what a damaged page raises.
    @Test func `a row that cannot be read does not end the look`() async throws {
        let store = try await DamagedStore.make()
        let window = PartitionWindow(year: 2026)
        let table = window.table(of: .current)
        try store.sql(
            """
            ALTER TABLE \(table) RENAME TO readable;
            CREATE FUNCTION broken(payload bytea) RETURNS bytea STABLE COST 10000 LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION USING ERRCODE = ''XX001'', MESSAGE = ''damaged page''; END';
            CREATE VIEW \(table) AS SELECT first_sensor, last_sensor, first_event, last_event,
                page_id, value_count, directory, CASE
                    WHEN page_id IN (SELECT page_id FROM readable ORDER BY page_id LIMIT 2)
                    THEN broken(payload) ELSE payload
                END AS payload
            FROM readable;
            GRANT SELECT ON \(table) TO PUBLIC
            """
        )
        let (findings, rowCount) = try await store.fixture.pool.withConnection { connection in
            var findings = StoreFindings()
            let verification = BlockVerification(.current, window)
            _ = try verification.run(into: &findings, on: connection)
            let count = try connection.query("SELECT count(*) FROM readable").int(0, 0)
            return (findings, count)
        }
        #expect(findings.damage.map(\.kind) == [.unreadable, .unreadable])
        #expect(findings.damage.allSatisfy { $0.sensor != nil && $0.block ?? 0 > 0 })
        #expect(
            findings.damage.allSatisfy { $0.table == table && $0.text.contains("damaged page") }
        )
        #expect(findings.blockCount >= rowCount)
        #expect(rowCount > 2 && findings.blockValueCount > 0)
    }

    /// Goal: blocks whose zone map is right, but whose beliefs are not in order, are found. Method:
    /// encoded out of order, and written as a compaction would.
    @Test(arguments: BlockTable.allCases)
    func `disorder inside a block is found`(table: BlockTable) throws {
        let start = DamagedStore.origin
        let window = PartitionWindow.containing(event: start)
        func faults(_ events: [Int64], _ beliefs: [Int64]) -> [StoreDamage.Kind] {
            let columns = BeliefColumns(
                eventStarts: events.map { start + $0 },
                beliefTimes: beliefs.map { start + $0 },
                values: events.map(Double.init)
            )
            var scale: BlockScale?
            let series = SeriesKey(sensor: SensorID(1), source: SourceID(1))
            let row = StoredBlock(series: series, columns: columns, blockID: 1, scale: &scale)
            return BlockVerifier.verify(row, in: table, window).faults.map(\.kind)
        }
        #expect(faults([0, 1, 2], [5, 4, 3]) == [])
        #expect(faults([0, 1, 1, 2], [5, 4, 5, 3]) == (table == .current ? [.order] : []))
        #expect(faults([0, 1, 1, 2], [5, 5, 5, 3]) == [.order])
        #expect(faults([0, 2, 1, 3], [5, 5, 5, 3]).contains(.order))
        let year = 366 * Microseconds.day
        #expect(faults([0, year], [0, 0]) == [.partition])
    }

    /// Goal: a zone map that is wrong in any number is found, and the number named. Method: a sound
    /// block with one number changed at a time.
    @Test func `a wrong zone map is found`() throws {
        let start = DamagedStore.origin
        let columns = BeliefColumns(
            eventStarts: [start, start + 1, start + 2],
            beliefTimes: [start - 5, start - 4, start + 9],
            values: [1.5, -2, .nan]
        )
        var scale: BlockScale?
        let series = SeriesKey(sensor: SensorID(1), source: SourceID(1))
        let block = StoredBlock(series: series, columns: columns, blockID: 1, scale: &scale)
        let zone = block.zone
        func faults(
            firstEvent: Int64 = 0,
            lastEvent: Int64 = 0,
            firstBelief: Int64 = 0,
            lastBelief: Int64 = 0,
            horizonMin: Int64 = 0,
            horizonMax: Int64 = 0,
            valueCount: Int = 0,
            validCount: Int = 0,
            valueMin: Double? = -2,
            valueMax: Double? = 1.5,
            valueSum: Double? = -0.5
        ) -> [BlockVerifier.Fault] {
            let wrong = BlockZone(
                series: series,
                firstEvent: zone.firstEvent + firstEvent,
                lastEvent: zone.lastEvent + lastEvent,
                firstBelief: zone.firstBelief + firstBelief,
                lastBelief: zone.lastBelief + lastBelief,
                horizonMin: zone.horizonMin + horizonMin,
                horizonMax: zone.horizonMax + horizonMax,
                blockID: 1,
                valueCount: zone.valueCount + valueCount,
                validCount: zone.validCount + validCount,
                valueMin: valueMin,
                valueMax: valueMax,
                valueSum: valueSum,
                payloadCount: zone.payloadCount
            )
            let damaged = StoredBlock(zone: wrong, payload: block.payload)
            let window = PartitionWindow.containing(event: start)
            return BlockVerifier.verify(damaged, in: .current, window).faults
        }
        #expect(faults() == [])
        let wrong = [
            ("first_event", faults(firstEvent: -1)), ("last_event", faults(lastEvent: 1)),
            ("first_belief", faults(firstBelief: -1)), ("last_belief", faults(lastBelief: 1)),
            ("horizon_min", faults(horizonMin: -1)), ("horizon_max", faults(horizonMax: 1)),
            ("value_count", faults(valueCount: 1)), ("valid_count", faults(validCount: -1)),
            ("value_min", faults(valueMin: nil)), ("value_max", faults(valueMax: 2)),
            ("value_sum", faults(valueSum: 0)), ("value_sum", faults(valueSum: nil)),
        ]
        for (name, faults) in wrong {
            #expect(faults.map(\.kind) == [.zoneMap], "\(name)")
            #expect(faults.first?.text.hasSuffix(" \(name)") == true, "\(faults)")
        }
    }

    /// What is done to the tables, and the table that must be named.
    @Test(
        arguments: [
            ("DROP TABLE current_block_y2025", "current_block_y2025"),
            (
                "ALTER TABLE current_block DETACH PARTITION current_block_y2026",
                "current_block_y2026"
            ),
            (
                "ALTER TABLE history_block DETACH PARTITION history_block_y2026",
                "history_block_y2026"
            ),
            ("DROP TABLE journal_p1", "journal_p1"),
            ("DROP TABLE journal CASCADE", "journal"),
            ("DELETE FROM commit_sequence", "commit_sequence"),
            ("UPDATE commit_sequence SET compacted_segment = last_segment + 1", "commit_sequence"),
            ("UPDATE journal SET segment = segment + 100", "journal"),
            ("UPDATE commit_sequence SET compacted_segment = last_segment", "journal"),
            ("UPDATE journal SET shard = 1", "journal"),
        ] as [(String, String)]
    )
    func `a quick check finds what the tables lack`(sql: String, table: String) async throws {
        let store = try await DamagedStore.make()
        try store.sql(sql)
        let damage = try await store.maintenance.check()
        #expect(damage.map(\.table).contains(table), "found: \(damage)")
    }

    /// Goal: what a server does meanwhile is not taken for damage. Method: appends, deletions and
    /// compactions without pause beside many verifications.
    @Test func `a store at work has no damage`() async throws {
        let store = try await DamagedStore.make()
        try await store.fixture.withEngine { engine throws in
            let writing = Task {
                var round: Int64 = 0
                while !Task.isCancelled {
                    round += 1
                    var columns = BeliefColumns()
                    for event in 0..<Int64(500) {
                        let start =
                            DamagedStore.origin + (event * 7 + round) * DamagedStore.resolution
                        columns.append(start, start + round * 1_000_000, Double(round))
                    }
                    let series = SeriesKey(sensor: SensorID(round % 3 + 1), source: SourceID(5))
                    let batch = BeliefBatch(
                        series: series,
                        timing: DamagedStore.timing,
                        columns: columns
                    )
                    _ = try await engine.append(AppendRequest([batch]))
                    if round % 5 == 0 {
                        let sensor = SensorID(round % 3 + 1)
                        try await engine.delete([Deletion(sensor: sensor, source: SourceID(5))])
                    }
                    _ = try await engine.compact()
                }
                return round
            }
            for _ in 0..<12 {
                #expect(try await store.maintenance.verify().damage == [])
                #expect(try await store.maintenance.check() == [])
            }
            writing.cancel()
            #expect(try await writing.value > 1)
        }
    }
}
