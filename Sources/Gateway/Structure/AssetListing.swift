internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// Lists of assets, and of their types.
struct AssetListing: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(.get, "/api/v3_0/assets", .users, structure.handler(list)),
            // Before the routes with a number in this place.
            Route(.get, "/api/v3_0/assets/public", .users, structure.handler(listPublic)),
            Route(
                .get,
                "/api/v3_0/assets/types",
                .having(.read, Facts.assetTypes),
                structure.handler(types)
            ),
        ]
    }

    private var catalog: CatalogStore { structure.catalog }

    static let fieldNames: Set<String> = [
        "id", "name", "description", "account_id", "owner", "latitude", "longitude",
        "generic_asset_type_id", "generic_asset_type", "attributes", "parent_asset_id",
        "child_assets", "sensors", "sensors_to_show", "flex_context", "flex_model",
        "sensors_to_show_as_kpis", "external_id",
    ]

    private func list(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(call, aliases: ["account_id": "account"])
        let account = try query.integer("account").map { try visibility.readableAccount($0) }
        let rootID = query.integer("root")
        let depth = query.integer("depth", min: 0)
        let isAllAccessible = query.flag("all_accessible")
        let includesPublic = query.flag("include_public")
        let type = type(&query)
        let fields = fields(&query)
        let terms = query.terms()
        let paging = query.paging(sortedBy: ["id", "name", "owner"])
        let root = try rootID.map { try readableRoot($0, visibility) }
        try query.check()

        var assets: [Asset]
        if let account {
            assets = catalog.assets(of: account.id)
        } else if isAllAccessible || root != nil {
            assets = catalog.assets().filter { $0.account != nil }
        } else {
            assets = catalog.assets(of: principal.account)
        }
        if account == nil, isAllAccessible || includesPublic || root != nil {
            assets += catalog.assets(of: nil)
        }
        // Every row is decided by itself: no foreign rows, and no foreign counts.
        assets = assets.filter { asset in
            (type.map { $0 == asset.type } ?? true) && visibility.mayRead(asset)
        }
        let count = assets.count
        let within = within(root, depth)
        assets = assets.filter { asset in
            within(asset)
                && SearchTerms.match(
                    terms,
                    names: [asset.name, owner(of: asset)],
                    number: asset.id.rawValue
                )
        }
        assets.sort { $0.id < $1.id }
        switch paging.sortKey {
        case "id": assets = paging.sorted(assets) { $0.id }
        case "name": assets = paging.sorted(assets) { ScalarOrder($0.name) }
        case "owner": assets = paging.sorted(assets) { ScalarOrder(owner(of: $0) ?? "") }
        default: break
        }
        return try paging.answer(assets, count: count) { document($0, fields, visibility) }
    }

    private func listPublic(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(call)
        let fields = fields(&query)
        try query.check()
        let assets = catalog.assets(of: nil).filter { visibility.mayRead($0) }
        return Answer(list: assets.map { .object(document($0, fields, visibility)) })
    }

    private func types(_ call: Call, _ principal: Principal) async throws -> Answer {
        Answer(list: catalog.assetTypes().map { .object(CatalogDocuments.assetType($0)) })
    }

    private func owner(of asset: Asset) -> String? {
        asset.account.flatMap { catalog.account($0)?.name }
    }

    private func document(
        _ asset: Asset,
        _ fields: [String]?,
        _ visibility: Visibility
    ) -> JSONObject {
        let whole = StructureDocuments.asset(asset, for: visibility)
        guard let fields else { return whole }
        var part = JSONObject()
        for field in fields { part[field] = whole[field] }
        return part
    }

    private func type(_ query: inout StructureQuery) -> AssetTypeID? {
        guard let number = query.integer("asset_type") else { return nil }
        if catalog.assetType(AssetTypeID(number)) == nil {
            query.fault("asset_type", "No generic asset type found with id \(number).")
        }
        return AssetTypeID(number)
    }

    private func fields(_ query: inout StructureQuery) -> [String]? {
        guard let text = query["fields"] else { return nil }
        let names = text.split(separator: "|").map(String.init)
        for name in names where !Self.fieldNames.contains(name) {
            query.fault("fields", "Parameter '\(name.prefix(80))' is not a valid asset field.")
        }
        return names
    }

    private func readableRoot(_ id: Int64, _ visibility: Visibility) throws -> Asset {
        guard let asset = catalog.asset(AssetID(id)) else {
            guard visibility.seesMissing else { throw Refusal.forbidden }
            throw RequestRefusal.unprocessable(
                FieldErrors(location: "query", field: "root", "No asset found with ID \(id).")
            )
        }
        guard visibility.mayRead(asset) else { throw Refusal.forbidden }
        return asset
    }

    /// Whether an asset is at most `depth` steps below the root, or below the top.
    private func within(_ root: Asset?, _ depth: Int64?) -> (Asset) -> Bool {
        if root == nil, depth == nil { return { _ in true } }
        return { asset in
            let above = catalog.ancestors(of: asset.id)
            let distance: Int?
            if let root {
                distance =
                    asset.id == root.id ? 0 : above.firstIndex(of: root.id).map { $0 + 1 }
            } else {
                distance = above.count
            }
            guard let distance else { return false }
            return depth.map { Int64(distance) <= $0 } ?? true
        }
    }
}

/// Text in the order of its code points, as the database sorts it.
struct ScalarOrder: Comparable {
    private let text: String

    init(_ text: String) { self.text = text }

    static func < (left: ScalarOrder, right: ScalarOrder) -> Bool {
        left.text.unicodeScalars.lexicographicallyPrecedes(right.text.unicodeScalars)
    }
}
