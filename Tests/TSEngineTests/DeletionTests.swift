import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

/// Deletions on a real Postgres: what the simulation does not look at, the disk.
@Suite struct DeletionTests {
    private static let hour = Microseconds.hour
    private static let timing = EventTiming(resolution: hour)
    /// 2024-01-01T00:00:00Z.
    private static let origin: Int64 = 1_704_067_200 * Microseconds.second

    private static func fixture() async throws -> EngineFixture {
        var configuration = EngineConfiguration()
        configuration.compactsInBackground = false
        return try await EngineFixture(configuration: configuration)
    }

    /// A year's hourly values and a revision of each, from two sources each.
    private static func append(
        _ sensors: [Int64],
        from first: Int64,
        to engine: Engine
    ) async throws {
        for sensor in sensors {
            for source in [1, 2] as [Int64] {
                var columns = BeliefColumns()
                for event in 0..<Int64(8_000) {
                    let start = first + event * hour
                    columns.append(start, start - 5 * hour, noise(start, sensor, source, 0))
                    columns.append(start, start + hour, noise(start, sensor, source, 1))
                }
                let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(source))
                let batch = BeliefBatch(series: series, timing: timing, columns: columns)
                _ = try await engine.append(AppendRequest([batch]))
            }
        }
    }

    /// Numbers that do not compress, so that their size shows.
    private static func noise(
        _ event: Int64,
        _ sensor: Int64,
        _ source: Int64,
        _ layer: Int64
    ) -> Double {
        var random = SeededGenerator(
            seed: UInt64(bitPattern: event / hour &* 64 + sensor * 8 + source * 2 + layer)
        )
        return Double.random(in: 0..<1, using: &random)
    }

    private static func count(
        _ sensor: Int64,
        _ engine: Engine,
        source: Int64? = nil
    ) async throws -> Int {
        var query = SeriesQuery(sensor: SensorID(sensor), timing: timing, events: .min ... .max)
        query.sources = source.map { [SourceID($0)] }
        let found = try await engine.query(query) { sources in
            Dictionary(
                uniqueKeysWithValues: sources.map {
                    ($0, SourceRank(family: 0, version: 0, description: Int($0.rawValue)))
                }
            )
        }
        return found.columns.count
    }

    private static func rowCount(_ table: String, _ fixture: EngineFixture) async throws -> Int64 {
        try await fixture.pool.withConnection { connection in
            try connection.query("SELECT count(*) FROM \(unescaped: table)").int(0, 0)
        }
    }

    /// Goal: what is deleted is gone from the tables and the disk, and nothing else is. Method:
    /// sizes and counts before, after the deletion, and after compaction.
    @Test func `deletion and compaction free rows and disk`() async throws {
        let fixture = try await Self.fixture()
        let maintenance = StoreMaintenance(fixture.pool)
        try await fixture.withEngine { engine in
            try await Self.append([1, 2], from: Self.origin, to: engine)
            _ = try await engine.compact()
            let before = try await maintenance.size()
            #expect(before.valueCount == 64_000)
            try await engine.delete([
                Deletion(sensor: SensorID(1), source: SourceID(1)),
                Deletion(
                    sensor: SensorID(1),
                    source: SourceID(2),
                    events: Self.origin...Self.origin + 3_999 * Self.hour
                ),
            ])
            // At once for readers; the blocks are as they were.
            #expect(try await Self.count(1, engine, source: 1) == 0)
            #expect(try await Self.count(1, engine, source: 2) == 4_000)
            #expect(try await Self.count(2, engine, source: 1) == 8_000)
            #expect(try await maintenance.size().valueCount == 64_000)
            _ = try await engine.compact()
            // Only an owner may.
            let owners = PostgresPool(.init(conninfo: fixture.adminConninfo))
            try await StoreMaintenance(owners).reclaim()
            await owners.close()
            let after = try await maintenance.size()
            #expect(after.valueCount == 64_000 - 16_000 - 8_000)
            // The smaller half of what is left, with room for what a table takes at least.
            #expect(after.byteCount < before.byteCount * 3 / 4)
            #expect(try await Self.count(1, engine) == 4_000)
            #expect(try await Self.count(2, engine) == 8_000)
            #expect(try await maintenance.verify().damage == [])
        }
    }

    /// Goal: a deletion that was answered is carried out, even if the server ends before the
    /// compaction; later beliefs about the same events stay.
    @Test func `a restart between deletion and compaction`() async throws {
        let fixture = try await Self.fixture()
        let maintenance = StoreMaintenance(fixture.pool)
        try await fixture.withEngine { engine in
            try await Self.append([1], from: Self.origin, to: engine)
            _ = try await engine.compact()
            try await engine.delete([Deletion(sensor: SensorID(1), source: SourceID(1))])
        }
        try await fixture.withEngine { engine in
            #expect(try await Self.count(1, engine, source: 1) == 0)
            #expect(try await Self.count(1, engine, source: 2) == 8_000)
            let series = SeriesKey(sensor: SensorID(1), source: SourceID(1))
            let columns = BeliefColumns(
                eventStarts: [Self.origin],
                beliefTimes: [Self.origin + Self.hour],
                values: [1]
            )
            let batch = BeliefBatch(series: series, timing: Self.timing, columns: columns)
            _ = try await engine.append(AppendRequest([batch]))
        }
        try await fixture.withEngine { engine in
            #expect(try await Self.count(1, engine, source: 1) == 1)
            _ = try await engine.compact()
            #expect(try await Self.count(1, engine, source: 1) == 1)
            #expect(try await maintenance.size().valueCount == 16_001)
        }
        #expect(try await maintenance.verify().blockValueCount == 16_001)
    }

    /// Goal: a partition of which nothing stays is emptied as a whole, one with another sensor is
    /// not. Method: the file's number, which only TRUNCATE changes.
    @Test func `an expired partition is emptied as a whole`() async throws {
        let fixture = try await Self.fixture()
        // 2023 and 2024; sensor 3 has beliefs in 2024 only, and would lie between the others on a page.
        let year = 365 * Microseconds.day
        @Sendable func fileNumber(_ table: String) async throws -> Int64 {
            try await fixture.pool.withConnection { connection in
                try connection.query("SELECT pg_relation_filenode(\(table)::regclass)::bigint")
                    .int(0, 0)
            }
        }
        try await fixture.withEngine { engine in
            try await Self.append([1, 4], from: Self.origin - year, to: engine)
            try await Self.append([1, 3, 4], from: Self.origin, to: engine)
            _ = try await engine.compact()
            let tables = ["current_block_y2023", "history_block_y2023"]
            var files: [Int64] = []
            for table in tables { files.append(try await fileNumber(table)) }
            let kept = try await fileNumber("current_block_y2024")
            let last = Self.origin + 100 * Self.hour
            try await engine.delete(
                [1, 4].map { Deletion(sensor: SensorID($0), events: .min...last) }
            )
            _ = try await engine.compact()
            for (table, number) in zip(tables, files) {
                #expect(try await Self.rowCount(table, fixture) == 0)
                #expect(try await fileNumber(table) != number)
            }
            #expect(try await fileNumber("current_block_y2024") == kept)
            #expect(try await Self.count(1, engine, source: 1) == 8_000 - 101)
            #expect(try await Self.count(3, engine, source: 1) == 8_000)
        }
    }

    /// Goal: a sensor whose id lies between those of an expired page keeps its beliefs, and without it
    /// the partition is emptied. Method: sensors 1 and 4 on one page, 3 on one of its own.
    @Test(arguments: [true, false])
    func `what lies between expired sensors stays`(hasOther: Bool) async throws {
        let fixture = try await Self.fixture()
        @Sendable func append(_ sensors: [Int64], to engine: Engine) async throws {
            for sensor in sensors {
                let columns = BeliefColumns(
                    eventStarts: [Self.origin],
                    beliefTimes: [Self.origin + Self.hour],
                    values: [Double(sensor)]
                )
                let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(1))
                let batch = BeliefBatch(series: series, timing: Self.timing, columns: columns)
                _ = try await engine.append(AppendRequest([batch]))
            }
            _ = try await engine.compact()
        }
        @Sendable func fileNumber() async throws -> Int64 {
            try await fixture.pool.withConnection { connection in
                try connection.query(
                    "SELECT pg_relation_filenode('current_block_y2024'::regclass)::bigint"
                )
                .int(0, 0)
            }
        }
        try await fixture.withEngine { engine in
            try await append([1, 4], to: engine)
            if hasOther { try await append([3], to: engine) }
            #expect(try await Self.rowCount("current_block_y2024", fixture) == (hasOther ? 2 : 1))
            let file = try await fileNumber()
            try await engine.delete([1, 4].map { Deletion(sensor: SensorID($0)) })
            _ = try await engine.compact()
            #expect(try await (fileNumber() == file) == hasOther)
            #expect(try await Self.count(3, engine, source: 1) == (hasOther ? 1 : 0))
            #expect(try await Self.count(1, engine, source: 1) == 0)
            #expect(try await Self.count(4, engine, source: 1) == 0)
            #expect(try await Self.rowCount("current_block_y2024", fixture) == (hasOther ? 1 : 0))
        }
    }

    @Test func `what would go is told from zone maps`() async throws {
        let fixture = try await Self.fixture()
        let maintenance = StoreMaintenance(fixture.pool)
        try await fixture.withEngine { engine in
            try await Self.append([1, 2], from: Self.origin, to: engine)
            _ = try await engine.compact()
        }
        let all = Deletion(sensor: SensorID(1))
        let source = Deletion(sensor: SensorID(1), source: SourceID(2))
        let none = Deletion(sensor: SensorID(1), events: .min...Self.origin - 1)
        let first = Deletion(sensor: SensorID(2), events: .min...Self.origin)
        let found = try await maintenance.beliefs(of: [all, source, none, first])
        #expect(found.map(\.wholeCount) == [32_000, 16_000, 0, 0])
        #expect(found[..<3].allSatisfy { $0.partlyCount == 0 })
        #expect(found[3].partlyCount > 0)
        let origin = Timestamp(microseconds: Self.origin)
        #expect(try await maintenance.firstEvents(before: origin).isEmpty)
        let later = Timestamp(microseconds: Self.origin + 1)
        #expect(
            try await maintenance.firstEvents(before: later)
                == [SensorID(1): Self.origin, SensorID(2): Self.origin]
        )
    }
}
