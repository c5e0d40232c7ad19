import Model
import Postgres
import Testing

@testable import Catalog

@Suite struct RetentionTests {
    // MARK: periods

    @Test(
        arguments: [
            ("P2Y", 24, 0), ("P1M", 1, 0), ("P1Y6M", 18, 0), ("P2W", 0, 14 * Microseconds.day),
            ("P90D", 0, 90 * Microseconds.day), ("PT36H", 0, 36 * Microseconds.hour),
            ("P1Y2M3DT4H5M6S", 14, 3 * Microseconds.day + 14_706 * Microseconds.second),
            ("P0Y1D", 0, Microseconds.day),
        ] as [(String, Int, Int64)]
    )
    func `durations are read`(text: String, months: Int, microseconds: Int64) throws {
        let period = try #require(RetentionPeriod(text))
        #expect(period.months == months)
        #expect(period.microseconds == microseconds)
        #expect(RetentionPeriod(period.description) == period)
    }

    @Test(
        arguments: [
            "", "P", "PT", "2Y", "P2", "P0D", "P0Y", "-P1Y", "P-1Y", "P1D1Y", "P1Y1Y", "P1YT",
            "P1H",
            "PT1D", "P1.5Y", "P1,5D", "p1y", "P1Y ", "P12000Y", "P99999999999D", "P9999999999W",
            "P1D2",
            "P１D", "forever",
        ] as [String]
    )
    func `other texts are refused`(text: String) {
        #expect(RetentionPeriod(text) == nil)
    }

    @Test(
        arguments: [
            ("2026-03-31T12:00:00Z", "P1M", "2026-02-28T12:00:00Z"),
            ("2024-03-31T12:00:00Z", "P1M", "2024-02-29T12:00:00Z"),
            ("2024-02-29T00:00:00Z", "P1Y", "2023-02-28T00:00:00Z"),
            ("2026-01-15T01:02:03Z", "P1M", "2025-12-15T01:02:03Z"),
            ("2026-11-24T00:00:00Z", "P2Y", "2024-11-24T00:00:00Z"),
            ("2026-03-01T00:00:00Z", "P1D", "2026-02-28T00:00:00Z"),
            ("2026-03-31T00:00:00Z", "P1MT1H", "2026-02-27T23:00:00Z"),
            ("2026-11-24T00:00:00Z", "P9999Y", "0001-01-01T00:00:00Z"),
        ] as [(String, String, String)]
    )
    func `cut-offs follow the calendar in UTC`(now: String, keep: String, cutOff: String) throws {
        let period = try #require(RetentionPeriod(keep))
        let found = period.cutOff(before: try OffsetTimestamp(iso8601: now).timestamp)
        #expect(found == (try OffsetTimestamp(iso8601: cutOff).timestamp))
    }

    // MARK: rules

    private static func period(_ text: String) throws -> RetentionPeriod {
        try #require(RetentionPeriod(text))
    }

    /// Goal: of several rules the most specific one holds. Method: rules from the account down, and
    /// away again from the sensor up.
    @Test func `the most specific rule holds`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let account = try await store.addAccount(NewAccount(name: "A"))
        let type = try #require(store.assetTypes().first)
        func asset(_ name: String, under parent: AssetID?) async throws -> Asset {
            try await store.addAsset(
                NewAsset(name: name, type: type.id, account: account.id, parent: parent)
            )
        }
        let site = try await asset("site", under: nil)
        let building = try await asset("building", under: site.id)
        let battery = try await asset("battery", under: building.id)
        let sensor = try await store.addSensor(
            NewSensor(
                name: "power",
                unit: "kW",
                timezone: "UTC",
                timing: EventTiming(resolution: 900_000_000),
                asset: battery.id
            )
        )
        func rule() async throws -> RetentionRule? {
            store.retentionRule(of: sensor, in: try await store.retentionRules())
        }
        #expect(try await rule() == nil)
        let steps: [(RetentionScope, String)] = [
            (.account(account.id), "P5Y"), (.asset(site.id), "P1Y"),
            (.asset(building.id), "P10Y"), (.asset(battery.id), "P90D"),
            (.sensor(sensor.id), "PT36H"),
        ]
        for (scope, keep) in steps {
            try await store.setRetention(of: scope, to: Self.period(keep))
            #expect(try await rule() == RetentionRule(scope: scope, period: Self.period(keep)))
        }
        let all = try await store.retentionRules().all
        #expect(all.map(\.scope) == steps.map(\.0))
        #expect(all.map(\.period) == (try steps.map { try Self.period($0.1) }))
        for (index, step) in steps.enumerated().reversed() {
            #expect(try await rule()?.scope == step.0)
            #expect(try await store.clearRetention(of: step.0))
            #expect(try await !store.clearRetention(of: step.0))
            #expect(try await rule()?.scope == (index > 0 ? steps[index - 1].0 : nil))
        }
        // The same again is another period, not another rule.
        try await store.setRetention(of: .sensor(sensor.id), to: Self.period("P1D"))
        try await store.setRetention(of: .sensor(sensor.id), to: Self.period("P1Y6M"))
        #expect(try await store.retentionRules().all.count == 1)
        #expect(try await rule()?.period == Self.period("P18M"))
    }

    @Test func `rules need something to be set on, and go with it`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let day = try Self.period("P1D")
        let scopes: [RetentionScope] = [
            .account(AccountID(7)), .asset(AssetID(7)), .sensor(SensorID(7)),
        ]
        for scope in scopes {
            let error = await #expect(throws: CatalogError.self) {
                try await store.setRetention(of: scope, to: day)
            }
            guard case .missing = error else {
                Issue.record("\(scope): \(String(describing: error))")
                continue
            }
        }
        let account = try await store.addAccount(NewAccount(name: "A"))
        try await store.setRetention(of: .account(account.id), to: day)
        try database.connection().execute("DELETE FROM account")
        #expect(try await store.retentionRules().isEmpty)
    }

    /// Goal: nothing is removed by a rule that is not understood. Method: SQL past the store.
    @Test(
        arguments: ["'-1 day'", "'0'", "NULL", "'1 month -40 days'", "'1 month -20 days'"]
            as [String]
    )
    func `a rule that keeps nothing is refused`(interval: String) async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let account = try await store.addAccount(NewAccount(name: "A"))
        let insert = "INSERT INTO retention (account_id, keep) VALUES (\(account.id), \(interval))"
        let isStored = (try? database.connection().execute(insert)) != nil
        if isStored {
            await #expect(throws: CatalogError.self) { _ = try await store.retentionRules() }
        } else {
            #expect(try await store.retentionRules().isEmpty)
        }
    }

    /// Goal: one process at a time. Method: two stores, one inside the other's turn.
    @Test func `one process carries out retention at a time`() async throws {
        let database = try TestDatabase.make()
        let (one, other) = (database.store(), database.store())
        let outer = try await one.whileEnforcingRetention {
            let inner = try await other.whileEnforcingRetention { 1 }
            #expect(inner == nil)
            return 2
        }
        #expect(outer == 2)
        await #expect(throws: CancellationError.self) {
            try await one.whileEnforcingRetention { throw CancellationError() }
        }
        #expect(try await other.whileEnforcingRetention { 3 } == 3)
    }
}
