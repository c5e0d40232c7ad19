import Foundation
import TestSupport

/// A server with the accounts, users, assets and sensors of the recorded corpus, under the same
/// numbers (docs/flexmeasures-compatibility.md).
struct SeededWorld: Sendable {
    let process: PenstockProcess
    /// Tokens by the users' names; none for those who may not log in.
    let tokens: [String: String]

    /// Name, account and roles, by number from 1.
    static let users: [(name: String, account: Int, roles: String)] = [
        ("site-admin", 5, "admin"), ("site-reader", 5, "admin-reader"), ("site-plain", 5, ""),
        ("a-user", 1, ""), ("a-admin", 1, "account-admin"), ("a-inactive", 1, ""),
        ("b-user", 2, ""), ("b-admin", 2, "account-admin"), ("c-user", 3, ""),
        ("c-consultant", 3, "consultant"), ("c-admin", 3, "account-admin"),
        ("c-both", 3, "consultant,account-admin"), ("d-user", 4, ""),
        ("d-admin", 4, "account-admin"),
    ]

    init() throws {
        process = try PenstockProcess(environment: [
            "FLEXMEASURES_TASK_CHECK_AUTH_TOKEN=task-check-token"
        ])
        try process.start()
        process.stopAtExit()
        try Self.sql(Self.structure, in: process)
        for user in Self.users {
            let roles = user.roles.isEmpty ? [] : ["--roles", user.roles]
            try process.command(
                [
                    "add", "user", "--email", "\(user.name)@example.com", "--username", user.name,
                    "--account", "\(user.account)", "--password-stdin",
                ] + roles,
                input: "\(Self.password)\n"
            )
        }
        try Self.sql(Self.sources, in: process)
        var tokens: [String: String] = [:]
        for user in Self.users where user.name != "a-inactive" {
            tokens[user.name] = try process.token("\(user.name)@example.com")
        }
        self.tokens = tokens
        // What was written beside the server is heard of within a second.
        Thread.sleep(forTimeInterval: 2)
        try SeededBeliefs.post(to: process, tokens)
        // The market's beliefs are posted by somebody who then lends it his source no longer.
        try Self.sql(Self.marketSource, in: process)
        Thread.sleep(forTimeInterval: 2)
    }

    /// What was recorded of a token, as a token of this server: only its beginning was kept.
    func credential(_ text: String, in row: CorpusRow) -> String {
        guard text.hasPrefix("eyJ") || text.hasPrefix("Bearer eyJ"), let token = tokens["a-user"]
        else { return text }
        let prefix = text.hasPrefix("Bearer") ? "Bearer " : ""
        return prefix + (row.name.contains("tampered") ? String(token.dropLast()) + "!" : token)
    }

    /// A recorded body with the passwords of this server, whose policy wants better ones than the
    /// recorded, and with its tokens.
    func withPasswords(_ body: String, in row: CorpusRow) -> String {
        var body = body
        for user in Self.users {
            body = body.replacingOccurrences(of: "pw-\(user.name)-1234", with: Self.password)
        }
        guard let start = body.range(of: "\"eyJ"),
            let end = body[start.upperBound...].firstIndex(of: "\"")
        else { return body }
        let old = String(body[body.index(after: start.lowerBound)..<end])
        return body.replacingOccurrences(of: old, with: credential(old, in: row))
    }

    /// Everybody's.
    static let password = "correct-horse-9"

