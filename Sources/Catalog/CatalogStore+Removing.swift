package import Model
package import Postgres

/// Takes references to sensors out of one of an asset's JSON fields.
///
/// - Returns: the JSON without them; nil if there are none.
package typealias ReferenceRemoval = @Sendable (_ json: String, _ gone: Set<SensorID>) -> String?

// Removals. The rows go first, with all below them, and the beliefs after: what is gone takes no
// more data. Sensors whose beliefs are still to be removed are remembered by the same transaction.
extension CatalogStore {
    /// Removes an asset with all below it.
    ///
    /// - Returns: the sensors whose beliefs are now to be removed (`forgetRemoved`).
    /// - Throws: `.missing` on `id` if there is no such asset, or it has another owner than when
    ///   the caller decided.
    package func deleteAsset(
        _ id: AssetID,
        of account: AccountID?,
        trail: (any ChangeTrail)? = nil,
        withoutReferences: @escaping ReferenceRemoval
    ) async throws(CatalogError) -> [SensorID] {
        let (changes, sensors) = try await onConnection { connection in
            try connection.transaction { connection in
                try connection.query("SELECT pg_advisory_xact_lock(x'6173736574'::bigint)")
                let found = try CatalogReader.row(.asset, id.rawValue, connection)
                guard let asset = found.assets.first, asset.account == account else {
                    throw Self.noAsset(id)
                }
                var changes = CatalogChanges(.asset, id.rawValue)
                var records: [RecordedChange] = [.deleted(asset)]
                let below = try connection.query(
                    """
                    WITH RECURSIVE tree (id) AS (
                        SELECT \(id.rawValue)
                        UNION SELECT asset.id FROM asset JOIN tree ON parent_asset_id = tree.id
                    )
                    SELECT asset.id, name, account_id FROM asset JOIN tree USING (id)
                    ORDER BY asset.id FOR UPDATE OF asset
                    """
                )
                var assets: [Int64] = []
                for row in 0..<below.count {
                    let part = try below.int(row, 0)
                    assets.append(part)
                    changes.insert(.asset, part)
                    guard part != id.rawValue else { continue }
                    let record = RecordedChange(
                        "asset.deleted",
                        subject: "asset:\(part)",
                        account: try below.optionalInt(row, 2),
                        details: ["name": below.string(row, 1), "with": "asset:\(id)"]
                    )
                    records.append(record)
                }
                let rows = try connection.query(
                    "SELECT id FROM sensor WHERE asset_id = ANY(\(PostgresValue.ints(assets)))"
                )
                let sensors = try (0..<rows.count).map { SensorID(try rows.int($0, 0)) }
                for sensor in sensors { changes.insert(.sensor, sensor.rawValue) }
                try Self.remember(sensors, connection)
                try Self.unlink(
                    sensors,
                    besides: Set(assets),
                    &changes,
                    withoutReferences,
                    connection
                )
                try connection.query("DELETE FROM asset WHERE id = \(id.rawValue)")
                try trail?.append(records, on: connection)
                return (changes, sensors)
            }
        }
        await show(CatalogRows(), changes)
        return sensors
    }

    /// Removes a sensor; as `deleteAsset`.
    package func deleteSensor(
        _ id: SensorID,
        of account: AccountID?,
        trail: (any ChangeTrail)? = nil,
        withoutReferences: @escaping ReferenceRemoval
    ) async throws(CatalogError) {
        let changes = try await onConnection { connection in
            try connection.transaction { connection in
                let rows = try CatalogReader.row(.sensor, id.rawValue, connection)
                let noSensor = CatalogError.missing(
                    field: "id",
                    message: "No sensor found with ID \(id)."
                )
                guard let sensor = rows.sensors.first else { throw noSensor }
                let owner = try connection.query(
                    "SELECT account_id FROM asset WHERE id = \(sensor.asset.rawValue) FOR SHARE"
                )
                guard owner.count == 1, try owner.optionalInt(0, 0) == account?.rawValue else {
                    throw noSensor
                }
                var changes = CatalogChanges(.sensor, id.rawValue)
                try Self.remember([id], connection)
                try Self.unlink([id], besides: [], &changes, withoutReferences, connection)
                let gone = try connection.query(
                    "DELETE FROM sensor WHERE id = \(id.rawValue) RETURNING id"
                )
                guard gone.count == 1 else { throw noSensor }
                try trail?.append([.deleted(sensor, account)], on: connection)
                return changes
            }
        }
        await show(CatalogRows(), changes)
    }

    /// Sensors that are gone while their beliefs may still be stored.
    package func removedSensors() async throws(CatalogError) -> [SensorID] {
        try await onConnection(retryingOnce: true) { connection in
            let rows = try connection.query("SELECT sensor_id FROM removed_sensor")
            return try (0..<rows.count).map { SensorID(try rows.int($0, 0)) }
        }
    }

    /// Notes that the beliefs of these sensors are gone too.
    package func forgetRemoved(_ sensors: [SensorID]) async throws(CatalogError) {
        let ids = PostgresValue.ints(sensors.map(\.rawValue))
        try await onConnection(retryingOnce: true) { connection in
            _ = try connection.query("DELETE FROM removed_sensor WHERE sensor_id = ANY(\(ids))")
        }
    }

    private static func remember(
        _ sensors: [SensorID],
        _ connection: borrowing PostgresConnection
    ) throws {
        let ids = PostgresValue.ints(sensors.map(\.rawValue))
        try connection.query(
            """
            INSERT INTO removed_sensor SELECT unnest(\(ids)::bigint[]) ON CONFLICT DO NOTHING
            """
        )
    }

    /// Takes references to sensors out of the assets that stay.
    private static func unlink(
        _ sensors: [SensorID],
        besides gone: Set<Int64>,
        _ changes: inout CatalogChanges,
        _ removal: ReferenceRemoval,
        _ connection: borrowing PostgresConnection
    ) throws {
        if sensors.isEmpty { return }
        let wanted = Set(sensors)
        let candidates = try connection.query(
            """
            SELECT id FROM asset WHERE sensors_to_show <> '[]' OR sensors_to_show_as_kpis <> '[]'
                OR flex_context <> '{}' OR flex_model <> '{}' ORDER BY id
            """
        )
        for row in 0..<candidates.count {
            let id = try candidates.int(row, 0)
            guard !gone.contains(id) else { continue }
            let found = try CatalogReader.row(.asset, id, connection)
            guard let asset = found.assets.first else { continue }
            var changed = NewAsset(asset)
            changed.sensorsToShow = removal(asset.sensorsToShow, wanted) ?? asset.sensorsToShow
            changed.sensorsToShowAsKPIs =
                removal(asset.sensorsToShowAsKPIs, wanted) ?? asset.sensorsToShowAsKPIs
            changed.flexContext = removal(asset.flexContext, wanted) ?? asset.flexContext
            changed.flexModel = removal(asset.flexModel, wanted) ?? asset.flexModel
            guard
                changed.sensorsToShow != asset.sensorsToShow
                    || changed.sensorsToShowAsKPIs != asset.sensorsToShowAsKPIs
                    || changed.flexContext != asset.flexContext
                    || changed.flexModel != asset.flexModel
            else { continue }
            try connection.query("SELECT FROM asset WHERE id = \(id) FOR UPDATE")
            try update(AssetID(id), changed, connection)
            changes.insert(.asset, id)
        }
    }
}
