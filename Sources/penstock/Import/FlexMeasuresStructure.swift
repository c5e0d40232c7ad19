import Auth
import Catalog
import Foundation
import Model
import Postgres

/// What a FlexMeasures database says there is, but for beliefs.
struct FlexMeasuresStructure: Sendable {
    var structure = ImportedStructure()
    var users: [ImportedUser] = []
    /// By sensor.
    var timings: [SensorID: EventTiming] = [:]
    /// Things that are not kept as they were, a sentence each.
    var notes: [String] = []
    /// Names this structure: an import goes on only with the one that it began with.
    var fingerprint = ""

    /// Reads everything.
    ///
    /// - Throws: `CommandError` for what cannot be taken over.
    static func read(from source: FlexMeasuresSource) async throws -> FlexMeasuresStructure {
        try await source.read { connection in
            var result = FlexMeasuresStructure()
            result.fingerprint = try fingerprint(connection)
            try result.readAccounts(connection)
            try result.readUsers(connection)
            try result.readAssets(connection)
            try result.readSensors(connection)
            try result.readSources(connection)
            try result.readAnnotations(connection)
            return result
        }
    }

    private static func fingerprint(_ connection: borrowing PostgresConnection) throws -> String {
        try connection.query(
            """
            SELECT md5(concat_ws('|', current_database(),
                (SELECT string_agg(id || ' ' || coalesce(name, ''), ',' ORDER BY id) FROM account),
                (SELECT string_agg(id || ' ' || fs_uniquifier, ',' ORDER BY id) FROM fm_user),
                (SELECT string_agg(id || ' ' || coalesce(name, ''), ',' ORDER BY id)
                    FROM generic_asset),
                (SELECT string_agg(concat_ws(' ', id, name, event_resolution,
                    knowledge_horizon_fnc, knowledge_horizon_par), ',' ORDER BY id) FROM sensor),
                (SELECT string_agg(id || ' ' || name, ',' ORDER BY id) FROM data_source)))
            """
        ).string(0, 0)
    }

    private static func kinds(
        _ rows: PostgresRows
    ) throws -> [ImportedStructure.Row<ImportedStructure.Kind>] {
        try (0..<rows.count).map { row in
            .init(
                id: try rows.int(row, 0),
                .init(name: rows.string(row, 1), description: rows.optionalString(row, 2))
            )
        }
    }

    private mutating func readAccounts(_ connection: borrowing PostgresConnection) throws {
        structure.accountRoles = try Self.kinds(
            connection.query(
                "SELECT id, coalesce(name, ''), description FROM account_role ORDER BY id"
            )
        )
        let rows = try connection.query(
            """
            SELECT id, coalesce(name, ''), consultancy_account_id, primary_color, secondary_color,
                logo_url, \(unescaped: Self.object("attributes")),
                (SELECT coalesce(string_agg(role.name, chr(31)), '') FROM roles_accounts
                    JOIN account_role AS role ON role.id = role_id WHERE account_id = account.id),
                plan_id IS NOT NULL, secrets::text NOT IN ('{}', 'null')
            FROM account ORDER BY id
            """
        )
        var (planCount, secretCount) = (0, 0)
        for row in 0..<rows.count {
            var account = NewAccount(
                name: rows.string(row, 1),
                roles: rows.string(row, 7).split(separator: "\u{1F}").map(String.init),
                consultancy: try rows.optionalInt(row, 2).map { AccountID($0) }
            )
            account.primaryColor = rows.optionalString(row, 3)
            account.secondaryColor = rows.optionalString(row, 4)
            account.logoURL = rows.optionalString(row, 5)
            account.attributes = rows.string(row, 6)
            structure.accounts.append(.init(id: try rows.int(row, 0), account))
            if try rows.bool(row, 8) { planCount += 1 }
            if try rows.bool(row, 9) { secretCount += 1 }
        }
        if planCount > 0 { notes.append("\(planCount) accounts have a plan, which is not kept.") }
        noteSecrets(secretCount, "accounts")
    }

    private mutating func noteSecrets(_ count: Int, _ what: String) {
        guard count > 0 else { return }
        notes.append("\(count) \(what) have encrypted secrets, which are not kept.")
    }

