package import Model
internal import Postgres

/// Sensors of one asset that are alike but for their names, such as the series that a client of
/// line protocol sends.
package struct NewSensors: Sendable {
    /// As names of sensors; up to 2,000 characters each.
    package var names: [String]
    package var unit: String
    /// IANA name.
    package var timezone: String
    package var timing: EventTiming
    package var asset: AssetID

    package init(
        names: [String],
        unit: String,
        timezone: String,
        timing: EventTiming,
        asset: AssetID
    ) {
        (self.names, self.unit, self.timezone) = (names, unit, timezone)
        (self.timing, self.asset) = (timing, asset)
    }
}

extension CatalogStore {
    /// The sensors of these names: those that are there as they are, the others created, in one
    /// transaction.
    ///
    /// Safe to call from many tasks and processes at once: all end with the same sensors. Names get
    /// ascending ids in the given order.
    ///
    /// - Returns: as many as there are names; nil for one that was deleted at this moment.
    /// - Throws: `.missing` if there is no such asset, `.unavailable`, `.unexpected`.
    package func ensureSensors(_ new: NewSensors) async throws(CatalogError) -> [Sensor?] {
        guard !new.names.isEmpty else { return [] }
        let countBefore = readCount
        let made: EnsuredSensors
        do {
            made = try await onConnection { [writer] connection in
                do {
                    return try EnsuredSensors.copyAll(new, writer: writer, connection)
                } catch PostgresError.server(let state, _) where EnsuredSensors.isTaken(state) {
                    // Some are there already.
                    return try EnsuredSensors.addMissing(new, connection)
                }
            }
        } catch {
            // Nobody tells this store of what it has signed, and it may be committed.
            if case .unavailable = error { queue.remember(.everything) }
            throw error
        }
        // What was just made is known without reading it; the others are read.
        var rows = CatalogRows()
        rows.sensors = made.created.map { new.sensor($0, id: made.ids[$0]) }
        var unknown: [Int64] = []
        if !show(rows, committedAfter: countBefore) {
            unknown = made.ids.filter { $0 != 0 }
        } else if rows.sensors.count < made.ids.count {
            let created = Set(made.created)
            unknown = made.ids.indices.filter { !created.contains($0) }.map { made.ids[$0] }
                .filter { $0 != 0 }
        }
        guard !unknown.isEmpty || rows.sensors.count < made.ids.count else { return rows.sensors }
        try await refresh(Self.changes(ofSensors: unknown))
        return made.ids.map { sensor(SensorID($0)) }
    }

    /// The top-level asset of an account that has this name, created if it is not there. Its type
    /// is `typeName`, which is created as well if need be.
    ///
    /// - Throws: `.invalid` for a name that no asset can have, `.unavailable`, `.unexpected`.
    package func ensureAsset(
        named name: String,
        account: AccountID,
        typeName: String,
        typeDescription: String
    ) async throws(CatalogError) -> Asset {
        try FieldRules.checkName(name, lengthMax: 80)
        let (type, asset) = try await onConnection(retryingOnce: true) { connection in
            try connection.transaction { connection in
                _ = try connection.query(
                    """
                    INSERT INTO asset_type (name, description)
                    SELECT \(typeName), \(typeDescription)
                    WHERE NOT EXISTS (SELECT FROM asset_type WHERE name = \(typeName))
                    ON CONFLICT DO NOTHING
                    """
                )
                let type = try connection.query(
                    "SELECT id FROM asset_type WHERE name = \(typeName)"
                ).int(0, 0)
                _ = try connection.query(
                    """
                    INSERT INTO asset (name, asset_type_id, account_id)
                    SELECT \(name), \(type), \(account.rawValue)
                    WHERE NOT EXISTS (
                        SELECT FROM asset WHERE account_id = \(account.rawValue)
                            AND parent_asset_id IS NULL AND name = \(name)
                    )
                    ON CONFLICT DO NOTHING
                    """
                )
                let asset = try connection.query(
                    """
                    SELECT id FROM asset WHERE account_id = \(account.rawValue)
                        AND parent_asset_id IS NULL AND name = \(name)
                    """
                ).int(0, 0)
                return (type, asset)
            }
        }
        var changes = CatalogChanges(.assetType, type)
        changes.insert(.asset, asset)
        try await refresh(changes)
        guard let shown = self.asset(AssetID(asset)) else {
            throw .unexpected(cause: .unexpected("the asset just written is not there"))
        }
        return shown
    }

    /// Ranges for neighbours, as those that were created together are.
    static func changes(ofSensors ids: [Int64]) -> CatalogChanges {
        var changes = CatalogChanges()
        let sorted = ids.sorted()
        var start = 0
        for index in sorted.indices {
            let isLast = index + 1 == sorted.count
            guard isLast || sorted[index + 1] - sorted[index] > 64 else { continue }
            if index - start < 8 {
                for id in sorted[start...index] { changes.insert(.sensor, id) }
            } else {
                changes.insertSensors(sorted[start]...sorted[index])
            }
            start = index + 1
        }
        return changes
    }
}
