import Catalog
import Logging
import Model
import Postgres
import TSEngine
import TestSupport
import Testing

@testable import penstock

/// Retention on a real Postgres, at a fixed time of day.
@Suite struct RetentionEnforcementTests {
    private struct FixedClock: WallClock {
        let moment: Timestamp
        func now() -> Timestamp { moment }
    }

    /// A store with an account of two sites and hourly sensors.
    private struct Store: Sendable {
        let pool: PostgresPool
        let catalog: CatalogStore
        let account: AccountID
        /// The second lies under the first.
        let assets: [AssetID]
        /// Two on each asset.
        let sensors: [SensorID]

        static func make() async throws -> Store {
            let ownerConninfo = try PrivatePostgres.shared().makeDatabase()
            let conninfo = PrivatePostgres.conninfo(ownerConninfo, as: PrivatePostgres.serverRole)
            let pool = PostgresPool(.init(conninfo: conninfo))
            try await Schema.prepare(pool, embeddedOwner: ownerConninfo)
            let catalog = CatalogStore(pool: pool)
            try await catalog.ensureInitialStructure()
            try await catalog.load()
            let account = try await catalog.addAccount(NewAccount(name: "A")).id
            let type = try #require(catalog.assetTypes().first).id
            var assets: [AssetID] = []
            var sensors: [SensorID] = []
            for name in ["site", "building"] {
                let asset = try await catalog.addAsset(
                    NewAsset(name: name, type: type, account: account, parent: assets.last)
                )
                assets.append(asset.id)
                for number in 1...2 {
                    let sensor = try await catalog.addSensor(
                        NewSensor(
                            name: "power \(number)",
                            unit: "kW",
                            timezone: "UTC",
                            timing: timing,
                            asset: asset.id
                        )
                    )
                    sensors.append(sensor.id)
                }
            }
            return Store(
                pool: pool,
                catalog: catalog,
                account: account,
                assets: assets,
                sensors: sensors
            )
        }

        var maintenance: StoreMaintenance { StoreMaintenance(pool) }

        func enforcement(at now: Int64) -> RetentionEnforcement {
            RetentionEnforcement(
                catalog: catalog,
                maintenance: maintenance,
                clock: FixedClock(moment: Timestamp(microseconds: now))
            )
        }

        func withEngine<R: Sendable>(_ body: (Engine) async throws -> R) async throws -> R {
            var configuration = EngineConfiguration()
            configuration.compactsInBackground = false
            let engine = Engine(
                pool: pool,
                configuration: configuration,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            return try await engine.whileRunning(body)
        }

        /// Hourly beliefs about the `count` events that end up to `now`, and a forecast of each.
        func append(_ count: Int64, upTo now: Int64, to engine: Engine) async throws {
            for sensor in sensors {
                var columns = BeliefColumns()
                for index in 1...count {
                    let start = now - index * hour
                    columns.append(start, start - hour, 1)
                    columns.append(start, start + hour, Double(index))
                }
                let series = SeriesKey(sensor: sensor, source: SourceID(1))
                let batch = BeliefBatch(series: series, timing: timing, columns: columns)
                _ = try await engine.append(AppendRequest([batch]))
            }
        }

        /// The first event that is left of each sensor, in hours before `now`, and how many are.
        func left(_ engine: Engine, _ now: Int64) async throws -> [Left] {
            var found: [Left] = []
            for sensor in sensors {
                let query = SeriesQuery(sensor: sensor, timing: timing, events: .min ... .max)
                let events = try await engine.query(query) { catalog.ranks(of: $0) }.columns
                    .eventStarts
                let hours = events.first.map { (now - $0) / hour }
                found.append(Left(hours: hours, count: events.count))
            }
            return found
        }
    }

    private struct Left: Equatable {
        let hours: Int64?
        let count: Int
        /// All events of the last hours.
        init(_ hours: Int64) { self.init(hours: hours, count: Int(hours)) }
        init(hours: Int64?, count: Int) { (self.hours, self.count) = (hours, count) }
    }

    private static let hour = Microseconds.hour
    private static let timing = EventTiming(resolution: hour)
    /// 2026-02-01T00:00:00Z.
    private static let now: Int64 = 1_769_904_000 * Microseconds.second

    private static func period(_ text: String) throws -> RetentionPeriod {
        try #require(RetentionPeriod(text))
    }

