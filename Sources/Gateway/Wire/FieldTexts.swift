/// Texts of refusals that more than one place needs, word for word as the API says them.
package enum FieldTexts {
    /// The sensor's unit cannot be had from the request's.
    package static func incompatible(unit: String, required: String) -> String {
        "Required unit for this sensor is \(required), got incompatible unit: \(unit)"
    }

    /// A posted unit is not of the kind that the message type is about.
    package static func incompatible(unit: String, postedAs kind: SensorDataMessage.Kind) -> String
    {
        let wanted = kind == .priceData ? "an energy price unit" : "MW"
        return "The unit required for this message type should be convertible to \(wanted), "
            + "got incompatible unit: \(unit)"
    }

    /// A requested unit is not of the kind that the message type is about.
    package static func incompatible(unit: String, queriedAs kind: SensorDataQuery.Kind) -> String {
        let wanted = kind == .priceData ? "an energy price unit" : "MW"
        return "The unit requested for this message type should be convertible from \(wanted), "
            + "got incompatible unit: \(unit)"
    }

    static let missing = "Missing data for required field."
    static let null = "Field may not be null."
    static let unknown = "Unknown field."
    static let notAString = "Not a valid string."
    static let tooShort = "Shorter than minimum length 1."
    /// A name that stands twice in an object; FlexMeasures takes the last one.
    static let duplicate = "Duplicate field."
    /// The body is JSON but not an object.
    static let notAnObject = "Invalid input type."

    /// Sic: the API spells "definining".
    static let overlappingInstants =
        "Cannot save multiple instantaneous values that overlap. That is, two values spanning the "
        + "same moment (a zero duration). Try sending a single value or definining "
        + "a non-zero duration."

    /// A message of meter data with beliefs that were held before the event was known.
    package static let meterDataInFuture = "Meter data must lie in the past."

    /// A prognosis with beliefs that were held after the event was known.
    package static let prognosisInPast = "Prognoses must lie in the future."

    package static func noSource(id: Int64) -> String { "No data source found with id \(id)." }

    package static func noSource(ofType type: String) -> String {
        "No data source with source-type '\(type)' has recorded any data on this sensor."
    }
}
