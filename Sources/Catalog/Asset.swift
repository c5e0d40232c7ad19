package import Model

/// What kind of thing an asset is, such as `battery`.
package struct AssetType: Sendable, Hashable, Identifiable {
    package let id: AssetTypeID
    package let name: String
    package let description: String?
}

/// A thing that is measured or steered, or a group of such things: assets form trees.
package struct Asset: Sendable, Hashable, Identifiable {
    package let id: AssetID
    package let name: String
    package let description: String?
    /// Degrees north, -90...90.
    package let latitude: Double?
    /// Degrees east, -180...180.
    package let longitude: Double?
    package let type: AssetTypeID
    /// The owner; nil for a public asset.
    package let account: AccountID?
    package let parent: AssetID?
    /// The key of the asset in another system, unique in the account.
    package let externalID: String?
    /// A JSON object as text, like the two flex fields; the fields to show are JSON arrays.
    package let attributes: String
    package let sensorsToShow: String
    package let sensorsToShowAsKPIs: String
    package let flexContext: String
    package let flexModel: String
}
