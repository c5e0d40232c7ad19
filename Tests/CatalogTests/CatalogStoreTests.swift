import Model
import Postgres
import Testing

@testable import Catalog

@Suite struct CatalogStoreTests {
    /// Goal: the initial structure is FlexMeasures', ids included, and made once.
    @Test func `the initial structure is created once`() async throws {
        let database = try TestDatabase.make()
        let store = database.store()
        try await store.ensureInitialStructure()
        try await store.ensureInitialStructure()
        let roles = ["Prosumer", "MDC", "Supplier", "Aggregator", "ESCO", "Consultancy"]
        #expect(store.accountRoles().map(\.name) == roles)
        let types = [
            "solar", "wind", "one-way_evse", "two-way_evse", "battery", "building", "process",
            "heat-storage",
        ]
        #expect(store.assetTypes().map(\.name) == types)
        #expect(store.assetTypes().map(\.id.rawValue) == Array(1...8))
        #expect(store.sources().map(\.type) == ["demo script", "forecaster", "scheduler"])
        // The second run used up no ids.
        #expect(try await store.addAssetType(name: "boat").id == AssetTypeID(9))
    }

    /// Goal: what is written comes back whole: from the write, from memory, and from a new load.
    @Test func `writes show at once and after a load`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let keeper = try await store.addAccount(.init(name: "C", roles: ["Consultancy"]))
        let account = try await store.addAccount(
            .init(
                name: "Ünïted \"1\"",
                roles: ["ESCO", "Prosumer", "ESCO"],
                consultancy: keeper.id,
                primaryColor: "00FFaa",
                secondaryColor: "#123456",
                logoURL: "https://example.com/a.png?b=1",
                attributes: #"{"b": [1, 2], "a": "\u00e9"}"#
            )
        )
        #expect(account.roles.map(\.name) == ["Prosumer", "ESCO"])
        #expect(account.primaryColor == "#00FFaa" && account.consultancy == keeper.id)
        #expect(account.attributes == #"{"a": "é", "b": [1, 2]}"#)
        var newAsset = NewAsset(name: "site", type: AssetTypeID(6), account: account.id)
        newAsset.description = "line 1\nline 2"
        (newAsset.latitude, newAsset.longitude) = (-90, 179.123_456_7)
        newAsset.externalID = "c8a53865"
        newAsset.sensorsToShow = #"[{"title": "T", "sensors": [1]}]"#
        newAsset.flexContext = #"{"site-power-capacity": "10 kW"}"#
        let site = try await store.addAsset(newAsset)
        #expect(site.longitude == 179.123_456_7 && site.description == "line 1\nline 2")
        #expect(site.flexContext == newAsset.flexContext && site.flexModel == "{}")
        let zone = try #require(TimeZoneRules.load("Europe/Paris"))
        let sensor = try await store.addSensor(
            .init(
                name: "price",
                unit: "EUR/MWh",
                timezone: "Europe/Amsterdam",
                timing: EventTiming(
                    resolution: Microseconds.hour,
                    knowledge: .daysAgo(days: 1, hour: 12, zone: zone)
                ),
                asset: site.id,
                attributes: #"{"frequency": "h"}"#
            )
        )
        #expect(sensor.timing.knowledge == .daysAgo(days: 1, hour: 12, zone: zone))
        let source = try await store.addSource(
            .init(
                name: "Seita",
                type: "scheduler",
                model: "Storage",
                version: "9",
                account: account.id
            )
        )
        #expect(source.description == "Seita's Storage scheduler v9")
        let fresh = database.store()
        try await fresh.load()
        for store in [store, fresh] {
            #expect(store.account(account.id) == account)
            #expect(store.accounts() == [keeper, account])
            #expect(store.asset(site.id) == site)
            #expect(store.sensor(sensor.id) == sensor)
            #expect(store.sensors(of: site.id) == [sensor])
            #expect(store.source(source.id) == source)
            let owner = SensorOwnership(asset: site.id, account: account.id, consultancy: keeper.id)
            #expect(store.owner(of: sensor.id) == owner)
            #expect(store.owner(of: SensorID(99)) == nil)
        }
    }

    @Test func `a public asset's sensor has no account`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let market = try await store.addAsset(.init(name: "market", type: AssetTypeID(7)))
        let sensor = try await store.addSensor(.hourly("price", on: market.id))
        let owner = SensorOwnership(asset: market.id, account: nil, consultancy: nil)
        #expect(store.owner(of: sensor.id) == owner)
        #expect(store.assets(of: nil) == [market] && store.assets() == [market])
    }

    @Test func `the offspring of an asset is its whole subtree, nearest first`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let account = try await store.addAccount(.init(name: "A")).id
        func add(_ name: String, under parent: Asset?) async throws -> Asset {
            try await store.addAsset(
                .init(name: name, type: AssetTypeID(6), account: account, parent: parent?.id)
            )
        }
        let root = try await add("root", under: nil)
        let left = try await add("left", under: root)
        let leaf = try await add("leaf", under: left)
        let right = try await add("right", under: root)
        #expect(store.children(of: root.id) == [left, right])
        #expect(store.offspring(of: root.id) == [left, right, leaf])
        #expect(store.offspring(of: leaf.id) == [])
        let moved = try await store.moveAsset(left.id, under: right.id)
        #expect(moved.parent == right.id)
        #expect(store.offspring(of: root.id).map(\.name) == ["right", "left", "leaf"])
        for parent in [left.id, leaf.id] {
            let error = await error { try await store.moveAsset(left.id, under: parent) }
            #expect(error?.field == "parent_asset_id")
        }
        #expect(try await store.moveAsset(left.id, under: nil).parent == nil)
        #expect(store.offspring(of: root.id).map(\.name) == ["right"])
    }

    /// Goal: no loop comes to be. Method: many pairs of moves at once that close one together.
    @Test func `two moves at once cannot close a loop`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let account = try await store.addAccount(.init(name: "A")).id
        for round in 0..<20 {
            let pair = try await [
                store.addAsset(.init(name: "a\(round)", type: AssetTypeID(6), account: account)).id,
                store.addAsset(.init(name: "b\(round)", type: AssetTypeID(6), account: account)).id,
            ]
            async let one = error { try await store.moveAsset(pair[0], under: pair[1]) }
            async let other = error { try await store.moveAsset(pair[1], under: pair[0]) }
            let errors = await [one, other].compactMap(\.self)
            #expect(errors.map(\.field) == ["parent_asset_id"], "round \(round)")
        }
    }

    /// Goal: a user has one source, whoever asks at once. Method: many tasks on two stores, as of
    /// two processes, four for each user, so that they meet.
    @Test func `concurrent calls for a user's source create one row`() async throws {
        let database = try TestDatabase.make()
        let stores = [try await database.filledStore(), try await database.filledStore()]
        let found = try await withThrowingTaskGroup(of: DataSource.self) { group in
            for call in 0..<400 {
                group.addTask {
                    let user = UserID(Int64(call / 4 + 1))
                    return try await stores[call % 2].userSource(
                        userID: user,
                        username: "user-\(user)",
                        account: AccountID(3)
                    )
                }
            }
            return try await group.reduce(into: Set<DataSource>()) { $0.insert($1) }
        }
        #expect(Set(found.compactMap(\.user)).count == 100 && found.count == 100)
        for source in found {
            #expect(source.type == "user")
            #expect(source.name == source.user.map { "user-\($0)" })
        }
        let rows = try database.connection().query(
            "SELECT count(*) FROM data_source WHERE type = 'user'"
        )
        #expect(try rows.int(0, 0) == 100)
        for store in stores { for source in found { #expect(store.source(source.id) == source) } }
    }

    /// Goal: what a reader may have seen is never lost again by a slower read. Method: writes and
    /// whole loads at once; each written row must be there from then on.
    @Test func `a load does not lose what is written meanwhile`() async throws {
        let store = try await TestDatabase.make().filledStore()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<25 {
                        let type = try await store.addAssetType(name: "\(writer)-\(number)")
                        for _ in 0..<3 {
                            #expect(store.assetType(type.id) == type)
                            await Task.yield()
                        }
                    }
                }
            }
            group.addTask { for _ in 0..<20 { try await store.load() } }
            try await group.waitForAll()
        }
        #expect(store.assetTypes().count == 108)
    }

    @Test func `without a database all is unavailable`() async throws {
        let pool = PostgresPool(.init(conninfo: "host=/nowhere password=secret"))
        let store = CatalogStore(pool: pool)
        let error = await error { try await store.load() }
        guard case .unavailable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error.map { !"\($0)".contains("nowhere") } == true)
        #expect(store.lastHeard == nil)
    }
}
