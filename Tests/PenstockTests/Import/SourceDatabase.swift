import Foundation
import Postgres
import TestSupport

/// A database with FlexMeasures' tables, and an empty one for Penstock; and the built program, run on
/// both.
///
/// `@unchecked Sendable`: used by one test at a time.
final class SourceDatabase: @unchecked Sendable {
    /// As the owner of the source.
    let conninfo: String
    /// The store's owner, and the role of its server.
    let storeOwner: String
    let storeServer: String
    let folder: String
    private let program =
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("penstock").path

    static let salt = "salt-of-the-tests"
    static let secretKey = "0123456789abcdefghijklmnopqrstuvwxyz-import-tests"

    init() throws {
        conninfo = try PrivatePostgres.shared().makeDatabase()
        storeOwner = try PrivatePostgres.shared().makeDatabase()
        storeServer = PrivatePostgres.conninfo(storeOwner, as: PrivatePostgres.serverRole)
        folder = NSTemporaryDirectory() + "penstock-import-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try sql(Self.tables)
        let result = try run(["db", "upgrade"])
        guard result.status == 0 else { throw CocoaError(.featureUnsupported) }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Changes the source.
    func sql(_ text: String) throws {
        let connection = try PostgresConnection(conninfo, timeoutMilliseconds: 120_000)
        try connection.execute(text)
    }

    /// Rows of the store's tables as text, as its owner sees them.
    func stored(_ query: String, columnCount: Int = 1) throws -> [[String]] {
        let connection = try PostgresConnection(storeOwner)
        guard let rows = try connection.execute(query) else { return [] }
        return (0..<rows.count).map { row in
            (0..<columnCount).map { rows.isNull(row, $0) ? "null" : rows.string(row, $0) }
        }
    }

    struct Outcome {
        let status: Int32
        /// Standard output, and standard error.
        let text: String
        let errors: String

        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
        }
    }

    /// Starts the program.
    ///
    /// `name`: of the files that take what it prints.
    func start(_ arguments: [String], settings: [String] = [], name: String) throws -> Int32 {
        let own = [
            "DATABASE_URL=\(storeServer)", "DATABASE_OWNER_URL=\(storeOwner)",
            "SECRET_KEY=\(Self.secretKey)",
        ]
        let script = "exec \"$@\" >\(folder)/\(name).out 2>\(folder)/\(name).err"
        return try Program.start(
            ["env"] + own + settings + ["sh", "-c", script, "sh", program] + arguments
        )
    }

    func run(_ arguments: [String], settings: [String] = []) throws -> Outcome {
        let name = "run-\(UUID().uuidString.prefix(8))"
        let status = Program.wait(try start(arguments, settings: settings, name: name))
        func file(_ suffix: String) -> String {
            (try? String(contentsOfFile: "\(folder)/\(name).\(suffix)", encoding: .utf8)) ?? ""
        }
        return Outcome(status: status, text: file("out"), errors: file("err"))
    }

    static let saltSetting = "SECURITY_PASSWORD_SALT=\(salt)"

    var importArguments: [String] { ["import", "flexmeasures", "--json", "--from", conninfo] }

    func runImport(_ more: [String] = []) throws -> Outcome {
        try run(importArguments + more, settings: [Self.saltSetting])
    }

