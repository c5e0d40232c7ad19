package import Model

/// What another system's database says there is, under the ids that it has there.
package struct ImportedStructure: Sendable {
    /// A row to be, and its id.
    package struct Row<New: Sendable>: Sendable {
        package let id: Int64
        package var new: New

        package init(id: Int64, _ new: New) { (self.id, self.new) = (id, new) }
    }

    /// A role of accounts, or a type of assets.
    package struct Kind: Sendable {
        package let name: String
        package let description: String?

        package init(name: String, description: String?) {
            (self.name, self.description) = (name, description)
        }
    }

    /// A source; `user` for those of type `user`.
    package struct Source: Sendable {
        package var new: NewSource
        package let user: UserID?

        package init(_ new: NewSource, user: UserID?) { (self.new, self.user) = (new, user) }
    }

    /// A note and what it is tied to.
    package struct Note: Sendable {
        package let new: NewAnnotation
        package var targets: [AnnotationTarget]

        package init(_ new: NewAnnotation, targets: [AnnotationTarget]) {
            (self.new, self.targets) = (new, targets)
        }
    }

    package var accountRoles: [Row<Kind>] = []
    package var accounts: [Row<NewAccount>] = []
    package var assetTypes: [Row<Kind>] = []
    package var assets: [Row<NewAsset>] = []
    package var sensors: [Row<NewSensor>] = []
    package var sources: [Row<Source>] = []
    package var annotations: [Row<Note>] = []

    package init() {}

    /// The assets so ordered that parents come before what is below them.
    ///
    /// - Throws: `.invalid` if an asset lies below itself or below one that does not exist.
    func assetsFromTheTop() throws(CatalogError) -> [Row<NewAsset>] {
        var below: [AssetID?: [Row<NewAsset>]] = [:]
        for asset in assets { below[asset.new.parent, default: []].append(asset) }
        var ordered = below[nil] ?? []
        var next = 0
        while next < ordered.count {
            ordered += below[AssetID(ordered[next].id)] ?? []
            next += 1
        }
        guard ordered.count == assets.count else {
            throw .invalid(
                field: "parent_asset_id",
                message:
                    "\(assets.count - ordered.count) assets have no way up to a top-level asset."
            )
        }
        return ordered
    }
}
