internal import Catalog
internal import Model

/// The fields of an asset as a body gives them; nil where it leaves one alone.
struct AssetFields {
    var name: String?
    var description: String??
    var type: AssetTypeID?
    var latitude: Double??
    var longitude: Double??
    var externalID: String??
    var attributes: String?
    var sensorsToShow: JSONValue?
    var sensorsToShowAsKPIs: JSONValue?
    var flexContext: JSONValue?
    var flexModel: JSONValue?

    static let names: Set<String> = [
        "name", "description", "generic_asset_type_id", "latitude", "longitude", "external_id",
        "attributes", "sensors_to_show", "sensors_to_show_as_kpis", "flex_context", "flex_model",
        "account_id", "parent_asset_id",
    ]

    /// Reads the fields that mean the same whoever sends them; owner and parent are the caller's.
    init(_ fields: inout StructureFields, isNew: Bool, in catalog: CatalogStore) {
        name = fields.text("name", isRequired: isNew, lengthMax: 80)
        if let number = fields.integer("generic_asset_type_id", isRequired: isNew) {
            type = AssetTypeID(number)
            if catalog.assetType(AssetTypeID(number)) == nil {
                let text = "GenericAssetType with id \(number) doesn't exist."
                fields.fault("generic_asset_type_id", text)
            }
        }
        description = Self.text(&fields, "description", lengthMax: nil)
        externalID = Self.text(&fields, "external_id", lengthMax: 80)
        latitude = Self.degrees(&fields, "latitude", limit: 90)
        longitude = Self.degrees(&fields, "longitude", limit: 180)
        attributes = fields.object("attributes")
        sensorsToShow = fields.json("sensors_to_show")
        sensorsToShowAsKPIs = fields.json("sensors_to_show_as_kpis")
        flexContext = fields.json("flex_context")
        flexModel = fields.json("flex_model")
        fields.refuseUnknown(besides: Self.names)
    }

    private static func text(
        _ fields: inout StructureFields,
        _ name: String,
        lengthMax: Int?
    ) -> String?? {
        guard fields.has(name) else { return nil }
        return .some(fields.text(name, isNullable: true, lengthMax: lengthMax))
    }

    private static func degrees(
        _ fields: inout StructureFields,
        _ name: String,
        limit: Double
    ) -> Double?? {
        guard fields.has(name) else { return nil }
        guard let degrees = fields.number(name) else { return .some(nil) }
        let title = name.prefix(1).uppercased() + name.dropFirst()
        let shown = DecimalText.text(degrees)
        if degrees > limit {
            fields.fault(
                name,
                "\(title) \(shown) exceeds the maximum \(name) of \(Int(limit)) degrees."
            )
        } else if degrees < -limit {
            fields.fault(
                name,
                "\(title) \(shown) exceeds the minimum \(name) of -\(Int(limit)) degrees."
            )
        } else if shown.contains("e")
            || shown.split(separator: ".").dropFirst().first.map({ $0.utf8.count > 7 }) == true
        {
            fields.fault(name, "Latitudes and longitudes are limited to 7 decimal places.")
        }
        return degrees
    }

    /// Writes what is given over `asset`.
    func apply(to asset: inout NewAsset) {
        if let name { asset.name = name }
        if let type { asset.type = type }
        if let description { asset.description = description }
        if let latitude { asset.latitude = latitude }
        if let longitude { asset.longitude = longitude }
        if let externalID { asset.externalID = externalID }
        if let attributes { asset.attributes = attributes }
        if let sensorsToShow { asset.sensorsToShow = sensorsToShow.text }
        if let sensorsToShowAsKPIs { asset.sensorsToShowAsKPIs = sensorsToShowAsKPIs.text }
        if let flexContext { asset.flexContext = flexContext.text }
        if let flexModel { asset.flexModel = flexModel.text }
    }
}
