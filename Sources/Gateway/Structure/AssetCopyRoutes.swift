internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `POST /api/v3_0/assets/<id>/copy`: an asset with all below it, without data.
struct AssetCopyRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(
                .post,
                "/api/v3_0/assets/{id}/copy",
                .on(.asset, .read),
                structure.handler(copy)
            )
        ]
    }

    private var catalog: CatalogStore { structure.catalog }

    private func copy(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(
            call,
            aliases: ["account_id": "account", "parent_asset": "parent"]
        )
        let account = try query.integer("account").map { try owner($0, &query, visibility) }
        let parent = try query.integer("parent").map { try self.parent($0, &query, visibility) }
        let target = CopyTarget(
            account: account ?? parent.map { $0?.account } ?? asset.account,
            parent: parent.map { $0?.id } ?? (account == nil ? asset.parent : nil)
        )
        try query.check()
        try requireCreation(target, visibility)
        if let parent = target.parent,
            parent == asset.id || catalog.ancestors(of: parent).contains(asset.id)
        {
            return .unprocessable(
                json:
                    "Invalid copy target parent: cannot copy an asset to itself or any of its descendants."
            )
        }
        let copy = try await catalog.copyAsset(
            asset.id,
            to: target,
            trail: structure.trail(call),
            mayCopy: { visibility.mayRead($0) },
            mapped: { json, numbers in
                // What is copied refers to its copy; what is outside stays if it is public or the
                // target's own.
                SensorReferences.mapped(
                    json,
                    sensor: { id in
                        if let copied = numbers.sensors[id] { return copied }
                        guard let owner = catalog.owner(of: id) else { return nil }
                        return owner.account == nil || owner.account == target.account ? id : nil
                    },
                    asset: { id in
                        if let copied = numbers.assets[id] { return copied }
                        guard let owner = catalog.owner(of: id) else { return nil }
                        return owner.account == nil || owner.account == target.account ? id : nil
                    }
                )
            }
        )
        return Answer(
            201,
            [
                "asset": .integer(copy.rawValue),
                "message": .string("Successfully copied asset \(asset.id) \(place(target))."),
                "status": 201,
            ]
        )
    }

    private func place(_ target: CopyTarget) -> String {
        if let parent = target.parent { return "to parent asset \(parent)" }
        return target.account.map { "to account \($0)" } ?? "as a public asset"
    }

    /// Who may put assets into an account that is not their own may also copy there.
    private func owner(
        _ number: Int64,
        _ query: inout StructureQuery,
        _ visibility: Visibility
    ) throws -> AccountID {
        let owner = visibility.owner(AccountID(number))
        guard visibility.may(.update, .assetOwnership(owner ?? .installation)) else {
            throw Refusal.forbidden
        }
        if owner == nil { query.fault("account", "No account found with id \(number).") }
        return AccountID(number)
    }

    private func parent(
        _ number: Int64,
        _ query: inout StructureQuery,
        _ visibility: Visibility
    ) throws -> Asset? {
        if let parent = catalog.asset(AssetID(number)) {
            guard visibility.may(.createChildren, parent) else { throw Refusal.forbidden }
            return parent
        }
        guard visibility.seesMissing else { throw Refusal.forbidden }
        query.fault("parent", "No asset found with ID \(number).")
        return nil
    }

    /// - Throws: 403 unless the caller may make an asset there.
    private func requireCreation(_ target: CopyTarget, _ visibility: Visibility) throws {
        if let parent = target.parent {
            guard let parent = catalog.asset(parent), visibility.may(.createChildren, parent) else {
                throw Refusal.forbidden
            }
            return
        }
        var owner = Facts.Owner.everyone
        if let account = target.account {
            guard let known = visibility.owner(account) else { throw Refusal.forbidden }
            owner = known
        }
        guard visibility.may(.createChildren, .topLevelAssets(owner)) else {
            throw Refusal.forbidden
        }
    }
}
