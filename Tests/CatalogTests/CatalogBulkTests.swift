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
