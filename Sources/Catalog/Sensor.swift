package import Model

/// What is measured or forecast: a quantity of an asset.
package struct Sensor: Sendable, Equatable, Identifiable {
    package let id: SensorID
    package let name: String
    package let unit: String
    /// IANA name of the zone in which its days begin.
    package let timezone: String
    /// Length of its events, and when each could be known.
    package let timing: EventTiming
    package let asset: AssetID
    /// A JSON object as text.
    package let attributes: String
}

/// To whom a sensor belongs: the facts that a decision about it needs.
package struct SensorOwnership: Sendable, Hashable {
    package let asset: AssetID
    /// Nil for a sensor of a public asset.
    package let account: AccountID?
    /// The account whose consultants look after `account`.
    package let consultancy: AccountID?
}