    private static func sql(_ text: String, in process: PenstockProcess) throws {
        let file = "\(process.dataDirectory).sql"
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let database =
            "host=\(process.dataDirectory)/run port=5432 user=penstock_owner dbname=penstock"
        try Program.run(
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, "-f", file],
            output: "/tmp/penstock-seed.log"
        )
    }

    private static let siteSensors: [(name: String, unit: String, resolution: String)] = [
        ("temperature", "°C", "5 minutes"), ("price", "EUR/MWh", "1 hour"),
        ("load", "kW", "1 hour"), ("water level", "m", "0"), ("indoor temperature", "°C", "0"),
        ("daily cost", "EUR", "1 day"), ("gas flow", "m³/h", "15 minutes"),
        ("hourly energy", "kWh", "1 hour"), ("utilisation", "%", "15 minutes"),
        ("utc power", "MW", "15 minutes"),
    ]

    /// The assets that FlexMeasures makes for users to copy.
    private static var templates: String {
        let assets: [(name: String, type: Int, key: String, flexModel: String, text: String)] = [
            (
                "Battery Template", 5, "battery-template",
                """
                {"soc-max": "450 kWh", "soc-min": "50 kWh", "power-capacity": "500 kW",
                 "state-of-charge": {"sensor": 2}, "roundtrip-efficiency": "90%"}
                """,
                "Single battery asset with example power and state-of-charge sensors, plus a basic storage flex-model. Copy this to start modeling a battery."
            ),
            (
                "EV Charger Template", 3, "ev-charger-template",
                """
                {"soc-max": "60 kWh", "soc-min": "0 kWh", "soc-minima": "12 kWh",
                 "power-capacity": "11 kW", "state-of-charge": {"sensor": 4},
                 "production-capacity": "0 kW", "roundtrip-efficiency": "90%"}
                """,
                "Single EV charger asset with example charging power and state-of-charge sensors, plus a simple charging flex-model. Copy this to start building a charger or EV charging setup."
            ),
            (
                "Heat Pump Template", 8, "heat-pump-template",
                """
                {"soc-max": "15 kWh", "soc-min": "0 kWh", "power-capacity": "5 kW",
                 "state-of-charge": {"sensor": 6}, "storage-efficiency": "99.3 %",
                 "charging-efficiency": "300 %", "production-capacity": "0 kW",
                 "consumption-capacity": "5 kW"}
                """,
                "Single heat-pump-with-buffer style asset, represented as thermal storage with example power and thermal state-of-charge sensors. Copy this to start modeling heat flexibility."
            ),
        ]
        let rows = assets.enumerated().map { index, asset in
            """
            (\(index + 1), '\(asset.name)', \(asset.type), '\(asset.text)',
                '{"template": {"key": "\(asset.key)", "kind": "single-asset", "has_scenarios": false}}',
                '\(asset.flexModel)',
                '[{"plots": [{"sensor": \(2 * index + 1)}], "title": "Power"},
                  {"plots": [{"sensor": \(2 * index + 2)}], "title": "State of charge"}]')
            """
        }
        return """
            INSERT INTO asset (id, name, asset_type_id, description, attributes, flex_model,
                sensors_to_show) VALUES \(rows.joined(separator: ", "));
            """
    }

    private static var structure: String {
        var lines = [
            """
            INSERT INTO account (id, name) VALUES (1, 'Prosumer A'), (2, 'Prosumer B'),
                (3, 'Consultancy C'), (4, 'Client D'), (5, 'Site operators');
            UPDATE account SET consultancy_account_id = 3 WHERE id = 4;
            INSERT INTO account_account_role VALUES (1, 1), (2, 1), (3, 6), (4, 1);
            INSERT INTO asset_type (id, name, description)
                VALUES (9, 'transmission zone', 'transmission zone');
            \(templates)
            INSERT INTO asset (id, name, asset_type_id, attributes) VALUES
                (4, 'Public market', 9, '{}');
            """
        ]
        var asset = 5
        // C comes after D, as it did there.
        for (letter, account) in [("A", 1), ("B", 2), ("D", 4), ("C", 3)] {
            lines.append(
                """
                INSERT INTO asset (id, name, asset_type_id, account_id, parent_asset_id, latitude,
                    longitude) VALUES
                    (\(asset), '\(letter) site', 6, \(account), NULL, 52.37, 4.9),
                    (\(asset + 1), '\(letter) battery', 5, \(account), \(asset), NULL, NULL),
                    (\(asset + 2), '\(letter) PV', 1, \(account), \(asset), NULL, NULL);
                """
            )
            asset += 3
        }
        func sensor(
            _ id: Int,
            _ asset: Int,
            _ name: String,
            _ unit: String,
            _ resolution: String,
            _ zone: String = "Europe/Amsterdam"
        ) {
            lines.append(
                """
                INSERT INTO sensor (id, name, unit, timezone, event_resolution, asset_id) VALUES
                    (\(id), '\(name)', '\(unit)', '\(zone)', interval '\(resolution)', \(asset));
                """
            )
        }
        for (number, place) in [1, 2, 3].enumerated() {
            sensor(2 * number + 1, place, "electricity-power", "kW", "15 minutes")
            sensor(2 * number + 2, place, "state-of-charge", "kWh", "0")
        }
        sensor(7, 4, "day-ahead price", "EUR/MWh", "1 hour")
        sensor(8, 4, "temperature", "°C", "1 hour")
        var id = 9
        for site in [5, 8, 11, 14] {
            sensor(id, site + 1, "power", "kW", "15 minutes")
            sensor(id + 1, site + 1, "state of charge", "kWh", "0")
            sensor(id + 2, site + 1, "energy", "kWh", "15 minutes")
            sensor(id + 3, site + 2, "power", "kW", "15 minutes")
            for (place, what) in siteSensors.enumerated() {
                let zone = what.name == "utc power" ? "UTC" : "Europe/Amsterdam"
                sensor(id + 4 + place, site, what.name, what.unit, what.resolution, zone)
            }
            id += 14
        }
        lines.append(
            """
            UPDATE sensor SET knowledge_horizon_fnc = 'x_days_ago_at_y_oclock',
                knowledge_horizon_par = '{"x": 1, "y": 12, "z": "Europe/Paris"}' WHERE id = 7;
            SELECT setval(pg_get_serial_sequence('account', 'id'), 5),
                setval(pg_get_serial_sequence('asset_type', 'id'), 9),
                setval(pg_get_serial_sequence('asset', 'id'), 16),
                setval(pg_get_serial_sequence('sensor', 'id'), 64);
            """
        )
        return lines.joined(separator: "\n")
    }

    /// The market speaks through the first user until its prices are posted.
    private static var sources: String {
        """
        INSERT INTO data_source (id, name, type, user_id, account_id)
            SELECT 3 + id, username, 'user', id, account_id FROM app_user WHERE id > 1;
        INSERT INTO data_source (id, name, type, user_id) VALUES (18, 'ENTSO-E', 'market', 1);
        SELECT setval(pg_get_serial_sequence('data_source', 'id'), 18);
        UPDATE app_user SET active = false WHERE username = 'a-inactive';
        """
    }

    private static let marketSource = """
        UPDATE data_source SET user_id = NULL WHERE id = 18;
        INSERT INTO data_source (id, name, type, user_id, account_id)
            SELECT 3 + id, username, 'user', id, account_id FROM app_user WHERE id = 1;
        """
}
