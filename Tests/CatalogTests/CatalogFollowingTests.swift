import Model
import Postgres
import Testing

@testable import Catalog

/// A store that follows the database. Each change is made by SQL on another connection.
@Suite struct CatalogFollowingTests {
    @Test func `rows that others write, change and delete show up`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let other = try database.connection()
        try await following(store) {
            try other.execute(
                """
                INSERT INTO account (name) VALUES ('C'), ('A');
                UPDATE account SET consultancy_account_id = 1 WHERE id = 2;
                INSERT INTO account_account_role SELECT 2, id FROM account_role WHERE name = 'ESCO';
                INSERT INTO asset (name, asset_type_id, account_id) VALUES ('site', 6, 2);
                INSERT INTO asset (name, asset_type_id, account_id, parent_asset_id)
                    VALUES ('kid', 6, 2, 1);
                INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
                    VALUES ('power', 'kW', 'UTC', '15 min', 2);
                INSERT INTO data_source (name, type, user_id) VALUES ('u', 'user', 7);
                """
            )
            let owner = SensorOwnership(
                asset: AssetID(2),
                account: AccountID(2),
                consultancy: AccountID(1)
            )
            try await eventually("all inserts") {
                store.owner(of: SensorID(1)) == owner && store.source(of: UserID(7)) != nil
                    && store.account(AccountID(2))?.hasRole("ESCO") == true
                    && store.offspring(of: AssetID(1)).map(\.name) == ["kid"]
            }
            #expect(store.sensor(SensorID(1))?.timing.resolution == 15 * Microseconds.minute)

            try other.execute("UPDATE sensor SET event_resolution = '1 day', name = 'p'")
            try await eventually("an update") {
                store.sensor(SensorID(1))?.timing.resolution == Microseconds.day
            }
            try other.execute("UPDATE account SET consultancy_account_id = NULL WHERE id = 2")
            try await eventually("a new owner") {
                store.owner(of: SensorID(1))?.consultancy == nil
            }
            try other.execute("UPDATE account_role SET name = 'Esco' WHERE name = 'ESCO'")
            try await eventually("a renamed role") {
                store.account(AccountID(2))?.hasRole("Esco") == true
            }
            try other.execute("DELETE FROM account_account_role")
            try await eventually("a role taken away") {
                store.account(AccountID(2))?.roles.isEmpty == true
            }
            try other.execute("DELETE FROM asset WHERE id = 1; DELETE FROM data_source")
            try await eventually("deleted rows, also those below") {
                store.asset(AssetID(1)) == nil && store.asset(AssetID(2)) == nil
                    && store.sensor(SensorID(1)) == nil && store.owner(of: SensorID(1)) == nil
                    && store.source(of: UserID(7)) == nil && store.sources().isEmpty
                    && store.assets(of: AccountID(2)).isEmpty
            }
            try other.execute("TRUNCATE account CASCADE")
            try await eventually("an emptied table") { store.accounts().isEmpty }
        }
    }

    /// Goal: a transaction that is rolled back shows nothing, and one with more rows than are named
    /// one by one shows whole.
    @Test func `a large transaction shows whole`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let other = try database.connection()
        let rowCount = CatalogChanges.countMax + 5_000
        try await following(store) {
            try other.execute("INSERT INTO asset (name, asset_type_id) VALUES ('a', 1)")
            try other.execute(
                "BEGIN; INSERT INTO asset (name, asset_type_id) VALUES ('b', 1); ROLLBACK"
            )
            try other.execute(
                """
                INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
                    SELECT 's' || n, 'kW', 'UTC', '1h', 1 FROM generate_series(1, \(rowCount)) AS n
                """
            )
            try await eventually("all sensors") { store.sensors(of: AssetID(1)).count == rowCount }
            #expect(store.assets().map(\.name) == ["a"])
        }
    }

    /// Goal: nothing is missed while the connection is away. Method: the listener's session is
    /// ended by the server, with a change committed while it is gone.
    @Test func `changes made while the connection is lost show up`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let other = try database.connection()
        try await following(store) {
            for round in 0..<3 {
                let ended = try other.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'penstock-listen' AND datname = current_database()
                    """
                )
                #expect(ended.count == 1)
                let name = "round \(round)"
                try other.query("INSERT INTO asset_type (name) VALUES (\(name))")
                try await eventually("the change of \(name)") {
                    store.assetTypes().contains { $0.name == name }
                }
                try await eventually("a new session of the listener") {
                    let sessions = try other.query(
                        """
                        SELECT FROM pg_stat_activity WHERE application_name = 'penstock-listen'
                            AND datname = current_database() AND state = 'idle'
                        """
                    )
                    return sessions.count == 1
                }
            }
        }
    }

    /// Goal: the last state wins, in whatever order reads come back. Method: one row changed by SQL
    /// as fast as it goes, while the store also writes and loads.
    @Test func `the last of many changes stays`() async throws {
        let database = try TestDatabase.make()
        let store = try await database.filledStore()
        let other = try database.connection()
        try await following(store) {
            let noise = Task {
                for number in 0..<60 {
                    _ = try await store.addAssetType(name: "noise \(number)")
                    if number % 10 == 0 { try await store.load() }
                }
            }
            for number in 1...1_000 {
                try other.query("UPDATE asset_type SET description = \("\(number)") WHERE id = 1")
            }
            try await noise.value
            try await eventually("the last change") {
                store.assetType(AssetTypeID(1))?.description == "1000"
            }
            let mark = store.lastHeard
            try await eventually("two more rounds of listening") {
                guard let mark, let now = store.lastHeard else { return false }
                return now.microseconds > mark.microseconds + Microseconds.second
            }
            #expect(store.assetType(AssetTypeID(1))?.description == "1000")
            #expect(store.assetTypes().count == 68)
        }
    }

    @Test func `run returns when cancelled`() async throws {
        let store = try await TestDatabase.make().filledStore()
        let task = Task { await store.run() }
        try await eventually("the store hears") { store.lastHeard != nil }
        task.cancel()
        await task.value
    }
}
