package import Auth
package import Catalog
internal import Model

/// The objects of the catalog as the API shows them (FlexMeasures' field names; columns that hold
/// JSON come as strings of JSON).
package enum CatalogDocuments {
    package static func account(_ account: Account) -> JSONObject {
        [
            "id": .integer(account.id.rawValue),
            "name": .string(account.name),
            "account_roles": .array(
                account.roles.map {
                    .object(["id": .integer($0.id.rawValue), "name": .string($0.name)])
                }
            ),
            "attributes": .string(account.attributes),
            "consultancy_account_id": optional(account.consultancy?.rawValue),
            "logo_url": optional(account.logoURL),
            "plan_id": .null,
            "primary_color": optional(account.primaryColor),
            "secondary_color": optional(account.secondaryColor),
        ]
    }

    package static func assetType(_ type: AssetType) -> JSONObject {
        [
            "id": .integer(type.id.rawValue), "name": .string(type.name),
            "description": optional(type.description),
        ]
    }

    package static func asset(_ asset: Asset, in catalog: CatalogStore) -> JSONObject {
        let owner = asset.account.flatMap { catalog.account($0) }
        let type = catalog.assetType(asset.type)
        return [
            "id": .integer(asset.id.rawValue),
            "name": .string(asset.name),
            "description": optional(asset.description),
            "account_id": optional(asset.account?.rawValue),
            "owner": owner.map {
                .object(["id": .integer($0.id.rawValue), "name": .string($0.name)])
            } ?? .null,
            "latitude": asset.latitude.map(JSONValue.number) ?? .null,
            "longitude": asset.longitude.map(JSONValue.number) ?? .null,
            "generic_asset_type_id": .integer(asset.type.rawValue),
            "generic_asset_type": type.map {
                .object(["id": .integer($0.id.rawValue), "name": .string($0.name)])
            } ?? .null,
            "attributes": .string(asset.attributes),
            "parent_asset_id": optional(asset.parent?.rawValue),
            "child_assets": .array(
                catalog.children(of: asset.id).map {
                    .object(["id": .integer($0.id.rawValue), "name": .string($0.name)])
                }
            ),
            "sensors": .array(
                catalog.sensors(of: asset.id).map {
                    .object(["id": .integer($0.id.rawValue), "name": .string($0.name)])
                }
            ),
            "sensors_to_show": .string(asset.sensorsToShow),
            "sensors_to_show_as_kpis": .string(asset.sensorsToShowAsKPIs),
            "flex_context": .string(asset.flexContext),
            "flex_model": .string(asset.flexModel),
            "external_id": optional(asset.externalID),
        ]
    }

    package static func sensor(_ sensor: Sensor) -> JSONObject {
        [
            "id": .integer(sensor.id.rawValue),
            "name": .string(sensor.name),
            "unit": .string(sensor.unit),
            "timezone": .string(sensor.timezone),
            "event_resolution": .string(ISODuration.daysText(sensor.timing.resolution)),
            "generic_asset_id": .integer(sensor.asset.rawValue),
            "attributes": .string(sensor.attributes),
        ]
    }

    package static func source(_ source: DataSource) -> JSONObject {
        var document: JSONObject = [
            "id": .integer(source.id.rawValue),
            "name": .string(source.name),
            "type": .string(source.type),
            "description": .string(source.description),
        ]
        if let model = source.model { document["model"] = .string(model) }
        if let version = source.version { document["version"] = .string(version) }
        if let account = source.account { document["account_id"] = .integer(account.rawValue) }
        if let user = source.user { document["user_id"] = .integer(user.rawValue) }
        return document
    }

    package static func user(_ user: User) -> JSONObject {
        [
            "id": .integer(user.id.rawValue),
            "email": .string(user.email),
            "username": .string(user.username),
            "account_id": .integer(user.account.rawValue),
            "active": .bool(user.isActive),
            "timezone": .string(user.timezone),
            "flexmeasures_roles": .array(user.roles.names.map(JSONValue.string)),
        ]
    }

    private static func optional(_ text: String?) -> JSONValue {
        text.map(JSONValue.string) ?? .null
    }
    private static func optional(_ number: Int64?) -> JSONValue {
        number.map(JSONValue.integer) ?? .null
    }
}
