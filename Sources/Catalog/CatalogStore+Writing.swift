internal import Model
package import Postgres

// Writes. Each is one transaction, and look-ups of this process show it before it returns. They
// need neither `load()` nor `run()`.
extension CatalogStore {
    package func addAccount(
        _ new: NewAccount,
        trail: (any ChangeTrail)? = nil
    ) async throws(CatalogError) -> Account {
        try FieldRules.checkName(new.name, lengthMax: 100)
        let primary = try FieldRules.color(new.primaryColor, field: "primary_color")
        let secondary = try FieldRules.color(new.secondaryColor, field: "secondary_color")
        try FieldRules.checkURL(new.logoURL, field: "logo_url")
        for role in new.roles { try FieldRules.checkText(role, field: "roles") }
        let rows = try await write(
            .account,
            refusals: Refusals.account(new),
            trail: trail,
            record: { $0.accounts.map { .created($0) } }
        ) { connection in
            try FieldRules.checkJSON(
                new.attributes,
                field: "attributes",
                type: "object",
                connection
            )
            let id = try connection.query(
                """
                INSERT INTO account (name, consultancy_account_id, primary_color, secondary_color,
                    logo_url, attributes)
                VALUES (\(new.name), \(new.consultancy?.rawValue), \(primary), \(secondary),
                    \(new.logoURL), \(new.attributes)::jsonb)
                RETURNING id
                """
            ).int(0, 0)
            for role in Set(new.roles) {
                let given = try connection.query(
                    """
                    INSERT INTO account_account_role (account_id, account_role_id)
                    SELECT \(id), id FROM account_role WHERE name = \(role) RETURNING account_id
                    """
                )
                guard given.count == 1 else {
                    throw CatalogError.missing(
                        field: "roles",
                        message: "No account role found with name '\(role)'."
                    )
                }
            }
            return id
        }
        return try only(rows.accounts)
    }

    package func addAccountRole(
        name: String,
        description: String? = nil
    ) async throws(CatalogError) -> AccountRole {
        try FieldRules.checkName(name, lengthMax: 80)
        try FieldRules.checkText(description, field: "description", lengthMax: 255)
        let refusals = Refusals.named("account_role_name_key", "account role", name)
        let rows = try await write(.accountRole, refusals: refusals) { connection in
            try connection.query(
                """
                INSERT INTO account_role (name, description) VALUES (\(name), \(description))
                RETURNING id
                """
            ).int(0, 0)
        }
        return try only(rows.accountRoles)
    }

    package func addAssetType(
        name: String,
        description: String? = nil
    ) async throws(CatalogError) -> AssetType {
        try FieldRules.checkName(name, lengthMax: 80)
        try FieldRules.checkText(description, field: "description", lengthMax: 255)
        let refusals = Refusals.named("asset_type_name_key", "asset type", name)
        let rows = try await write(.assetType, refusals: refusals) { connection in
            try connection.query(
                """
                INSERT INTO asset_type (name, description) VALUES (\(name), \(description))
                RETURNING id
                """
            ).int(0, 0)
        }
        return try only(rows.assetTypes)
    }

    package func addSensor(
        _ new: NewSensor,
        trail: (any ChangeTrail)? = nil
    ) async throws(CatalogError) -> Sensor {
        try Self.check(new)
        let (function, parameters) = new.timing.knowledge.stored
        let parametersText = StoredParametersJSON.text(parameters)
        let owner = owner(of: new.asset)?.account
        let rows = try await write(
            .sensor,
            refusals: Refusals.sensor(new),
            trail: trail,
            record: { $0.sensors.map { .created($0, owner) } }
        ) { connection in
            try FieldRules.checkTimezone(new.timezone)
            try FieldRules.checkJSON(
                new.attributes,
                field: "attributes",
                type: "object",
                connection
            )
            return try connection.query(
                """
                INSERT INTO sensor (name, unit, timezone, event_resolution, knowledge_horizon_fnc,
                    knowledge_horizon_par, asset_id, attributes)
                VALUES (\(new.name), \(new.unit), \(new.timezone),
                    \(new.timing.resolution) * interval '1 microsecond', \(function),
                    \(parametersText)::jsonb, \(new.asset.rawValue), \(new.attributes)::jsonb)
                RETURNING id
                """
            ).int(0, 0)
        }
        return try only(rows.sensors)
    }

    /// What can be told of a sensor's fields without asking anybody.
    static func check(_ new: NewSensor) throws(CatalogError) {
        try FieldRules.checkName(new.name, lengthMax: 120)
        try SensorUnit.validate(new.unit)
        guard (0...resolutionMax).contains(new.timing.resolution) else {
            throw .invalid(
                field: "event_resolution",
                message: "The resolution must be between 0 and 366 days."
            )
        }
    }

    /// A leap year, in µs: the longest calendar interval that readings are made for.
    private static let resolutionMax = 366 * Microseconds.day

    /// Runs `body` in a transaction, and has the row it names shown by the tables.
    ///
    /// - Parameters:
    ///   - table: the table of the row.
    ///   - refusals: what it means when the database refuses the write.
    ///   - retryingOnce: for a `body` that does nothing the second time; see `PostgresPool`.
    ///   - trail: where the change is written down.
    ///   - record: what to write down of the row as it was written.
    ///   - body: returns the id of the row that it wrote.
    /// - Returns: the row as it was committed.
    /// - Throws: what `body` throws, in the words of `refusals` where they know it.
    func write(
        _ table: CatalogTableName,
        refusals: Refusals = Refusals(),
        retryingOnce: Bool = false,
        trail: (any ChangeTrail)? = nil,
        record: @escaping @Sendable (CatalogRows) -> [RecordedChange] = { _ in [] },
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> Int64
    ) async throws(CatalogError) -> CatalogRows {
        let (id, rows) = try await onConnection(retryingOnce: retryingOnce) { connection in
            do {
                return try connection.transaction { connection in
                    let id = try body(connection)
                    let rows = try CatalogReader.row(table, id, connection)
                    try trail?.append(record(rows), on: connection)
                    return (id, rows)
                }
            } catch let error as PostgresError {
                throw refusals.meaning(of: error) ?? CatalogError(error)
            }
        }
        await show(rows, CatalogChanges(table, id))
        return rows
    }

    /// Has the tables show what has been committed.
    func show(_ rows: CatalogRows, _ changes: CatalogChanges) async {
        do {
            try await refresh(changes)
        } catch {
            // Committed is committed: the caller must not be told otherwise. The queue keeps the
            // change and reads the row when the database answers again.
            showIfAbsent(rows)
        }
    }

    /// The row that a write returned.
    func only<Row>(_ rows: [Row]) throws(CatalogError) -> Row {
        guard let row = rows.first else {
            throw .unexpected(cause: .unexpected("the row just written is not there"))
        }
        return row
    }
}
