package import Model
package import Postgres

// Changes of rows that are there. Each locks its row, has the caller say what to make of it, and
// writes down what differs, in one transaction.
extension CatalogStore {
    /// Changes fields of an asset.
    ///
    /// `change`: gets the asset as it is now, locked, and may throw to refuse: here a decision that
    ///   was made on what memory knew is held against what is.
    /// - Throws: `.missing` on `id` if there is no such asset; what `change` throws.
    package func updateAsset(
        _ id: AssetID,
        trail: (any ChangeTrail)? = nil,
        _ change: @escaping @Sendable (inout NewAsset) throws(CatalogError) -> Void
    ) async throws(CatalogError) -> Asset {
        let rows = try await onConnection { connection in
            var refusals = Refusals()
            do {
                return try connection.transaction { connection in
                    // As in `moveAsset`: two moves that are fine alone may close a loop together.
                    try connection.query("SELECT pg_advisory_xact_lock(x'6173736574'::bigint)")
                    let differences = try RowDifferences(.asset, id.rawValue, connection)
                    let present = try CatalogReader.row(.asset, id.rawValue, connection)
                    guard let differences, let asset = present.assets.first else {
                        throw Self.noAsset(id)
                    }
                    var wanted = NewAsset(asset)
                    try change(&wanted)
                    refusals = Refusals.asset(wanted)
                    try Self.check(wanted)
                    try Self.checkJSON(of: wanted, connection)
                    if let parent = wanted.parent,
                        parent != asset.parent || wanted.account != asset.account
                    {
                        try Self.checkParent(parent, account: wanted.account, connection)
                        try Self.checkNotAbove(parent, asset: id, connection)
                    }
                    try Self.update(id, wanted, connection)
                    try trail?.append(
                        Self.assetChanges(id, wanted.account, differences, connection),
                        on: connection
                    )
                    return try CatalogReader.row(.asset, id.rawValue, connection)
                }
            } catch let error as PostgresError {
                throw refusals.meaning(of: error) ?? CatalogError(error)
            }
        }
        await show(rows, CatalogChanges(.asset, id.rawValue))
        return try only(rows.assets)
    }

    /// Changes fields of a sensor; not its asset.
    ///
    /// - Throws: `.missing` on `id` if there is no such sensor; what `change` throws.
    package func updateSensor(
        _ id: SensorID,
        trail: (any ChangeTrail)? = nil,
        _ change: @escaping @Sendable (inout NewSensor) throws(CatalogError) -> Void
    ) async throws(CatalogError) -> Sensor {
        let rows = try await onConnection { connection in
            var refusals = Refusals()
            do {
                return try connection.transaction { connection in
                    let differences = try RowDifferences(.sensor, id.rawValue, connection)
                    let present = try CatalogReader.row(.sensor, id.rawValue, connection)
                    guard let differences, let sensor = present.sensors.first else {
                        throw CatalogError.missing(
                            field: "id",
                            message: "No sensor found with ID \(id)."
                        )
                    }
                    var wanted = NewSensor(sensor)
                    try change(&wanted)
                    refusals = Refusals.sensor(wanted)
                    // Names of series are longer than those that people may give.
                    if wanted.name != sensor.name || wanted.unit != sensor.unit {
                        try Self.check(wanted)
                    }
                    try FieldRules.checkTimezone(wanted.timezone)
                    let attributes = wanted.attributes
                    try FieldRules.checkJSON(
                        attributes,
                        field: "attributes",
                        type: "object",
                        connection
                    )
                    try connection.query(
                        """
                        UPDATE sensor SET name = \(wanted.name), unit = \(wanted.unit),
                            timezone = \(wanted.timezone), attributes = \(attributes)::jsonb,
                            event_resolution =
                                \(wanted.timing.resolution) * interval '1 microsecond'
                        WHERE id = \(id.rawValue)
                        """
                    )
                    if let trail {
                        let changes = try Self.sensorChanges(sensor, differences, connection)
                        try trail.append(changes, on: connection)
                    }
                    return try CatalogReader.row(.sensor, id.rawValue, connection)
                }
            } catch let error as PostgresError {
                throw refusals.meaning(of: error) ?? CatalogError(error)
            }
        }
        await show(rows, CatalogChanges(.sensor, id.rawValue))
        return try only(rows.sensors)
    }

    static func noAsset(_ id: AssetID) -> CatalogError {
        .missing(field: "id", message: "No asset found with ID \(id).")
    }

    static func update(
        _ id: AssetID,
        _ wanted: NewAsset,
        _ connection: borrowing PostgresConnection
    ) throws {
        try connection.query(
            """
            UPDATE asset SET name = \(wanted.name), description = \(wanted.description),
                latitude = \(wanted.latitude), longitude = \(wanted.longitude),
                asset_type_id = \(wanted.type.rawValue), account_id = \(wanted.account?.rawValue),
                parent_asset_id = \(wanted.parent?.rawValue),
                external_id = \(wanted.externalID), attributes = \(wanted.attributes)::jsonb,
                sensors_to_show = \(wanted.sensorsToShow)::jsonb,
                sensors_to_show_as_kpis = \(wanted.sensorsToShowAsKPIs)::jsonb,
                flex_context = \(wanted.flexContext)::jsonb,
                flex_model = \(wanted.flexModel)::jsonb
            WHERE id = \(id.rawValue)
            """
        )
    }

    private static func assetChanges(
        _ id: AssetID,
        _ account: AccountID?,
        _ differences: RowDifferences,
        _ connection: borrowing PostgresConnection
    ) throws -> [RecordedChange] {
        func change(_ details: [String: String]) -> RecordedChange {
            RecordedChange(
                "asset.updated",
                subject: "asset:\(id)",
                account: account?.rawValue,
                details: details
            )
        }
        var changes: [RecordedChange] = []
        for difference in try differences.found(connection) {
            let field = difference.field
            switch field {
            case "attributes":
                for member in try RowDifferences.members(difference, connection) {
                    changes.append(
                        change([
                            "field": field, "key": member.field, "from": member.former,
                            "to": member.present,
                        ])
                    )
                }
            case "flex_context", "flex_model":
                var details = ["field": field]
                for member in try RowDifferences.members(difference, connection) {
                    let kind =
                        member.former.isEmpty
                        ? "added" : member.present.isEmpty ? "removed" : "changed"
                    details["\(kind) \(member.field)"] =
                        kind == "removed" ? member.former : member.present
                }
                changes.append(change(details))
            default:
                changes.append(
                    change(["field": field, "from": difference.former, "to": difference.present])
                )
            }
        }
        return changes
    }

    private static func sensorChanges(
        _ sensor: Sensor,
        _ differences: RowDifferences,
        _ connection: borrowing PostgresConnection
    ) throws -> [RecordedChange] {
        let owner = try connection.query(
            "SELECT account_id FROM asset WHERE id = \(sensor.asset.rawValue)"
        )
        let account = owner.count == 1 ? try owner.optionalInt(0, 0) : nil
        return try differences.found(connection).map { difference in
            RecordedChange(
                "sensor.updated",
                subject: "asset:\(sensor.asset)",
                account: account,
                details: [
                    "sensor": "\(sensor.id)", "name": sensor.name, "field": difference.field,
                    "from": difference.former, "to": difference.present,
                ]
            )
        }
    }
}
