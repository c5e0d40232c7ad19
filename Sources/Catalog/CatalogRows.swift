/// Rows as they were read from the database at one moment.
struct CatalogRows: Sendable {
    var accountRoles: [AccountRole] = []
    var accounts: [Account] = []
    var assetTypes: [AssetType] = []
    var assets: [Asset] = []
    var sensors: [Sensor] = []
    var sources: [DataSource] = []
}
