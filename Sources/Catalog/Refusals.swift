import Model
import Postgres

/// What it means to the caller when a constraint of the database refuses a write. Asking the
/// constraint, not the tables beforehand, holds against others who write at the same time.
struct Refusals: Sendable {
    /// By the constraint's name; no name is part of another.
    private var errors: [String: CatalogError] = [:]

    init(_ errors: [String: CatalogError] = [:]) { self.errors = errors }

    /// - Returns: nil if the error is not a refusal that was foreseen.
    func meaning(of error: PostgresError) -> CatalogError? {
        // Class 23: integrity constraint violation. Messages quote the constraint in every
        // language.
        guard case .server(let sqlState, let message) = error, sqlState.hasPrefix("23") else {
            return nil
        }
        return errors.first { message.contains($0.key) }?.value
    }

    /// For a name that is unique in its table.
    static func named(_ constraint: String, _ noun: String, _ name: String) -> Refusals {
        let article = noun.first.map { "aeiou".contains($0) } == true ? "An" : "A"
        let message = "\(article) \(noun) with name '\(name)' already exists."
        return Refusals([constraint: .duplicate(field: "name", message: message)])
    }

    static func account(_ new: NewAccount) -> Refusals {
        var refusals = named("account_name_key", "account", new.name)
        refusals.errors["account_consultancy_fkey"] =
            new.consultancy.map { noAccount($0.rawValue, "consultancy_account_id") }
        return refusals
    }

    static func asset(_ new: NewAsset) -> Refusals {
        var refusals = Refusals([
            "asset_type_fkey": .missing(
                field: "generic_asset_type_id",
                message: "GenericAssetType with id \(new.type) doesn't exist."
            )
        ])
        let title = "An asset with the name '\(new.name)'"
        refusals.addNames(title, account: new.account, parent: new.parent)
        if let account = new.account {
            refusals.errors["asset_account_fkey"] = noAccount(account.rawValue, "account_id")
            refusals.errors["asset_external_id_key"] = .duplicate(
                field: "external_id",
                message: "An asset with this external ID already exists in account \(account)."
            )
        }
        return refusals
    }

    static func movedAsset(_ id: AssetID, under parent: AssetID?) -> Refusals {
        var refusals = Refusals()
        refusals.addNames("An asset with the name of asset \(id)", account: nil, parent: parent)
        return refusals
    }

    static func sensor(_ new: NewSensor) -> Refusals {
        Refusals([
            "sensor_asset_fkey": .missing(
                field: "generic_asset_id",
                message: "No asset found with ID \(new.asset)."
            ),
            "sensor_name_in_asset_key": .duplicate(
                field: "name",
                message: "A sensor with the name '\(new.name)' already exists "
                    + "on asset \(new.asset)."
            ),
        ])
    }

    static func source(_ new: NewSource) -> Refusals {
        Refusals([
            "data_source_key": .duplicate(
                field: "name",
                message: "A source with this name, type, model, version, account and attributes "
                    + "already exists."
            )
        ])
    }

    static func noAccount(_ id: Int64, _ field: String) -> CatalogError {
        .missing(field: field, message: "Account with Id \(id) doesn't exist.")
    }

    static func noParent(_ id: AssetID) -> CatalogError {
        .missing(
            field: "parent_asset_id",
            message: "Parent GenericAsset with id \(id) doesn't exist."
        )
    }

    private mutating func addNames(_ title: String, account: AccountID?, parent: AssetID?) {
        if let parent {
            errors["asset_name_in_parent_key"] = .duplicate(
                field: "name",
                message: "\(title) already exists under parent asset \(parent)"
            )
            errors["asset_parent_fkey"] = Self.noParent(parent)
        } else {
            let place = account.map { "asset in account \($0)" } ?? "asset"
            errors["asset_name_in_account_key"] = .duplicate(
                field: "name",
                message: "\(title) already exists as a top-level \(place)"
            )
            errors["asset_name_in_public_key"] = .duplicate(
                field: "name",
                message: "\(title) already exists as a public top-level asset"
            )
        }
    }
}
