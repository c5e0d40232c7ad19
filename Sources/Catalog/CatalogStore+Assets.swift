package import Model
package import Postgres

extension CatalogStore {
    package func addAsset(
        _ new: NewAsset,
        trail: (any ChangeTrail)? = nil
    ) async throws(CatalogError) -> Asset {
        try Self.check(new)
        let rows = try await write(
            .asset,
            refusals: Refusals.asset(new),
            trail: trail,
            record: { $0.assets.map { .created($0) } }
        ) { connection in
            try Self.checkJSON(of: new, connection)
            if let parent = new.parent {
                try Self.keepParent(parent, connection)
            }
            return try Self.insert(new, connection)
        }
        return try only(rows.assets)
    }

    /// What can be told of an asset's fields without asking anybody.
    static func check(_ new: NewAsset) throws(CatalogError) {
        try FieldRules.checkName(new.name, lengthMax: 80)
        try FieldRules.checkText(new.description, field: "description")
        try FieldRules.checkText(new.externalID, field: "external_id", lengthMax: 80)
        try FieldRules.checkDegrees(new.latitude, field: "latitude", limit: 90)
        try FieldRules.checkDegrees(new.longitude, field: "longitude", limit: 180)
    }

    /// - Returns: the new row's id.
    static func insert(
        _ new: NewAsset,
        _ connection: borrowing PostgresConnection
    ) throws -> Int64 {
        try connection.query(
            """
            INSERT INTO asset (name, description, latitude, longitude, asset_type_id,
                account_id, parent_asset_id, external_id, attributes, sensors_to_show,
                sensors_to_show_as_kpis, flex_context, flex_model)
            VALUES (\(new.name), \(new.description), \(new.latitude), \(new.longitude),
                \(new.type.rawValue), \(new.account?.rawValue), \(new.parent?.rawValue),
                \(new.externalID), \(new.attributes)::jsonb, \(new.sensorsToShow)::jsonb,
                \(new.sensorsToShowAsKPIs)::jsonb, \(new.flexContext)::jsonb,
                \(new.flexModel)::jsonb)
            RETURNING id
            """
        ).int(0, 0)
    }

    /// Moves an asset, with all below it, under another parent; to the top level for nil.
    ///
    /// - Throws: `.invalid` on `parent_asset_id` if the parent is the asset itself, is below it, or
    ///   belongs to another account.
    package func moveAsset(
        _ id: AssetID,
        under parent: AssetID?
    ) async throws(CatalogError) -> Asset {
        // The name is known inside only; the messages name the place.
        let refusals = Refusals.movedAsset(id, under: parent)
        let rows = try await write(.asset, refusals: refusals) { connection in
            // One move at a time: two that are fine alone may close a loop together. Any number
            // does that means this to all versions of Penstock; "asset" in ASCII.
            try connection.query("SELECT pg_advisory_xact_lock(x'6173736574'::bigint)")
            let moved = try connection.query(
                "SELECT account_id FROM asset WHERE id = \(id.rawValue) FOR UPDATE"
            )
            guard moved.count == 1 else {
                throw CatalogError.missing(field: "id", message: "No asset found with ID \(id).")
            }
            if let parent {
                let account = try moved.optionalInt(0, 0).map(AccountID.init)
                try Self.checkParent(parent, account: account, connection)
                try Self.checkNotAbove(parent, asset: id, connection)
            }
            try connection.query(
                """
                UPDATE asset SET parent_asset_id = \(parent?.rawValue) WHERE id = \(id.rawValue)
                """
            )
            return id.rawValue
        }
        return try only(rows.assets)
    }

    /// Keeps `parent` as it is until the transaction ends. A new asset may lie below one of another
    /// account: the policy has decided about both.
    ///
    /// - Returns: the parent's account.
    @discardableResult
    static func keepParent(
        _ parent: AssetID,
        _ connection: borrowing PostgresConnection
    ) throws -> AccountID? {
        let found = try connection.query(
            "SELECT account_id FROM asset WHERE id = \(parent.rawValue) FOR SHARE"
        )
        guard found.count == 1 else { throw Refusals.noParent(parent) }
        return try found.optionalInt(0, 0).map(AccountID.init)
    }

    /// Checks that an asset of `account` may be moved under `parent`, and keeps it so until the
    /// transaction ends.
    static func checkParent(
        _ parent: AssetID,
        account: AccountID?,
        _ connection: borrowing PostgresConnection
    ) throws {
        guard try keepParent(parent, connection) == account else {
            throw CatalogError.invalid(
                field: "parent_asset_id",
                message: "Parent asset must belong to the same account as the child asset."
            )
        }
    }

    /// Checks that `asset` is neither `parent` nor above it.
    static func checkNotAbove(
        _ parent: AssetID,
        asset: AssetID,
        _ connection: borrowing PostgresConnection
    ) throws {
        // UNION drops what was found before, so that even a loop comes to an end.
        let found = try connection.query(
            """
            WITH RECURSIVE above (id) AS (
                SELECT \(parent.rawValue)
                UNION
                SELECT parent_asset_id FROM asset JOIN above USING (id)
                WHERE parent_asset_id IS NOT NULL
            )
            SELECT 1 FROM above WHERE id = \(asset.rawValue)
            """
        )
        guard found.count == 0 else {
            throw CatalogError.invalid(
                field: "parent_asset_id",
                message: "An asset cannot be its own parent or lie below itself."
            )
        }
    }

    static func checkJSON(
        of new: NewAsset,
        _ connection: borrowing PostgresConnection
    ) throws {
        let fields = [
            ("attributes", "object", new.attributes),
            ("sensors_to_show", "array", new.sensorsToShow),
            ("sensors_to_show_as_kpis", "array", new.sensorsToShowAsKPIs),
            ("flex_context", "object", new.flexContext),
            ("flex_model", "object", new.flexModel),
        ]
        for (field, type, text) in fields {
            try FieldRules.checkJSON(text, field: field, type: type, connection)
        }
    }
}