    /// FlexMeasures 1.0's tables, as far as they are in use; defaults and indexes as there.
    static let tables = """
        CREATE TABLE plan (id serial PRIMARY KEY, name varchar(80) UNIQUE NOT NULL);
        CREATE TABLE account (
            id serial PRIMARY KEY, name varchar(100) UNIQUE,
            consultancy_account_id integer REFERENCES account, primary_color varchar(7),
            secondary_color varchar(7), logo_url varchar(255),
            attributes jsonb NOT NULL DEFAULT '{}', secrets jsonb NOT NULL DEFAULT '{}',
            plan_id integer REFERENCES plan
        );
        CREATE TABLE account_role (
            id serial PRIMARY KEY, name varchar(80) UNIQUE, description varchar(255)
        );
        CREATE TABLE roles_accounts (
            id serial PRIMARY KEY, account_id integer REFERENCES account,
            role_id integer REFERENCES account_role, UNIQUE (role_id, account_id)
        );
        CREATE TABLE fm_user (
            id serial PRIMARY KEY, email varchar(255) UNIQUE, username varchar(255) UNIQUE,
            password varchar(255), last_login_at timestamp, login_count integer, active boolean,
            timezone varchar(255), fs_uniquifier varchar(64) UNIQUE NOT NULL,
            account_id integer NOT NULL REFERENCES account, last_seen_at timestamp,
            tf_totp_secret text, tf_primary_method varchar(255) DEFAULT 'email'
        );
        CREATE TABLE role (
            id serial PRIMARY KEY, name varchar(80) UNIQUE, description varchar(255)
        );
        CREATE TABLE roles_users (
            id serial PRIMARY KEY, user_id integer REFERENCES fm_user, role_id integer REFERENCES role
        );
        CREATE TABLE generic_asset_type (
            id serial PRIMARY KEY, name varchar(80) UNIQUE, description varchar(80)
        );
        CREATE TABLE generic_asset (
            id serial PRIMARY KEY, name varchar(80), latitude double precision,
            longitude double precision,
            generic_asset_type_id integer NOT NULL REFERENCES generic_asset_type,
            account_id integer REFERENCES account ON DELETE CASCADE, attributes jsonb NOT NULL,
            parent_asset_id integer REFERENCES generic_asset ON DELETE CASCADE,
            sensors_to_show jsonb NOT NULL DEFAULT '[]', flex_context jsonb NOT NULL DEFAULT '{}',
            flex_model jsonb NOT NULL DEFAULT '{}',
            sensors_to_show_as_kpis jsonb NOT NULL DEFAULT '[]', external_id varchar(80),
            secrets jsonb NOT NULL DEFAULT '{}', description text,
            UNIQUE (account_id, external_id)
        );
        CREATE TABLE sensor (
            id serial PRIMARY KEY, name varchar(120) NOT NULL, unit varchar(80) NOT NULL,
            timezone varchar(80) NOT NULL, event_resolution interval NOT NULL,
            knowledge_horizon_fnc varchar(80) NOT NULL, knowledge_horizon_par json NOT NULL,
            generic_asset_id integer NOT NULL REFERENCES generic_asset ON DELETE CASCADE,
            attributes jsonb NOT NULL, UNIQUE (name, generic_asset_id)
        );
        CREATE TABLE data_source (
            id serial PRIMARY KEY, name varchar(120) NOT NULL, type varchar(80),
            user_id integer UNIQUE, model varchar(80), version varchar(17),
            attributes jsonb NOT NULL DEFAULT '{}', attributes_hash bytea, account_id integer,
            UNIQUE (name, user_id, account_id, model, version, attributes_hash)
        );
        CREATE TYPE annotation_type AS ENUM
            ('alert', 'holiday', 'label', 'feedback', 'warning', 'error');
        CREATE TABLE annotation (
            id serial PRIMARY KEY, start timestamptz NOT NULL, "end" timestamptz NOT NULL,
            belief_time timestamptz, source_id integer NOT NULL REFERENCES data_source,
            type annotation_type NOT NULL, content varchar(1024) NOT NULL,
            UNIQUE (content, start, belief_time, source_id, type)
        );
        CREATE TABLE annotations_sensors (
            id serial PRIMARY KEY, sensor_id integer REFERENCES sensor,
            annotation_id integer REFERENCES annotation
        );
        CREATE TABLE annotations_assets (
            id serial PRIMARY KEY, generic_asset_id integer REFERENCES generic_asset,
            annotation_id integer REFERENCES annotation
        );
        CREATE TABLE annotations_accounts (
            id serial PRIMARY KEY, account_id integer REFERENCES account,
            annotation_id integer REFERENCES annotation
        );
        CREATE TABLE timed_belief (
            event_start timestamptz NOT NULL, belief_horizon interval NOT NULL,
            cumulative_probability double precision NOT NULL,
            event_value double precision NOT NULL,
            sensor_id integer NOT NULL REFERENCES sensor ON DELETE CASCADE,
            source_id integer NOT NULL REFERENCES data_source,
            PRIMARY KEY (event_start, belief_horizon, cumulative_probability, sensor_id, source_id)
        );
        CREATE INDEX ON timed_belief (sensor_id, event_start);
        """

