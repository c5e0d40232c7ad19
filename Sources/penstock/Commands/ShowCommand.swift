import ArgumentParser
import Auth
import Catalog
import Gateway
import Model

/// `penstock show …`: prints what there is.
struct ShowCommand: AsyncParsableCommand {
    /// What can be shown: all of a kind, or one with `--id`.
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case accounts, account, users, user, assets, asset, sensors, sensor, sources, source
        case assetTypes = "asset-types"
        case dataSources = "data-sources"
        case roles
    }

    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print accounts, users, assets, sensors, sources, asset types or roles."
    )

    @Argument(
        help: "accounts, users, assets, sensors, sources, asset-types, roles; or one, with --id."
    )
    var kind: Kind
    @Option(help: "Id of the one to show.") var id: Int64?
    @Option(
        name: [.customLong("account"), .customLong("account-id")],
        help: "Only of this account."
    )
    var account: Int64?
    @Option(help: "Only of this asset.") var asset: Int64?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let found = try await documents(access)
            guard let id else {
                Output.print(found, json: output.json)
                return
            }
            guard let one = found.first(where: { $0["id"] == .integer(id) }) else {
                throw CommandError("\(kind.rawValue): there is none with id \(id)")
            }
            Output.print(one, json: output.json)
        }
    }

    func validate() throws {
        let single: Set<Kind> = [.account, .user, .asset, .sensor, .source]
        if single.contains(kind) && id == nil {
            throw ValidationError("show \(kind.rawValue) needs --id")
        }
    }

    private func documents(_ access: StoreAccess) async throws -> [JSONObject] {
        let catalog = access.catalog
        let account = account.map { AccountID($0) }
        switch kind {
        case .accounts, .account: return catalog.accounts().map(CatalogDocuments.account)
        case .users, .user:
            let users = try await access.authenticator().directory.users()
            return users.filter { account == nil || $0.account == account }
                .map(CatalogDocuments.user)
        case .assets, .asset:
            return catalog.assets().filter { account == nil || $0.account == account }
                .map { CatalogDocuments.asset($0, in: catalog) }
        case .sensors, .sensor:
            if let asset { return catalog.sensors(of: AssetID(asset)).map(CatalogDocuments.sensor) }
            return catalog.sensors(limit: .max).map(CatalogDocuments.sensor)
        case .sources, .source, .dataSources: return catalog.sources().map(CatalogDocuments.source)
        case .assetTypes: return catalog.assetTypes().map(CatalogDocuments.assetType)
        case .roles:
            return catalog.accountRoles().map { role in
                ["id": .integer(role.id.rawValue), "name": .string(role.name)]
            }
        }
    }
}
