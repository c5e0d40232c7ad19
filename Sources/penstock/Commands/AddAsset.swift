import ArgumentParser
import Catalog
import Gateway
import Model

struct AddAssetType: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asset-type",
        abstract: "Create an asset type."
    )

    @Option(help: "Unique name.") var name: String
    @Option(help: "What it is.") var description: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store) { access in
            let type = try await access.catalog.addAssetType(name: name, description: description)
            Output.print(CatalogDocuments.assetType(type), json: output.json)
        }
    }
}

struct AddAsset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "asset",
        abstract: "Create an asset: of an account, or a public one."
    )

    @Option(help: "Name, unique among its siblings.") var name: String
    @Option(parsing: .unconditional, help: "Degrees north.") var latitude: Double?
    @Option(parsing: .unconditional, help: "Degrees east.") var longitude: Double?
    @Option(
        name: [.customLong("account"), .customLong("account-id")],
        help: "Id of the account; without it the asset is public."
    )
    var account: Int64?
    @Option(
        name: [.customLong("asset-type"), .customLong("asset-type-id")],
        help: "Name or id of the asset type."
    )
    var assetType: String
    @Option(help: "Id of the asset that this one is a part of.") var parentAsset: Int64?
    @Option(help: "What it is.") var description: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store) { access in
            let types = access.catalog.assetTypes()
            let type = types.first { $0.name == assetType || String($0.id.rawValue) == assetType }
            guard let type else {
                let names = types.map(\.name).joined(separator: ", ")
                throw CommandError("asset-type: `\(assetType)` is none of \(names)")
            }
            let asset = try await access.catalog.addAsset(
                NewAsset(
                    name: name,
                    type: type.id,
                    account: account.map { AccountID($0) },
                    parent: parentAsset.map { AssetID($0) },
                    description: description,
                    latitude: latitude,
                    longitude: longitude
                )
            )
            Output.print(CatalogDocuments.asset(asset, in: access.catalog), json: output.json)
        }
    }
}