    /// Two accounts of which one advises the other, three users, a tree of assets, a sensor for each
    /// knowledge rule (ids from 11), four sources (two of them alike), annotations.
    ///
    /// All passwords are `tulip-harbour-41`; the hashes are of Python's argon2 and bcrypt over the
    /// HMAC under `salt`.
    static let structure = #"""
        INSERT INTO plan (id, name) VALUES (1, 'free');
        INSERT INTO account (id, name, primary_color, secondary_color, logo_url, attributes, plan_id,
            consultancy_account_id) VALUES
            (2, 'Advisers', '#112233', '#445566', 'https://example.com/logo.png', '{"a": [1]}', 1, NULL),
            (5, 'Advised', NULL, NULL, NULL, '{}', NULL, 2);
        INSERT INTO account_role (id, name, description) VALUES (3, 'Prosumer', 'makes and takes'),
            (4, 'Consultancy', NULL);
        INSERT INTO roles_accounts (account_id, role_id) VALUES (2, 4), (5, 3);
        INSERT INTO fm_user (id, email, username, password, active, timezone, fs_uniquifier, account_id,
            last_login_at, last_seen_at, login_count, tf_totp_secret) VALUES
            (3, 'Ada@example.com', 'ada',
            '$argon2id$v=19$m=8192,t=1,p=1$U9f3Ibc4CjyjhoF9OfnL5A$sCvuXegRlibRp+GuHy/wJrwT4BnrAnvgZ/2I5ZcShJg',
            true, 'Europe/Lisbon', 'f1', 2, '2024-02-03 04:05:06', '2024-02-03 04:06:07', 7, NULL),
            (4, 'bob@example.com', 'bob',
            '$2b$04$y9qwEbQdbaKC7zogR.cxY.LhO/wXW618LIoZIOsHfPobzAqjyP9Oe',
            true, 'Nowhere/Land', 'f2', 5, NULL, NULL, NULL, 'x'),
            (9, 'eve@example.com', 'eve', 'plain', false, 'UTC', 'f3', 5, NULL, NULL, 0, NULL);
        INSERT INTO role (id, name) VALUES (1, 'account-admin'), (2, 'consultant'), (3, 'task-runner');
        INSERT INTO roles_users (user_id, role_id) VALUES (3, 1), (3, 2), (4, 3);
        INSERT INTO generic_asset_type (id, name, description) VALUES (6, 'building', 'a house'),
            (8, 'fountain', NULL);
        INSERT INTO generic_asset (id, name, latitude, longitude, generic_asset_type_id, account_id,
            attributes, parent_asset_id, sensors_to_show, flex_context, flex_model,
            sensors_to_show_as_kpis, external_id, description) VALUES
            (7, 'well', 52.5, 4.25, 8, 5, '{"deep": true}', NULL, '[11, [12, 13]]',
            '{"site-power-capacity": "1 kW"}', '{}', '[{"sensor": 11}]', 'ext-7', 'water'),
            (20, 'market', NULL, NULL, 6, NULL, '{}', NULL, '[]', '{}', '{}', '[]', NULL, NULL);
        -- A child with a lower id than its parent.
        INSERT INTO generic_asset (id, name, generic_asset_type_id, account_id, attributes,
            parent_asset_id) VALUES (6, 'pump', 6, 5, '{}', 7);
        INSERT INTO sensor (id, name, unit, timezone, event_resolution, knowledge_horizon_fnc,
            knowledge_horizon_par, generic_asset_id, attributes) VALUES
            (11, 'power', 'kW', 'Europe/Amsterdam', 'PT15M', 'ex_post',
            '{"ex_post_horizon": "PT0S"}', 6, '{"consumption_is_positive": true}'),
            (12, 'schedule', 'MW', 'UTC', 'PT1H', 'ex_ante', '{"ex_ante_horizon": "PT1H"}', 7, '{}'),
            (13, 'price', 'EUR/MWh', 'Europe/Paris', 'PT1H', 'x_days_ago_at_y_oclock',
            '{"x": 1, "y": 12, "z": "Europe/Paris"}', 20, '{}'),
            (14, 'decree', '%', 'UTC', 'P1D', 'at_date',
            '{"knowledge_time": "2023-12-01T00:00:00+00:00"}', 20, '{}'),
            (15, 'tariff', 'EUR', 'Europe/Amsterdam', 'PT0S', 'x_years_ago_at_date',
            '{"x": 1, "day": 1, "month": 7, "z": "Europe/Amsterdam"}', 20, '{}'),
            (30, 'empty', 'kW', 'UTC', 'PT5M', 'ex_post', '{"ex_post_horizon": "PT0S"}', 7, '{}');
        INSERT INTO data_source (id, name, type, user_id, model, version, attributes, account_id) VALUES
            (2, 'ada', 'user', 3, NULL, NULL, '{}', 2),
            (3, 'Weather', 'forecaster', NULL, 'naive', '1.2', '{"deep": {"er": 1}}', NULL),
            (4, 'Twin', NULL, NULL, NULL, NULL, '{}', NULL),
            (6, 'Twin', NULL, NULL, NULL, NULL, '{}', NULL);
        INSERT INTO annotation (id, start, "end", belief_time, source_id, type, content) VALUES
            (3, '2024-05-01Z', '2024-05-02Z', NULL, 2, 'holiday', 'Labour Day'),
            (4, '2024-05-01Z', '2024-05-02Z', '2024-01-01Z', 2, 'holiday', 'Labour Day'),
            (5, '2024-05-01Z', '2024-05-01Z', NULL, 2, 'label', 'no time at all');
        INSERT INTO annotations_sensors (sensor_id, annotation_id) VALUES (11, 3);
        INSERT INTO annotations_assets (generic_asset_id, annotation_id) VALUES (7, 4);
        INSERT INTO annotations_accounts (account_id, annotation_id) VALUES (5, 3);
        """#
}
