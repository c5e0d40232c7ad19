internal import Model
package import Postgres

extension CatalogStore {
    /// Takes over the structure of another system, with its ids, into an empty catalog: whole or not
    /// at all. What `ensureInitialStructure` has made gives way. New rows get ids after the highest.
    ///
    /// For connections of the tables' owner, as ids are given out anew. Load again afterwards.
    ///
    /// `trail`: where it is written down, in the same transaction.
    /// - Throws: `.duplicate` if the catalog is not empty; `.invalid` with the row that cannot be
    ///   taken over.
    package func adopt(
        _ structure: ImportedStructure,
        trail: (any ChangeTrail)? = nil
    ) async throws(CatalogError) {
        let assets = try structure.assetsFromTheTop()
        try await onConnection { connection in
            try connection.transaction { connection in
                try Self.checkEmpty(connection)
                try connection.execute(
                    "DELETE FROM account_role; DELETE FROM asset_type; DELETE FROM data_source"
                )
                try Self.insertKinds(structure, connection)
                try Self.insertAccounts(structure.accounts, connection)
                for asset in assets {
                    try Self.inserting("asset", asset.id) { try Self.insert(asset, connection) }
                }
                for sensor in structure.sensors {
                    try Self.inserting("sensor", sensor.id) { try Self.insert(sensor, connection) }
                }
                for source in structure.sources {
                    try Self.inserting("source", source.id) { try Self.insert(source, connection) }
                }
                for note in structure.annotations {
                    try Self.inserting("annotation", note.id) { try Self.insert(note, connection) }
                }
                try Self.continueIDs(connection)
                let change = RecordedChange(
                    "store.imported",
                    subject: "store",
                    account: nil,
                    details: [
                        "accounts": "\(structure.accounts.count)", "assets": "\(assets.count)",
                        "sensors": "\(structure.sensors.count)",
                    ]
                )
                try trail?.append([change], on: connection)
            }
        }
    }

    /// Whether there is nothing but the initial structure.
    package func isEmpty() async throws(CatalogError) -> Bool {
        try await onConnection(retryingOnce: true) { connection in
            try Self.isEmpty(connection)
        }
    }

    private static func isEmpty(_ connection: borrowing PostgresConnection) throws -> Bool {
        try connection.query(
            """
            SELECT NOT (EXISTS (SELECT FROM account) OR EXISTS (SELECT FROM asset)
                OR EXISTS (SELECT FROM annotation) OR EXISTS (SELECT FROM removed_sensor)
                OR EXISTS (SELECT FROM data_source WHERE user_id IS NOT NULL))
            """
        ).bool(0, 0)
    }

    private static func checkEmpty(_ connection: borrowing PostgresConnection) throws {
        // Nobody adds to it meanwhile.
        try connection.execute("LOCK TABLE account, asset, data_source IN SHARE ROW EXCLUSIVE MODE")
        guard try isEmpty(connection) else {
            throw CatalogError.duplicate(field: "store", message: "The store is not empty.")
        }
    }

    /// Says which row it was that the database refused.
    private static func inserting(_ what: String, _ id: Int64, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch PostgresError.server(let sqlState, let message)
            where sqlState.hasPrefix("22") || sqlState.hasPrefix("23")
        {
            throw CatalogError.invalid(
                field: "\(what) \(id)",
                message: "It cannot be stored as it is: \(message)."
            )
        }
    }

    private static func insertKinds(
        _ structure: ImportedStructure,
        _ connection: borrowing PostgresConnection
    ) throws {
        for role in structure.accountRoles {
            try inserting("account role", role.id) {
                try connection.query(
                    """
                    INSERT INTO account_role (id, name, description)
                    VALUES (\(role.id), \(role.new.name), \(role.new.description))
                    """
                )
            }
        }
        for type in structure.assetTypes {
            try inserting("asset type", type.id) {
                try connection.query(
                    """
                    INSERT INTO asset_type (id, name, description)
                    VALUES (\(type.id), \(type.new.name), \(type.new.description))
                    """
                )
            }
        }
    }

    private static func insertAccounts(
        _ accounts: [ImportedStructure.Row<NewAccount>],
        _ connection: borrowing PostgresConnection
    ) throws {
        for account in accounts {
            let new = account.new
            try inserting("account", account.id) {
                try connection.query(
                    """
                    INSERT INTO account (id, name, primary_color, secondary_color, logo_url,
                        attributes)
                    VALUES (\(account.id), \(new.name), \(new.primaryColor), \(new.secondaryColor),
                        \(new.logoURL), \(new.attributes)::jsonb)
                    """
                )
                for role in Set(new.roles) {
                    try connection.query(
                        """
                        INSERT INTO account_account_role (account_id, account_role_id)
                        SELECT \(account.id), id FROM account_role WHERE name = \(role)
                        """
                    )
                }
            }
        }
        // Once all are there.
        for account in accounts {
            guard let consultancy = account.new.consultancy?.rawValue else { continue }
            try inserting("account", account.id) {
                try connection.query(
                    """
                    UPDATE account SET consultancy_account_id = \(consultancy)
                    WHERE id = \(account.id)
                    """
                )
            }
        }
    }