    private mutating func readAssets(_ connection: borrowing PostgresConnection) throws {
        structure.assetTypes = try Self.kinds(
            connection.query(
                "SELECT id, coalesce(name, ''), description FROM generic_asset_type ORDER BY id"
            )
        )
        let rows = try connection.query(
            """
            SELECT id, coalesce(name, ''), description, latitude, longitude, generic_asset_type_id,
                account_id, parent_asset_id, external_id, \(unescaped: Self.object("attributes")),
                \(unescaped: Self.object("flex_context")), \(unescaped: Self.object("flex_model")),
                sensors_to_show::text, sensors_to_show_as_kpis::text,
                secrets::text NOT IN ('{}', 'null')
            FROM generic_asset ORDER BY id
            """
        )
        var secretCount = 0
        for row in 0..<rows.count {
            var asset = NewAsset(
                name: rows.string(row, 1),
                type: AssetTypeID(try rows.int(row, 5)),
                account: try rows.optionalInt(row, 6).map { AccountID($0) },
                parent: try rows.optionalInt(row, 7).map { AssetID($0) },
                description: rows.optionalString(row, 2),
                latitude: try rows.optionalDouble(row, 3),
                longitude: try rows.optionalDouble(row, 4),
                externalID: rows.optionalString(row, 8)
            )
            (asset.attributes, asset.flexContext) = (rows.string(row, 9), rows.string(row, 10))
            asset.flexModel = rows.string(row, 11)
            asset.sensorsToShow = rows.string(row, 12)
            asset.sensorsToShowAsKPIs = rows.string(row, 13)
            structure.assets.append(.init(id: try rows.int(row, 0), asset))
            if try rows.bool(row, 14) { secretCount += 1 }
        }
        noteSecrets(secretCount, "assets")
    }

    private mutating func readSensors(_ connection: borrowing PostgresConnection) throws {
        let rows = try connection.query(
            """
            SELECT id, name, unit, timezone,
                (extract(epoch FROM event_resolution) * 1000000)::bigint, knowledge_horizon_fnc,
                knowledge_horizon_par::jsonb::text, generic_asset_id,
                \(unescaped: Self.object("attributes"))
            FROM sensor ORDER BY id
            """
        )
        for row in 0..<rows.count {
            let id = try rows.int(row, 0)
            let (function, parameters) = (rows.string(row, 5), rows.string(row, 6))
            guard let rule = KnowledgeRule(function: function, json: parameters) else {
                throw CommandError(
                    "sensor \(id) of the source has a knowledge rule that is not understood: \(function) \(parameters)"
                )
            }
            let timezone = rows.string(row, 3)
            guard TimeZoneRules.load(timezone) != nil else {
                throw CommandError("sensor \(id) of the source has an unknown zone: \(timezone)")
            }
            let timing = EventTiming(resolution: try rows.int(row, 4), knowledge: rule)
            timings[SensorID(id)] = timing
            let sensor = NewSensor(
                name: rows.string(row, 1),
                unit: rows.string(row, 2),
                timezone: timezone,
                timing: timing,
                asset: AssetID(try rows.int(row, 7)),
                attributes: rows.string(row, 8)
            )
            structure.sensors.append(.init(id: id, sensor))
        }
    }

    private mutating func readSources(_ connection: borrowing PostgresConnection) throws {
        let rows = try connection.query(
            """
            SELECT id, name, type, model, version, user_id, account_id,
                \(unescaped: Self.object("attributes"))
            FROM data_source ORDER BY id
            """
        )
        var namelessCount = 0
        for row in 0..<rows.count {
            let id = try rows.int(row, 0)
            var (name, type) = (rows.string(row, 1), rows.optionalString(row, 2) ?? "")
            let isBlank = { (text: String) in
                text.trimmingCharacters(in: .whitespaces).isEmpty
            }
            if isBlank(name) || isBlank(type) { namelessCount += 1 }
            if isBlank(name) { name = "source \(id)" }
            if isBlank(type) { type = "other" }
            var new = NewSource(name: name, type: type)
            new.model = rows.optionalString(row, 3)
            new.version = rows.optionalString(row, 4)
            new.account = try rows.optionalInt(row, 6).map { AccountID($0) }
            new.attributes = rows.string(row, 7)
            let user = try rows.optionalInt(row, 5).map { UserID($0) }
            structure.sources.append(.init(id: id, .init(new, user: user)))
        }
        if namelessCount > 0 {
            notes.append(
                "\(namelessCount) sources without a name or type are called `source <id>`, `other`."
            )
        }
    }

    /// A JSON column as text; an empty object if it holds something else.
    static func object(_ column: String) -> String {
        "CASE WHEN jsonb_typeof(\(column)::jsonb) = 'object' THEN \(column)::text ELSE '{}' END"
    }
}
