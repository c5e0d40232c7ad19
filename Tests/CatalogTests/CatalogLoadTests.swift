import Model
import Postgres
import TestSupport
import Testing

@testable import Catalog

@Suite struct CatalogLoadTests {
    /// Goal: every kind of knowledge rule comes out of the database as it went in, and rules as
    /// FlexMeasures stores them are read.
    @Test func `knowledge rules survive the database`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let asset = try await store.addAsset(.init(name: "a", type: AssetTypeID(1))).id
        let zone = try #require(TimeZoneRules.load("Asia/Seoul"))
        let rules: [KnowledgeRule] = [
            .exPost(horizon: 0), .exPost(horizon: 90 * Microseconds.minute),
            .exPost(horizon: -Microseconds.hour), .exAnte(horizon: Microseconds.day + 1),
            .atDate(1_700_000_000_123_456), .daysAgo(days: 2, hour: 12.5, zone: zone),
            .yearsAgo(years: 1, month: 11, day: 20, zone: .utc),
        ]
        for (index, rule) in rules.enumerated() {
            var new = NewSensor.hourly("\(index)", on: asset)
            new.timing = EventTiming(resolution: 1, knowledge: rule)
            #expect(try await store.addSensor(new).timing == new.timing)
        }
        try database.connection().execute(
            """
            INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id,
                knowledge_horizon_fnc, knowledge_horizon_par)
            VALUES ('fm', 'EUR/MWh', 'Europe/Paris', '1h', 1, 'x_days_ago_at_y_oclock',
                '{"x": 1, "y": 12, "z": "Europe/Paris"}'),
            ('odd', 'kW', 'UTC', '1h', 1, 'ex_oracle', '{"x": [1]}')
            """
        )
        try await store.load()
        let sensors = store.sensors(of: asset)
        let paris = try #require(TimeZoneRules.load("Europe/Paris"))
        // The sensor whose rule nobody knows is left out, and hides no other one.
        #expect(
            sensors.map(\.timing.knowledge) == rules + [.daysAgo(days: 1, hour: 12, zone: paris)]
        )
    }

    @Test(arguments: [
        "", "{", "{}x", "[]", #"{"a"}"#, #"{"a": }"#, #"{"a": 1,}"#, #"{"a": {}}"#, #"{"a": true}"#,
        #"{"a": "\ud800"}"#, #"{"a": "\u12"}"#, #"{"a": "b}"#, #"{"a": "\"#, #"{"a": 1-1}"#,
    ])
    func `other JSON is no set of parameters`(text: String) {
        #expect(StoredParametersJSON.parse(text) == nil)
    }

    @Test func `parameters survive their JSON`() {
        let parameters: StoredParameters = [
            "x": .number(-1), "y": .number(0.5), "z": .text("a\"\\ \n\u{1}é/"), "": .text(""),
        ]
        let text = StoredParametersJSON.text(parameters)
        #expect(text.contains(#""x": -1,"#))
        #expect(StoredParametersJSON.parse(text) == parameters)
        #expect(StoredParametersJSON.parse(" { } ") == [:])
    }

    /// Goal: a catalog of several batches is read whole, and each owner is found. Method: sensors
    /// with gaps in their ids, spread over assets and accounts by seed.
    @Test func `a large catalog is read whole`() async throws {
        let database = try TestDatabase.make()
        let store = database.store()
        try await store.ensureInitialStructure()
        try database.connection().execute(
            """
            INSERT INTO account (name) SELECT 'account ' || n FROM generate_series(1, 50) AS n;
            INSERT INTO asset (name, asset_type_id, account_id)
                SELECT 'asset ' || n, 1 + n % 8, NULLIF(n % 51, 0)
                FROM generate_series(1, 2000) AS n;
            INSERT INTO sensor (id, name, unit, timezone, event_resolution, asset_id, attributes)
                SELECT n * 3, 'sensor number ' || n, 'kW', 'Europe/Amsterdam', '15 min',
                    1 + n % 2000, '{"consumption_is_positive": true}'
                FROM generate_series(1, 50000) AS n;
            """
        )
        try await store.load()
        let seed: UInt64 = 11
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let number = Int64.random(in: 1...50_000, using: &random)
            let asset = 1 + number % 2_000
            let account = asset % 51 == 0 ? nil : AccountID(asset % 51)
            let owner = SensorOwnership(asset: AssetID(asset), account: account, consultancy: nil)
            #expect(store.owner(of: SensorID(number * 3)) == owner, "seed \(seed)")
            #expect(store.owner(of: SensorID(number * 3 + 1)) == nil)
        }
        #expect(store.sensors(limit: .max).count == 50_000)
        let page = store.sensors(after: SensorID(60_000), limit: 3)
        #expect(page.map(\.id.rawValue) == [60_003, 60_006, 60_009])
        #expect(page.first?.name == "sensor number 20001")
    }
}