    /// Goal: exactly the events that ended before the cut-off go, by the most specific rule. Method:
    /// rules of account, asset and sensor; one asset of two levels.
    @Test func `exactly the events before the cut-off go`() async throws {
        let store = try await Store.make()
        try await store.catalog.setRetention(of: .account(store.account), to: Self.period("P40D"))
        try await store.catalog.setRetention(of: .asset(store.assets[1]), to: Self.period("P1M"))
        try await store.catalog.setRetention(of: .sensor(store.sensors[0]), to: Self.period("PT5H"))
        let enforcement = store.enforcement(at: Self.now)
        try await store.withEngine { engine in
            try await store.append(50 * 24, upTo: Self.now, to: engine)
            // Nothing in blocks yet.
            #expect(try await enforcement.run(on: engine)?.count == 0)
            #expect(try await store.left(engine, Self.now).allSatisfy { $0 == Left(1_200) })
            _ = try await engine.compact()
            let expiries = try await enforcement.run(on: engine)
            #expect(expiries?.map(\.deletion.sensor) == store.sensors)
            // January has 31 days. The event that ends at the cut-off stays, and began before it.
            let hours: [Int64] = [5, 40 * 24, 31 * 24, 31 * 24]
            let expected = hours.map { Left($0 + 1) }
            #expect(try await store.left(engine, Self.now) == expected)
            // It was compacted, and is gone from the disk: two beliefs an event.
            let total = expected.reduce(0) { $0 + $1.count } * 2
            #expect(try await store.maintenance.size().valueCount == Int64(total))
            #expect(try await enforcement.run(on: engine)?.count == 0)
            #expect(try await store.maintenance.verify().damage == [])
            // An hour later the next event of each goes.
            let later = Self.now + Self.hour
            _ = try await store.enforcement(at: later).run(on: engine)
            #expect(try await store.left(engine, later)[0] == Left(hours: 6, count: 5))
        }
    }

    /// Goal: without rules, or beyond them, everything stays; nothing expires of a sensor that has
    /// no rule. Method: a rule on one sensor only.
    @Test func `nothing else goes`() async throws {
        let store = try await Store.make()
        let enforcement = store.enforcement(at: Self.now)
        try await store.withEngine { engine in
            try await store.append(100, upTo: Self.now, to: engine)
            _ = try await engine.compact()
            #expect(try await enforcement.run(on: engine)?.count == 0)
            try await store.catalog.setRetention(
                of: .sensor(store.sensors[3]),
                to: Self.period("PT99H")
            )
            #expect(try await enforcement.run(on: engine)?.count == 0)
            try await store.catalog.setRetention(
                of: .sensor(store.sensors[3]),
                to: Self.period("PT98H")
            )
            #expect(try await enforcement.expiries().map(\.deletion.sensor) == [store.sensors[3]])
            // Looking removes nothing.
            #expect(try await store.left(engine, Self.now).allSatisfy { $0 == Left(100) })
            _ = try await enforcement.run(on: engine)
            let hours: [Int64] = [100, 100, 100, 99]
            let expected = hours.map { Left($0) }
            #expect(try await store.left(engine, Self.now) == expected)
            // What is in the memtable goes when it is in blocks: beliefs about older events.
            try await store.append(120, upTo: Self.now, to: engine)
            _ = try await engine.compact()
            _ = try await enforcement.run(on: engine)
            #expect(try await store.left(engine, Self.now)[3] == Left(99))
            #expect(try await store.left(engine, Self.now)[0] == Left(120))
        }
    }

    /// Goal: a year that is past its time for all sensors is emptied as a whole; one that a sensor
    /// still keeps is not. Method: 800 days, and the file's number, which only TRUNCATE changes.
    @Test func `an expired year is emptied as a whole`() async throws {
        let store = try await Store.make()
        try await store.catalog.setRetention(of: .account(store.account), to: Self.period("P1Y"))
        try await store.catalog.setRetention(
            of: .sensor(store.sensors[0]),
            to: Self.period("P2Y")
        )
        @Sendable func file(_ table: String) async throws -> Int64 {
            try await store.pool.withConnection { connection in
                try connection.query("SELECT pg_relation_filenode(\(table)::regclass)::bigint")
                    .int(0, 0)
            }
        }
        @Sendable func rows(_ table: String) async throws -> Int64 {
            try await store.pool.withConnection { connection in
                try connection.query("SELECT count(*) FROM \(unescaped: table)").int(0, 0)
            }
        }
        try await store.withEngine { engine in
            try await store.append(800 * 24, upTo: Self.now, to: engine)
            _ = try await engine.compact()
            #expect(try await rows("current_block_y2023") > 0)
            let files = [
                try await file("current_block_y2023"), try await file("history_block_y2023"),
                try await file("current_block_y2024"),
            ]
            _ = try await store.enforcement(at: Self.now).run(on: engine)
            #expect(try await rows("current_block_y2023") == 0)
            #expect(try await rows("history_block_y2023") == 0)
            #expect(try await file("current_block_y2023") != files[0])
            #expect(try await file("history_block_y2023") != files[1])
            #expect(try await file("current_block_y2024") == files[2])
            let hours: [Int64] = [731 * 24, 365 * 24, 365 * 24, 365 * 24]
            let expected = hours.map { Left($0 + 1) }
            #expect(try await store.left(engine, Self.now) == expected)
        }
    }
}