    private static func insert(
        _ asset: ImportedStructure.Row<NewAsset>,
        _ connection: borrowing PostgresConnection
    ) throws {
        let new = asset.new
        try connection.query(
            """
            INSERT INTO asset (id, name, description, latitude, longitude, asset_type_id,
                account_id, parent_asset_id, external_id, attributes, sensors_to_show,
                sensors_to_show_as_kpis, flex_context, flex_model)
            VALUES (\(asset.id), \(new.name), \(new.description), \(new.latitude),
                \(new.longitude), \(new.type.rawValue), \(new.account?.rawValue),
                \(new.parent?.rawValue), \(new.externalID), \(new.attributes)::jsonb,
                \(new.sensorsToShow)::jsonb, \(new.sensorsToShowAsKPIs)::jsonb,
                \(new.flexContext)::jsonb, \(new.flexModel)::jsonb)
            """
        )
    }

    private static func insert(
        _ sensor: ImportedStructure.Row<NewSensor>,
        _ connection: borrowing PostgresConnection
    ) throws {
        let new = sensor.new
        let (function, parameters) = new.timing.knowledge.stored
        try connection.query(
            """
            INSERT INTO sensor (id, name, unit, timezone, event_resolution, knowledge_horizon_fnc,
                knowledge_horizon_par, asset_id, attributes)
            VALUES (\(sensor.id), \(new.name), \(new.unit), \(new.timezone),
                \(new.timing.resolution) * interval '1 microsecond', \(function),
                \(StoredParametersJSON.text(parameters))::jsonb, \(new.asset.rawValue),
                \(new.attributes)::jsonb)
            """
        )
    }

    /// A source that another one equals in all that makes it unique here gets a key of its own: what
    /// each of them believed stays apart.
    private static func insert(
        _ source: ImportedStructure.Row<ImportedStructure.Source>,
        _ connection: borrowing PostgresConnection
    ) throws {
        let new = source.new.new
        try connection.query(
            """
            INSERT INTO data_source (id, name, type, model, version, user_id, account_id,
                attributes, attributes_hash)
            SELECT \(source.id), name, type, model, version, user_id, account_id, attributes,
                CASE WHEN EXISTS (
                    SELECT FROM data_source AS other
                    WHERE ROW(other.name, other.type, other.model, other.version, other.user_id,
                            other.account_id, other.attributes_hash)
                        IS NOT DISTINCT FROM ROW(given.name, given.type, given.model,
                            given.version, given.user_id, given.account_id, given.hash)
                ) THEN sha256(convert_to('source ' || \(source.id)::bigint, 'UTF8')) ELSE hash END
            FROM (
                SELECT name::varchar, type::varchar, model::varchar, version::varchar,
                    user_id, account_id, attributes,
                    CASE WHEN attributes <> '{}' THEN
                        sha256(convert_to(attributes::text, 'UTF8')) END AS hash
                FROM (VALUES (\(new.name)::text, \(new.type)::text, \(new.model)::text,
                    \(new.version)::text, \(source.new.user?.rawValue)::bigint,
                    \(new.account?.rawValue)::bigint, \(new.attributes)::jsonb))
                    AS row (name, type, model, version, user_id, account_id, attributes)
            ) AS given
            """
        )
    }

    private static func insert(
        _ note: ImportedStructure.Row<ImportedStructure.Note>,
        _ connection: borrowing PostgresConnection
    ) throws {
        let new = note.new.new
        let belief = new.beliefTime.map { PostgresValue.timestamp($0.microseconds) } ?? .null
        try connection.query(
            """
            INSERT INTO annotation (id, content, start_at, end_at, belief_time, source_id, type)
            VALUES (\(note.id), \(new.content), \(.timestamp(new.start.microseconds)),
                \(.timestamp(new.end.microseconds)), \(belief), \(new.source.rawValue),
                \(new.type))
            """
        )
        for target in note.new.targets {
            _ = try Self.tie(note.id, to: target, connection)
        }
    }

    /// The next row of each table gets an id that is free.
    private static func continueIDs(_ connection: borrowing PostgresConnection) throws {
        let tables = [
            "account_role", "account", "asset_type", "asset", "sensor", "data_source", "annotation",
        ]
        for table in tables {
            try connection.query(
                """
                SELECT setval(pg_get_serial_sequence(\(table), 'id'), max(id))
                FROM \(unescaped: table) HAVING max(id) IS NOT NULL
                """
            )
        }
    }
}
