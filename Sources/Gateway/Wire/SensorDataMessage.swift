package import Model

/// A message of `POST /sensors/<id>/data`: beliefs about consecutive events of equal length.
package struct SensorDataMessage: Sendable, Equatable {
    /// What the client says the message is. Checked against the unit and the beliefs' horizons.
    package enum Kind: String, Sendable, CaseIterable {
        case sensorData = "PostSensorDataRequest"
        case meterData = "PostMeterDataRequest"
        case prognosis = "PostPrognosisRequest"
        case priceData = "PostPriceDataRequest"
        case weatherData = "PostWeatherDataRequest"
    }

    /// In `unit`, at least one; NaN for null.
    package let values: [Double]
    /// Whether one number was given rather than a list of one.
    package let isSingle: Bool
    /// Start of the first event.
    package let start: OffsetTimestamp
    /// Length of all events together, µs, not negative.
    package let duration: Int64
    /// As written; not yet known to be a unit.
    package let unit: String
    /// When the beliefs were held. Goes before `horizon` if both are given.
    package let prior: Timestamp?
    /// How long before their knowledge time the beliefs were held, µs; negative for afterwards.
    package let horizon: Int64?
    package let kind: Kind?

    package init(
        values: [Double],
        isSingle: Bool = false,
        start: OffsetTimestamp,
        duration: Int64,
        unit: String,
        prior: Timestamp? = nil,
        horizon: Int64? = nil,
        kind: Kind? = nil
    ) {
        self.values = values
        self.isSingle = isSingle
        self.start = start
        self.duration = duration
        self.unit = unit
        self.prior = prior
        self.horizon = horizon
        self.kind = kind
    }

    /// Equal bit by bit, so that NaN equals NaN.
    package static func == (left: SensorDataMessage, right: SensorDataMessage) -> Bool {
        left.values.elementsEqual(right.values) { $0.bitPattern == $1.bitPattern }
            && left.isSingle == right.isSingle && left.start == right.start
            && left.duration == right.duration && left.unit == right.unit
            && left.prior == right.prior && left.horizon == right.horizon
            && left.kind == right.kind
    }

    /// The location of field errors of this endpoint and of GET data.
    package static let location = "combined_sensor_data_description"
}
