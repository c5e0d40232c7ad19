/// Assets and sensors.
enum AssetSchemas {
    static func schema(_ name: Components.Name) -> Schema {
        switch name {
        case .assetType: assetType
        case .asset: asset
        case .newAsset: fields(isNew: true)
        case .assetChange: fields(isNew: false)
        case .sensor: sensor
        default: .object(["id": .id, "name": .string])
        }
    }

    private static let assetType = Schema.object([
        "id": .id, "name": .string, "description": Schema.string.nullable,
    ])

    private static let child = Schema.object([
        "id": .id, "name": .string, "account_id": Schema.id.nullable,
        "generic_asset_type": Schema.named(.reference).nullable,
    ])

    private static let asset = Schema.object([
        "id": .id, "name": .string, "description": Schema.string.nullable,
        "account_id": Schema.id.nullable.says("Null: public."),
        "owner": Schema.named(.reference).nullable, "latitude": Schema.number.nullable,
        "longitude": Schema.number.nullable, "generic_asset_type_id": .id,
        "generic_asset_type": Schema.named(.reference).nullable, "attributes": .jsonText,
        "parent_asset_id": Schema.id.nullable, "child_assets": .list(of: child),
        "sensors": .list(of: .named(.reference)), "sensors_to_show": .jsonText,
        "sensors_to_show_as_kpis": .jsonText, "flex_context": .jsonText,
        "flex_model": .jsonText, "external_id": Schema.string.nullable,
    ])

    /// A column of JSON, as JSON or as a text that holds it.
    static let column = Schema.anyOf(.jsonText, .map, .list(of: .any)).optional

    static func fields(isNew: Bool) -> Schema {
        let name = Schema.string.with("maxLength", 80)
        let latitude = Schema.number.with("minimum", -90).with("maximum", 90)
        let longitude = Schema.number.with("minimum", -180).with("maximum", 180)
        return Schema.object([
            "name": isNew ? name : name.optional,
            "generic_asset_type_id": isNew ? .id : Schema.id.optional,
            "account_id": Schema.id.nullable.optional.says(
                "Whose it is; by default the parent's. A public asset has none."
            ),
            "parent_asset_id": Schema.id.nullable.optional,
            "description": Schema.string.nullable.optional,
            "external_id": Schema.string.with("maxLength", 80).nullable.optional,
            "latitude": latitude.nullable.optional.says("At most 7 decimal places."),
            "longitude": longitude.nullable.optional.says("At most 7 decimal places."),
            "attributes": column, "sensors_to_show": column, "sensors_to_show_as_kpis": column,
            "flex_context": column, "flex_model": column,
        ]).closed
    }

    private static let sensor = Schema.object([
        "id": .id, "name": .string, "unit": .string, "timezone": .string,
        "event_resolution": Schema.duration.says("PT0S: of moments."), "generic_asset_id": .id,
        "attributes": .jsonText,
        "entity_address": Schema.string.says("As older clients name it."),
    ])

    /// `isNew`: for a sensor that is made.
    static func sensorFields(isNew: Bool) -> Schema {
        let timezone = Schema.string.optional.says("IANA name, such as Europe/Amsterdam.")
        if isNew {
            return Schema.object([
                "name": Schema.string.with("maxLength", 120), "unit": .string,
                "event_resolution": .duration, "generic_asset_id": .id, "timezone": timezone,
                "attributes": column,
            ]).closed
        }
        return Schema.object([
            "name": Schema.string.with("maxLength", 120).optional, "unit": Schema.string.optional,
            "event_resolution": Schema.duration.optional, "timezone": timezone,
            "attributes": column,
        ]).closed
    }
}
