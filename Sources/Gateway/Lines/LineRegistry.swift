internal import Catalog
internal import Model
internal import Synchronization

/// The databases that clients of line protocol write to: for each account, assets by name.
final class LineRegistry: Sendable {
    private struct Key: Hashable {
        let account: AccountID
        let name: String
    }

    /// What the assets of databases are in the catalog.
    static let typeName = "line database"
    static let typeDescription = "series that arrive as line protocol"

    private let catalog: CatalogStore
    private let databases = Mutex<[Key: LineDatabase]>([:])

    init(catalog: CatalogStore) { self.catalog = catalog }

    /// The database of this name, as the catalog is now; nil if there is no such asset.
    ///
    /// Cost: two locks. The first time, and after a sensor of the asset has gone or changed, all
    /// sensors of the asset are read: below a second for a million.
    func database(named name: String, account: AccountID) -> LineDatabase? {
        let key = Key(account: account, name: name)
        if let known = databases.withLock({ $0[key] }),
            catalog.sensorGeneration(of: known.asset) == known.generation
        {
            return known
        }
        let asset = catalog.assets(of: account).first { $0.parent == nil && $0.name == name }
        guard let asset, let generation = catalog.sensorGeneration(of: asset.id) else {
            databases.withLock { $0[key] = nil }
            return nil
        }
        let database = LineDatabase(asset: asset.id, generation: generation, catalog: catalog)
        databases.withLock { $0[key] = database }
        return database
    }

    /// Creates the database's asset, if it is not there.
    func makeDatabase(
        named name: String,
        account: AccountID
    ) async throws(CatalogError) -> LineDatabase {
        _ = try await catalog.ensureAsset(
            named: name,
            account: account,
            typeName: Self.typeName,
            typeDescription: Self.typeDescription
        )
        guard let database = database(named: name, account: account) else {
            throw .missing(field: "generic_asset_id", message: "The database was just deleted.")
        }
        return database
    }

    /// Series of an account: sensors of its databases, and of `asset`.
    func seriesCount(of account: AccountID, with asset: AssetID?) -> Int {
        let type = catalog.assetTypes().first { $0.name == Self.typeName }?.id
        return catalog.assets(of: account).reduce(0) { count, candidate in
            guard candidate.type == type || candidate.id == asset else { return count }
            return count + catalog.sensorCount(of: candidate.id)
        }
    }
}
