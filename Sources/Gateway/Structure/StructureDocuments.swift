internal import Auth
internal import Catalog
internal import Model

/// The objects of the API as its structural endpoints show them.
enum StructureDocuments {
    /// `now`: obsolete addresses name the month after it.
    static func sensor(_ sensor: Sensor, now: Timestamp) -> JSONObject {
        CatalogDocuments.sensor(sensor).with(
            "entity_address",
            .string("ea1.\(nextMonth(now)).localhost:fm1.\(sensor.id)")
        )
    }

    /// Such as `2026-12`.
    static func nextMonth(_ now: Timestamp) -> String {
        let text = now.iso8601(showsFraction: false)
        guard let year = Int(text.prefix(4)), let month = Int(text.dropFirst(5).prefix(2)) else {
            return "2026-01"
        }
        let (nextYear, next) = month == 12 ? (year + 1, 1) : (year, month + 1)
        return "\(nextYear)-\(next < 10 ? "0" : "")\(next)"
    }

    /// An asset with those of its children and sensors that the caller may read.
    static func asset(_ asset: Asset, for visibility: Visibility) -> JSONObject {
        let catalog = visibility.catalog
        let children = catalog.children(of: asset.id).filter { visibility.mayRead($0) }
        let sensors = visibility.sensors(of: asset.id)
        return CatalogDocuments.asset(asset, in: catalog)
            .with(
                "child_assets",
                .array(
                    children.map { child in
                        let type = catalog.assetType(child.type)
                        return .object([
                            "account_id": child.account.map { .integer($0.rawValue) } ?? .null,
                            "generic_asset_type": type.map {
                                .object([
                                    "id": .integer($0.id.rawValue), "name": .string($0.name),
                                ])
                            } ?? .null,
                            "id": .integer(child.id.rawValue), "name": .string(child.name),
                        ])
                    }
                )
            )
            .with(
                "sensors",
                .array(
                    sensors.map {
                        .object(["id": .integer($0.id.rawValue), "name": .string($0.name)])
                    }
                )
            )
    }

    /// A user. `roles`: names in lists, numbers elsewhere.
    static func user(_ user: User, _ visits: UserVisits?, roles: [JSONValue]) -> JSONObject {
        [
            "account_id": .integer(user.account.rawValue), "active": .bool(user.isActive),
            "email": .string(user.email), "flexmeasures_roles": .array(roles),
            "id": .integer(user.id.rawValue), "last_login_at": naive(visits?.login),
            "last_seen_at": naive(visits?.request), "timezone": .string(user.timezone),
            "username": .string(user.username),
        ]
    }

    /// UTC without an offset, as Python prints it.
    static func naive(_ moment: Timestamp?) -> JSONValue {
        moment.map { .string(naiveText($0)) } ?? .null
    }

    static func naiveText(_ moment: Timestamp) -> String {
        let text = moment.iso8601()
        return String(text.dropLast("+00:00".count))
    }
}
