package import Model

/// Whose assets are, and what they are part of: the facts that decisions about them need.
extension CatalogStore {
    /// To whom an asset belongs, with its sensors; not the assets below it. Nil if there is no such
    /// asset, or if its account is not known (yet).
    package func owner(of asset: AssetID) -> SensorOwnership? {
        guard let owned = self.asset(asset) else { return nil }
        guard let account = owned.account else {
            return SensorOwnership(asset: asset, account: nil, consultancy: nil)
        }
        // An asset whose account is not known must not pass for a public one.
        guard let owner = self.account(account) else { return nil }
        return SensorOwnership(asset: asset, account: account, consultancy: owner.consultancy)
    }

    /// The assets above `asset`, nearest first; none for one that does not exist.
    package func ancestors(of asset: AssetID) -> [AssetID] {
        // A loop in the tree, which the writing functions refuse, must not hang the readers.
        var seen: Set<AssetID> = [asset]
        var found: [AssetID] = []
        var next = self.asset(asset)?.parent
        while let parent = next, seen.insert(parent).inserted {
            found.append(parent)
            next = self.asset(parent)?.parent
        }
        return found
    }
}
