package import Model
package import Postgres

/// Where a copy of an asset goes.
package struct CopyTarget: Sendable, Hashable {
    /// Nil for a public copy.
    package let account: AccountID?
    package let parent: AssetID?

    package init(account: AccountID?, parent: AssetID?) {
        (self.account, self.parent) = (account, parent)
    }
}

/// Which numbers the copies of assets and sensors have.
package struct CopiedNumbers: Sendable {
    package fileprivate(set) var assets: [AssetID: AssetID] = [:]
    package fileprivate(set) var sensors: [SensorID: SensorID] = [:]
}

extension CatalogStore {
    /// Copies an asset with all below it and all sensors, without data, in one transaction.
    ///
    /// The copy's name gets " (Copy)", " (Copy 2)" and so on where the name is taken, keys of other
    /// systems stay behind, and all copies belong to the target's account.
    ///
    /// - Parameters:
    ///   - id: the asset.
    ///   - target: where to.
    ///   - trail: where the copying is written down.
    ///   - mayCopy: whether a part of the tree is copied, with all below it; asked for each.
    ///   - mapped: gives a JSON field of a copy, with references that point into the copy.
    /// - Returns: the copy of `id`.
    /// - Throws: `.missing` on `id`, `parent_asset_id` or `account_id`.
    package func copyAsset(
        _ id: AssetID,
        to target: CopyTarget,
        trail: (any ChangeTrail)? = nil,
        mayCopy: @escaping @Sendable (Asset) -> Bool,
        mapped: @escaping @Sendable (_ json: String, CopiedNumbers) -> String
    ) async throws(CatalogError) -> AssetID {
        let (copy, changes) = try await onConnection { connection in
            do {
                return try connection.transaction { connection in
                    // One at a time, so that two do not take the same name.
                    try connection.query("SELECT pg_advisory_xact_lock(x'6173736574'::bigint)")
                    var copying = Copying(target: target, mayCopy: mayCopy)
                    let copy = try copying.run(id, mapped, connection)
                    try trail?.append(copying.records, on: connection)
                    return (copy, copying.changes)
                }
            } catch let error as PostgresError {
                var new = NewAsset(name: "", type: AssetTypeID(0))
                (new.account, new.parent) = (target.account, target.parent)
                throw Refusals.asset(new).meaning(of: error) ?? CatalogError(error)
            }
        }
        await show(CatalogRows(), changes)
        return copy
    }
}

/// One copying under way.
private struct Copying {
    let target: CopyTarget
    let mayCopy: @Sendable (Asset) -> Bool
    private(set) var records: [RecordedChange] = []
    private(set) var changes = CatalogChanges()
    private var numbers = CopiedNumbers()
    private var made: [(id: AssetID, fields: NewAsset)] = []

    init(target: CopyTarget, mayCopy: @escaping @Sendable (Asset) -> Bool) {
        (self.target, self.mayCopy) = (target, mayCopy)
    }

    mutating func run(
        _ id: AssetID,
        _ mapped: @Sendable (String, CopiedNumbers) -> String,
        _ connection: borrowing PostgresConnection
    ) throws -> AssetID {
        let rows = try CatalogReader.row(.asset, id.rawValue, connection)
        guard let root = rows.assets.first else { throw CatalogStore.noAsset(id) }
        if let parent = target.parent { try CatalogStore.keepParent(parent, connection) }
        let name = try freeName(root.name, connection)
        let copy = try copy(root, as: name, under: target.parent, connection)
        var level = [id]
        while !level.isEmpty {
            var next: [AssetID] = []
            for parent in level {
                let ids = try connection.query(
                    "SELECT id FROM asset WHERE parent_asset_id = \(parent.rawValue) ORDER BY id"
                )
                for row in 0..<ids.count {
                    let child = try CatalogReader.row(.asset, try ids.int(row, 0), connection)
                    // A copy below the original is not copied into itself.
                    guard let asset = child.assets.first, mayCopy(asset),
                        !made.contains(where: { $0.id == asset.id })
                    else { continue }
                    let place = numbers.assets[parent]
                    _ = try self.copy(asset, as: asset.name, under: place, connection)
                    next.append(asset.id)
                }
            }
            level = next
        }
        for (id, fields) in made {
            var fields = fields
            fields.sensorsToShow = mapped(fields.sensorsToShow, numbers)
            fields.sensorsToShowAsKPIs = mapped(fields.sensorsToShowAsKPIs, numbers)
            fields.flexContext = mapped(fields.flexContext, numbers)
            fields.flexModel = mapped(fields.flexModel, numbers)
            try CatalogStore.update(id, fields, connection)
        }
        return copy
    }

    private mutating func copy(
        _ asset: Asset,
        as name: String,
        under parent: AssetID?,
        _ connection: borrowing PostgresConnection
    ) throws -> AssetID {
        var fields = NewAsset(asset)
        (fields.name, fields.account, fields.parent) = (name, target.account, parent)
        fields.externalID = nil
        let id = AssetID(try CatalogStore.insert(fields, connection))
        numbers.assets[asset.id] = id
        made.append((id, fields))
        changes.insert(.asset, id.rawValue)
        records.append(
            RecordedChange(
                "asset.created",
                subject: "asset:\(id)",
                account: target.account?.rawValue,
                details: ["name": name, "copy of": "asset:\(asset.id)"]
            )
        )
        let sensors = try connection.query(
            "SELECT id FROM sensor WHERE asset_id = \(asset.id.rawValue) ORDER BY id"
        )
        for row in 0..<sensors.count {
            let sensor = try sensors.int(row, 0)
            let copied = try connection.query(
                """
                INSERT INTO sensor (name, unit, timezone, event_resolution,
                    knowledge_horizon_fnc, knowledge_horizon_par, asset_id, attributes)
                SELECT name, unit, timezone, event_resolution, knowledge_horizon_fnc,
                    knowledge_horizon_par, \(id.rawValue), attributes
                FROM sensor WHERE id = \(sensor) RETURNING id
                """
            ).int(0, 0)
            numbers.sensors[SensorID(sensor)] = SensorID(copied)
            changes.insert(.sensor, copied)
        }
        return id
    }

    /// The name itself if nobody has it there, else with the first free number.
    private func freeName(
        _ name: String,
        _ connection: borrowing PostgresConnection
    ) throws -> String {
        let rows = try connection.query(
            """
            SELECT name FROM asset
            WHERE parent_asset_id IS NOT DISTINCT FROM \(target.parent?.rawValue)::bigint
                AND (parent_asset_id IS NOT NULL
                    OR account_id IS NOT DISTINCT FROM \(target.account?.rawValue)::bigint)
            """
        )
        let taken = Set((0..<rows.count).map { rows.string($0, 0) })
        var number = 1
        while true {
            let suffix = number == 1 ? " (Copy)" : " (Copy \(number))"
            let room = 80 - suffix.unicodeScalars.count
            let start = String(String.UnicodeScalarView(name.unicodeScalars.prefix(room)))
            if !taken.contains(start + suffix) { return start + suffix }
            number += 1
        }
    }
}
