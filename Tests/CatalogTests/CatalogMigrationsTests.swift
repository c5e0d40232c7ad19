import Postgres
import Testing

@testable import Catalog

@Suite struct CatalogMigrationsTests {
    @Test func `migrations run once, however often they are called`() throws {
        let database = try TestDatabase.make()
        let connection = try database.connection()
        #expect(try CatalogMigrations.migrations.run(on: connection) == [])
        let version = try CatalogMigrations.migrations.version(on: connection)
        #expect(version == CatalogMigrations.migrations.version && version > 0)
    }

    /// Goal: the tables refuse what the rules forbid, whoever writes. Method: SQL past the store.
    @Test(arguments: [
        "INSERT INTO account (name) VALUES ('  ')",
        "INSERT INTO account (name) VALUES ('A')",
        "INSERT INTO account (name, attributes) VALUES ('x', '[]')",
        "UPDATE account SET consultancy_account_id = id",
        "INSERT INTO asset (name, asset_type_id) VALUES ('', 1)",
        "INSERT INTO asset (name, asset_type_id) VALUES ('public', 1)",
        "INSERT INTO asset (name, asset_type_id, account_id) VALUES ('site', 1, 1)",
        """
        INSERT INTO asset (name, asset_type_id, account_id, parent_asset_id)
        VALUES ('kid', 1, 1, 2)
        """,
        "INSERT INTO asset (name, asset_type_id, account_id, external_id) VALUES ('y', 1, 1, 'e')",
        "INSERT INTO asset (name, asset_type_id, latitude) VALUES ('y', 1, 90.1)",
        "INSERT INTO asset (name, asset_type_id, longitude) VALUES ('y', 1, 'NaN')",
        "INSERT INTO asset (name, asset_type_id) VALUES ('y', 99)",
        "UPDATE asset SET parent_asset_id = id WHERE id = 2",
        "DELETE FROM asset_type",
        """
        INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
        VALUES ('power', 'kW', 'UTC', '1h', 2)
        """,
        """
        INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
        VALUES ('y', 'kW', 'UTC', '-1h', 2)
        """,
        """
        INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
        VALUES ('y', 'kW', 'UTC', '1 month', 2)
        """,
        "INSERT INTO data_source (name, type) VALUES ('Seita', 'forecaster')",
        "INSERT INTO data_source (name, type, user_id) VALUES ('other', 'user', 7)",
    ])
    func `the tables refuse`(sql: String) throws {
        let connection = try TestDatabase.make().connection()
        try connection.execute(
            """
            INSERT INTO account (name) VALUES ('A');
            INSERT INTO asset_type (name) VALUES ('battery');
            INSERT INTO asset (name, asset_type_id) VALUES ('public', 1);
            INSERT INTO asset (name, asset_type_id, account_id, external_id)
                VALUES ('site', 1, 1, 'e');
            INSERT INTO asset (name, asset_type_id, account_id, parent_asset_id)
                VALUES ('kid', 1, 1, 2);
            INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
                VALUES ('power', 'kW', 'UTC', '15 min', 2);
            INSERT INTO data_source (name, type) VALUES ('Seita', 'forecaster');
            INSERT INTO data_source (name, type, user_id) VALUES ('u', 'user', 7);
            """
        )
        let error = #expect(throws: PostgresError.self) { try connection.execute(sql) }
        guard case .server(let sqlState, _) = error else {
            Issue.record("not refused by the server: \(String(describing: error))")
            return
        }
        #expect(sqlState.hasPrefix("23"))
    }

    /// Goal: names that must be free are. Method: the same names in the places where they may
    /// repeat.
    @Test func `names may repeat in other places`() throws {
        let connection = try TestDatabase.make().connection()
        try connection.execute(
            """
            INSERT INTO account (name) VALUES ('A'), ('B');
            INSERT INTO asset_type (name) VALUES ('battery');
            INSERT INTO asset (name, asset_type_id, account_id, external_id)
                VALUES ('site', 1, NULL, 'e'), ('site', 1, 1, 'e'), ('site', 1, 2, 'e');
            INSERT INTO asset (name, asset_type_id, account_id, parent_asset_id)
                VALUES ('site', 1, 1, 2);
            INSERT INTO data_source (name, type)
                VALUES ('Seita', 'forecaster'), ('Seita', 'scheduler');
            INSERT INTO data_source (name, type, version) VALUES ('Seita', 'forecaster', '1');
            """
        )
        let count = try connection.query("SELECT count(*) FROM asset").int(0, 0)
        #expect(count == 4)
    }
}
