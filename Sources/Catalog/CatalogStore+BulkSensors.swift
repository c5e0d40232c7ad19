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
        let (function, parameters) = new.timing.knowledge.stored
        let parametersText = StoredParametersJSON.text(parameters)
        let (ids, created) = try await onConnection { connection in
            try connection.transaction { connection in
                // One creator at a time: two that insert the same names in another order would
                // wait for each other. What is inserted one by one need not wait.
                let found = try connection.query(
                    "SELECT FROM asset WHERE id = \(new.asset.rawValue) FOR NO KEY UPDATE"
                )
                guard found.count == 1 else {
                    throw CatalogError.missing(
                        field: "generic_asset_id",
                        message: "No asset found with ID \(new.asset)."
                    )
                }
                var ids = [Int64](repeating: 0, count: new.names.count)
                var created: [Int] = []
                created.reserveCapacity(new.names.count)
                for first in stride(from: 0, to: ids.count, by: Self.namesPerStatement) {
                    let part = first..<min(first + Self.namesPerStatement, ids.count)
                    let names = PostgresArray.text(new.names[part])
                    let inserted = try connection.query(
                        """
                        INSERT INTO sensor (name, unit, timezone, event_resolution,
                            knowledge_horizon_fnc, knowledge_horizon_par, asset_id)
                        SELECT name, \(new.unit), \(new.timezone),
                            \(new.timing.resolution) * interval '1 microsecond', \(function),
                            \(parametersText)::jsonb, \(new.asset.rawValue)
                        FROM unnest(\(names)::text[]) WITH ORDINALITY AS given (name, number)
                        ORDER BY number
                        ON CONFLICT (asset_id, name) DO NOTHING RETURNING id
                        """
                    )
                    if inserted.count == part.count {
                        // All of them, in the order given.
                        for (row, index) in part.enumerated() {
                            ids[index] = try inserted.int(row, 0)
                            created.append(index)
                        }
                        continue
                    }
                    var isCreated: Set<Int64> = []
                    for row in 0..<inserted.count { isCreated.insert(try inserted.int(row, 0)) }
                    // A statement of its own, as it must see what others have just committed.
                    let rows = try connection.query(
                        """
                        SELECT coalesce(sensor.id, 0)
                        FROM unnest(\(names)::text[]) WITH ORDINALITY AS given (name, number)
                        LEFT JOIN sensor ON sensor.asset_id = \(new.asset.rawValue)
                            AND sensor.name = given.name
                        ORDER BY number
                        """
                    )
                    for (row, index) in part.enumerated() {
                        ids[index] = try rows.int(row, 0)
                        if isCreated.contains(ids[index]) { created.append(index) }
                    }
                }
                return (ids, created)
            }
        }
        // What was just made is known without reading it; the others are read.
        var rows = CatalogRows()
        rows.sensors.reserveCapacity(created.count)
        for index in created {
            rows.sensors.append(
                Sensor(
                    id: SensorID(ids[index]),
                    name: new.names[index],
                    unit: new.unit,
                    timezone: new.timezone,
                    timing: new.timing,
                    asset: new.asset,
                    attributes: "{}"
                )
            )
        }
        showIfAbsent(rows)
        if created.count < ids.count {
            let made = Set(created)
            let others = ids.indices.filter { !made.contains($0) && ids[$0] != 0 }
            try await refresh(Self.changes(ofSensors: others.map { ids[$0] }))
        }
        return ids.map { sensor(SensorID($0)) }
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

    /// Names of one statement: some MiB at a time, and well below a second.
    private static let namesPerStatement = 10_000

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

/// Arrays as text, which Postgres reads by the type that the statement names.
private enum PostgresArray {
    /// A `text[]`.
    static func text(_ elements: ArraySlice<String>) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "{")]
        bytes.reserveCapacity(elements.reduce(2) { $0 + $1.utf8.count + 3 })
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    bytes.append(UInt8(ascii: "\\"))
                }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "}"))
        return String(decoding: bytes, as: UTF8.self)
    }
}
