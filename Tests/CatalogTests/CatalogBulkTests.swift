import Model
import Postgres
import TestSupport
import Testing

@testable import Catalog

struct CatalogBulkTests {
    private func sensors(_ names: [String], _ asset: AssetID) -> NewSensors {
        NewSensors(
            names: names,
            unit: "",
            timezone: "UTC",
            timing: EventTiming(resolution: 0),
            asset: asset
        )
    }

    private func ensureAsset(_ store: CatalogStore, _ account: AccountID) async throws -> Asset {
        try await store.ensureAsset(
            named: "db",
            account: account,
            typeName: "line database",
            typeDescription: "d"
        )
    }

    /// Goal: names get sensors once, in their order, whatever characters they have.
    @Test func `sensors are found or made`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let account = try await store.addAccount(NewAccount(name: "A")).id
        let asset = try await ensureAsset(store, account)
        #expect(try await ensureAsset(store, account) == asset)
        let names = ["b \"x\"", "a\\b", "c,d={e}", String(repeating: "k", count: 2_000), "NULL"]
        let made = try await store.ensureSensors(sensors(names, asset.id))
        #expect(made.map { $0?.name } == names)
        let ids = made.compactMap { $0?.id }
        #expect(ids == ids.sorted())
        let again = try await store.ensureSensors(sensors(names.reversed() + ["new"], asset.id))
        #expect(again.dropLast().map { $0?.id } == ids.reversed())
        #expect(store.sensorCount(of: asset.id) == 6)
        #expect(
            store.sensors(of: asset.id, after: ids[1], limit: 2).map(\.id) == Array(ids[2...3])
        )
        await #expect(throws: CatalogError.self) {
            try await store.ensureSensors(sensors(["x"], AssetID(999)))
        }
    }

    /// Goal: thousands at once, and another process follows by ranges, also their deletion.
    @Test func `another store follows bulk changes`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let follower = database.store()
        try await follower.load()
        let account = try await store.addAccount(NewAccount(name: "A")).id
        let asset = try await ensureAsset(store, account)
        let names = (0..<25_000).map { "power,sensor=s\($0) value" }
        try await following(follower) {
            let made = try await store.ensureSensors(sensors(names, asset.id))
            #expect(made.count == 25_000)
            try await eventually("all sensors") {
                follower.sensorCount(of: asset.id) == names.count
            }
            let generation = try #require(follower.sensorGeneration(of: asset.id))
            let more = try await store.ensureSensors(sensors(["one more"], asset.id))
            try await eventually("one more") {
                follower.sensorCount(of: asset.id) == names.count + 1
            }
            #expect(more.count == 1)
            #expect(follower.sensorGeneration(of: asset.id) == generation)
            let other = try database.connection()
            try other.execute("DELETE FROM sensor WHERE id % 2 = 0")
            try await eventually("half of them") {
                follower.sensorCount(of: asset.id) <= names.count / 2 + 1
            }
            #expect(try #require(follower.sensorGeneration(of: asset.id)) > generation)
            // Far apart: told one by one, not as one range.
            try other.execute("UPDATE sensor SET unit = 'kW' WHERE id IN (1, 20001)")
            try await eventually("two rows") {
                follower.sensor(SensorID(1))?.unit == "kW"
                    && follower.sensor(SensorID(20_001))?.unit == "kW"
            }
        }
    }

    /// Goal: a sensor has an asset, whoever writes it, as if by a foreign key; and goes with it.
    @Test func `sensors stay with their assets`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let account = try await store.addAccount(NewAccount(name: "A")).id
        let asset = try await ensureAsset(store, account)
        _ = try await store.ensureSensors(sensors(["a", "b"], asset.id))
        let other = try database.connection()
        let refused = [
            """
            INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
            VALUES ('c', '', 'UTC', '0', 999)
            """,
            "UPDATE sensor SET asset_id = 999 WHERE name = 'a'",
            "UPDATE asset SET id = 999",
        ]
        for statement in refused {
            var state: String?
            do { try other.execute(statement) } catch PostgresError.server(let sqlState, _) {
                state = sqlState
            }
            #expect(state == "23503", "\(statement)")
        }
        try other.execute("DELETE FROM asset WHERE id = \(asset.id)")
        #expect(try other.query("SELECT count(*) FROM sensor").int(0, 0) == 0)
    }

    /// Goal: while one makes sensors of an asset, another cannot remove it under them. Method: the
    /// removal waits for the other transaction, and takes its sensors along.
    @Test func `an asset that gets sensors is removed with them`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let account = try await store.addAccount(NewAccount(name: "A")).id
        let asset = try await ensureAsset(store, account)
        let writer = try database.connection()
        let remover = try database.connection()
        try writer.execute(
            """
            BEGIN;
            INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
            VALUES ('c', '', 'UTC', '0', \(asset.id))
            """
        )
        try remover.execute("SET lock_timeout = '50ms'")
        var isRefused = false
        do { try remover.execute("DELETE FROM asset WHERE id = \(asset.id)") } catch {
            isRefused = true
        }
        #expect(isRefused)
        try writer.execute("COMMIT")
        try remover.execute("DELETE FROM asset WHERE id = \(asset.id)")
        #expect(try remover.query("SELECT count(*) FROM sensor").int(0, 0) == 0)
    }

    /// Goal: a store does not read again what it has shown itself; any other does.
    @Test func `notifications name their writer`() {
        var changes = CatalogChanges()
        changes.insert(payload: "sensor:1-5000@ab12", exceptOf: "ab12")
        changes.insert(payload: "sensor:*@ab12", exceptOf: "ab12")
        #expect(changes.isEmpty)
        changes.insert(payload: "sensor:1-5000@ab12", exceptOf: "cd34")
        #expect(changes.sensorRanges == [1...5000])
        changes.insert(payload: "asset:7", exceptOf: "ab12")
        #expect(changes[.asset] == [7])
        changes.insert(payload: "sensor:*@cd34", exceptOf: "ab12")
        #expect(changes.isEverything)
    }

    /// Goal: sensors that are made while everything is read anew are there afterwards. Method: many
    /// reads and creations at once.
    @Test func `reads under way do not lose new sensors`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let account = try await store.addAccount(NewAccount(name: "A")).id
        let asset = try await ensureAsset(store, account)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for _ in 0..<40 { try await store.load() } }
            for part in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        let names = (0..<3).map { "p\(part) r\(round) n\($0)" }
                        let made = try await store.ensureSensors(sensors(names, asset.id))
                        #expect(made.compactMap { $0 }.count == 3)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(store.sensorCount(of: asset.id) == 300)
    }

    @Test func `ranges merge`() {
        var changes = CatalogChanges()
        changes.insert(payload: "sensor:10-20")
        changes.insert(payload: "sensor:40-50")
        changes.insert(payload: "sensor:21-39")
        changes.insert(payload: "sensor:7")
        #expect(changes.sensorRanges == [10...50])
        #expect(changes[.sensor] == [7])
        changes.insert(payload: "sensor:5-2")
        #expect(changes.isEverything)
        var many = CatalogChanges()
        for start in 0...CatalogChanges.rangeCountMax {
            many.insertSensors(Int64(start * 10 + 1)...Int64(start * 10 + 2))
        }
        #expect(many.isEverything)
        let built = CatalogStore.changes(ofSensors: Array(1...100) + [500, 501])
        #expect(built.sensorRanges == [1...100])
        #expect(built[.sensor] == [500, 501])
    }
}
