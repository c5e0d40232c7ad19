internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `/api/v3_0/assets`: things that are measured or steered, in trees. Lists: `AssetListing`.
struct AssetRoutes: Sendable {
    let structure: Structure
    let removal: BeliefRemoval

    var routes: [Route] {
        [
            Route(.post, "/api/v3_0/assets", .users, structure.handler(create)),
            Route(.get, "/api/v3_0/assets/{id}", .on(.asset, .read), structure.handler(show)),
            Route(
                .patch,
                "/api/v3_0/assets/{id}",
                .on(.asset, .update),
                structure.handler(update)
            ),
            Route(
                .delete,
                "/api/v3_0/assets/{id}",
                .on(.asset, .delete),
                structure.handler(delete)
            ),
            Route(
                .get,
                "/api/v3_0/assets/{id}/jobs",
                .on(.assetJob, .read),
                structure.handler(jobs)
            ),
        ]
    }

    private var catalog: CatalogStore { structure.catalog }

    private func show(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        let visibility = Visibility(principal, catalog)
        return Answer(
            200,
            StructureDocuments.asset(asset, for: visibility).with("status", 200)
        )
    }

    /// None yet: nothing is computed.
    private func jobs(_ call: Call, _ principal: Principal) async throws -> Answer {
        Answer(200, ["jobs": .array([]), "redis_connection_err": .null, "status": 200])
    }

    // MARK: create

    private func create(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var fields = try await structure.fields(call)
        let parent = try parent(&fields, visibility)
        let owner = try owner(&fields, parent, visibility)
        let isOwnerKnown = !fields.errors.contains("account_id")
        if parent == nil, let owner {
            guard let owner = visibility.owner(owner),
                visibility.may(.createChildren, .topLevelAssets(owner))
            else { throw Refusal.forbidden }
        }
        let given = AssetFields(&fields, isNew: true, in: catalog)
        try fields.check()
        // A public asset names nobody's objects, so faults of fields may be told before.
        if parent == nil, owner == nil, isOwnerKnown {
            guard visibility.may(.createChildren, .topLevelAssets(.everyone)) else {
                throw Refusal.forbidden
            }
        }
        guard let name = given.name, let type = given.type else { throw Refusal.forbidden }
        try AssetSettings(visibility: visibility).check(given)
        var new = NewAsset(name: name, type: type, account: owner, parent: parent?.id)
        given.apply(to: &new)
        let asset = try await catalog.addAsset(new, trail: structure.trail(call))
        return Answer(201, StructureDocuments.asset(asset, for: visibility))
    }

    /// The parent that the body names.
    ///
    /// - Throws: 403 unless the caller may add to it, which nobody may to one that is missing.
    private func parent(
        _ fields: inout StructureFields,
        _ visibility: Visibility
    ) throws -> Asset? {
        let number = fields.integer("parent_asset_id", isNullable: true)
        guard let number else { return nil }
        // Whose account may not take assets hears of that first, as in FlexMeasures, and nothing of
        // the parent.
        if isForeignOwner(&fields, visibility) { return nil }
        guard let parent = catalog.asset(AssetID(number)) else {
            guard visibility.seesMissing else { throw Refusal.forbidden }
            let text = "Parent GenericAsset with id \(number) doesn't exist."
            fields.fault("parent_asset_id", text)
            return nil
        }
        guard visibility.may(.createChildren, parent) else { throw Refusal.forbidden }
        return parent
    }

    private func isForeignOwner(
        _ fields: inout StructureFields,
        _ visibility: Visibility
    ) -> Bool {
        guard case .integer(let number)? = fields.members["account_id"] else { return false }
        let owner = visibility.owner(AccountID(number)) ?? .installation
        return !visibility.may(.update, .assetOwnership(owner))
    }

    /// Whose the asset is to be; without an account the parent's, or nobody's without a parent.
    private func owner(
        _ fields: inout StructureFields,
        _ parent: Asset?,
        _ visibility: Visibility
    ) throws -> AccountID? {
        guard fields.has("account_id") else { return parent?.account }
        if fields.isNull("account_id") {
            fields.fault("account_id", "Account with Id None doesn't exist.")
            return nil
        }
        return ownerToBe(&fields, visibility)
    }

