package import Model

/// An account that is to be created.
package struct NewAccount: Sendable {
    /// Unique; at most 100 characters.
    package var name: String
    /// Names of account roles.
    package var roles: [String]
    package var consultancy: AccountID?
    /// Six hex digits, with or without `#`.
    package var primaryColor: String?
    package var secondaryColor: String?
    /// http or https; at most 255 characters.
    package var logoURL: String?
    /// A JSON object as text.
    package var attributes: String

    package init(
        name: String,
        roles: [String] = [],
        consultancy: AccountID? = nil,
        primaryColor: String? = nil,
        secondaryColor: String? = nil,
        logoURL: String? = nil,
        attributes: String = "{}"
    ) {
        (self.name, self.roles, self.consultancy) = (name, roles, consultancy)
        (self.primaryColor, self.secondaryColor) = (primaryColor, secondaryColor)
        (self.logoURL, self.attributes) = (logoURL, attributes)
    }
}

/// An asset that is to be created.
package struct NewAsset: Sendable {
    /// At most 80 characters; unique among its siblings, or among the top-level assets of its
    /// account.
    package var name: String
    package var type: AssetTypeID
    /// Nil for a public asset. The account of `parent`, if there is one.
    package var account: AccountID?
    package var parent: AssetID?
    package var description: String?
    /// Degrees north, -90...90.
    package var latitude: Double?
    /// Degrees east, -180...180.
    package var longitude: Double?
    /// At most 80 characters; unique in the account.
    package var externalID: String?
    /// JSON as text: objects, and arrays for the two fields to show.
    package var attributes = "{}"
    package var sensorsToShow = "[]"
    package var sensorsToShowAsKPIs = "[]"
    package var flexContext = "{}"
    package var flexModel = "{}"

    package init(
        name: String,
        type: AssetTypeID,
        account: AccountID? = nil,
        parent: AssetID? = nil,
        description: String? = nil,
        latitude: Double? = nil,
        longitude: Double? = nil,
        externalID: String? = nil
    ) {
        (self.name, self.type, self.account, self.parent) = (name, type, account, parent)
        (self.description, self.latitude, self.longitude) = (description, latitude, longitude)
        self.externalID = externalID
    }
}

extension NewAsset {
    /// The fields of an asset that there is, to be changed.
    init(_ asset: Asset) {
        self.init(
            name: asset.name,
            type: asset.type,
            account: asset.account,
            parent: asset.parent,
            description: asset.description,
            latitude: asset.latitude,
            longitude: asset.longitude,
            externalID: asset.externalID
        )
        (attributes, flexContext) = (asset.attributes, asset.flexContext)
        (flexModel, sensorsToShow) = (asset.flexModel, asset.sensorsToShow)
        sensorsToShowAsKPIs = asset.sensorsToShowAsKPIs
    }
}

/// A sensor that is to be created.
package struct NewSensor: Sendable {
    /// At most 120 characters; unique on its asset.
    package var name: String
    package var unit: String
    /// IANA name.
    package var timezone: String
    package var timing: EventTiming
    package var asset: AssetID
    /// A JSON object as text.
    package var attributes: String

    package init(
        name: String,
        unit: String,
        timezone: String,
        timing: EventTiming,
        asset: AssetID,
        attributes: String = "{}"
    ) {
        (self.name, self.unit, self.timezone) = (name, unit, timezone)
        (self.timing, self.asset, self.attributes) = (timing, asset, attributes)
    }
}

extension NewSensor {
    /// The fields of a sensor that there is, to be changed.
    init(_ sensor: Sensor) {
        self.init(
            name: sensor.name,
            unit: sensor.unit,
            timezone: sensor.timezone,
            timing: sensor.timing,
            asset: sensor.asset,
            attributes: sensor.attributes
        )
    }
}

/// A source, other than a user's, that is to be created.
package struct NewSource: Sendable {
    /// At most 120 characters.
    package var name: String
    /// At most 80 characters; not `user`.
    package var type: String
    /// At most 80 characters.
    package var model: String?
    /// As PEP 440 writes it; at most 17 characters.
    package var version: String?
    package var account: AccountID?
    /// A JSON object as text.
    package var attributes: String

    package init(
        name: String,
        type: String,
        model: String? = nil,
        version: String? = nil,
        account: AccountID? = nil,
        attributes: String = "{}"
    ) {
        (self.name, self.type, self.model, self.version) = (name, type, model, version)
        (self.account, self.attributes) = (account, attributes)
    }
}