    /// The account in `account_id`, if the caller may put assets there. Missing and foreign accounts
    /// are refused alike.
    private func ownerToBe(
        _ fields: inout StructureFields,
        _ visibility: Visibility
    ) -> AccountID? {
        guard let number = fields.integer("account_id", isNullable: true) else { return nil }
        let owner = visibility.owner(AccountID(number))
        if visibility.may(.update, .assetOwnership(owner ?? .installation)) {
            if owner != nil { return AccountID(number) }
            fields.fault("account_id", "Account with Id \(number) doesn't exist.")
        } else {
            fields.fault("account_id", Self.notForThem)
        }
        return nil
    }

    // MARK: update and delete

    private func update(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        let visibility = Visibility(principal, catalog)
        let body = try await call.body(byteCountMax: Double(structure.bodyByteCountMax))
        guard body.isJSON, !body.bytes.isEmpty,
            let members = try body.members(location: StructureFields.location)
        else { return Answer(400, ["description": "Not a JSON.", "status": 400]) }
        var fields = StructureFields(members)
        if fields.isEmpty { return .unprocessable(json: "No JSON data provided.") }
        let owner = newOwner(&fields, of: asset, visibility)
        let parent = try newParent(&fields, of: asset, owner, visibility)
        let given = AssetFields(&fields, isNew: false, in: catalog)
        try fields.check()
        try AssetSettings(visibility: visibility).check(given)
        let changed = try await catalog.updateAsset(
            asset.id,
            trail: structure.trail(call)
        ) { wanted throws(CatalogError) in
            // Its owner decides who may do this, and may be another one since the gate decided.
            guard wanted.account == asset.account else {
                throw .missing(field: "id", message: "No asset found with ID \(asset.id).")
            }
            if let owner { wanted.account = owner }
            if let parent { wanted.parent = parent }
            given.apply(to: &wanted)
        }
        return Answer(
            200,
            StructureDocuments.asset(changed, for: visibility).with("status", 200)
        )
    }

    /// Whose it is to be; nil to leave that alone. To give it away takes more than to change it.
    private func newOwner(
        _ fields: inout StructureFields,
        of asset: Asset,
        _ visibility: Visibility
    ) -> AccountID?? {
        guard fields.has("account_id") else { return nil }
        let wanted: AccountID??
        if fields.isNull("account_id") {
            // Public assets are the admins'.
            let isAllowed = visibility.may(.createChildren, .topLevelAssets(.everyone))
            wanted = isAllowed ? .some(nil) : nil
        } else {
            wanted = ownerToBe(&fields, visibility).map { .some($0) }
        }
        let present = asset.account.map { visibility.owner($0) ?? .installation } ?? .everyone
        if let wanted,
            wanted == asset.account || visibility.may(.delete, .assetOwnership(present))
        {
            return wanted
        }
        if !fields.errors.contains("account_id") { fields.fault("account_id", Self.notForThem) }
        return nil
    }

    private static let notForThem = "User is not allowed to create assets for this account."

    /// Under which asset it is to be put; nil to leave it where it is. Missing and foreign parents
    /// are refused alike.
    private func newParent(
        _ fields: inout StructureFields,
        of asset: Asset,
        _ owner: AccountID??,
        _ visibility: Visibility
    ) throws -> AssetID?? {
        guard fields.has("parent_asset_id") else { return nil }
        if fields.isNull("parent_asset_id") {
            let account = owner ?? asset.account
            let facts = Facts.topLevelAssets(
                account.flatMap { visibility.owner($0) } ?? .everyone
            )
            // To be a top-level asset, one must be allowed to make one.
            guard asset.parent == nil || visibility.may(.createChildren, facts) else {
                throw Refusal.forbidden
            }
            return .some(nil)
        }
        guard let number = fields.integer("parent_asset_id") else { return nil }
        let parent = catalog.asset(AssetID(number))
        guard let parent, parent.account == (owner ?? asset.account) else {
            let text =
                parent == nil && visibility.seesMissing
                ? "Parent GenericAsset with id \(number) doesn't exist."
                : "Parent asset must belong to the same account as the child asset."
            fields.fault("parent_asset_id", text)
            return nil
        }
        guard visibility.may(.createChildren, parent) else { throw Refusal.forbidden }
        return .some(parent.id)
    }

    private func delete(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        // What lies below may belong to somebody else, who then decides too.
        let visibility = Visibility(principal, catalog)
        for part in catalog.offspring(of: asset.id) where part.account != asset.account {
            guard visibility.may(.delete, part) else { throw Refusal.forbidden }
        }
        let sensors = try await catalog.deleteAsset(
            asset.id,
            of: asset.account,
            trail: structure.trail(call),
            withoutReferences: SensorReferences.removal
        )
        await removal.remove(sensors)
        return Answer(204, [])
    }
}
