package import Model

/// A question of `GET /sensors/<id>/data`: which events, as known when and to whom, in which unit.
package struct SensorDataQuery: Sendable, Equatable {
    /// What the client says it asks for. Restricts the horizons and the unit.
    package enum Kind: String, Sendable, CaseIterable {
        case sensorData = "GetSensorDataRequest"
        case meterData = "GetMeterDataRequest"
        case prognosis = "GetPrognosisRequest"
        case priceData = "GetPriceDataRequest"
    }

    package let start: OffsetTimestamp
    /// µs, without the months. Zero asks for one event; a negative window is empty.
    package var duration: Int64
    /// Months and years of the duration, in months.
    package var durationMonths: Int
    /// As written; not yet known to be a unit.
    package let unit: String
    /// µs, without the months; the sensor's own if nil. Positive with the months.
    package let resolution: Int64?
    /// Months and years of the resolution, in months.
    package let resolutionMonths: Int
    /// Only beliefs held at least this many µs before their knowledge time.
    package let horizon: Int64?
    /// Only beliefs held at or before this moment.
    package let prior: Timestamp?
    package let source: SourceID?
    /// The account to which the source's user belongs.
    package let sourceAccount: AccountID?
    /// Such as `user` or `forecaster`.
    package let sourceType: String?
    package let kind: Kind?

    /// The belief horizons that may answer, µs, after the rules of `kind`.
    package var horizonRange: (atLeast: Int64?, atMost: Int64?) {
        switch kind {
        case .meterData: (horizon, 0)
        case .prognosis: (max(horizon ?? 0, 0), nil)
        case .sensorData, .priceData, nil: (horizon, nil)
        }
    }

    /// The step of an answer about a sensor without a resolution, if the client names none: the
    /// longer the window, the coarser. Unit µs.
    package var instantaneousResolution: Int64 {
        switch duration {
        case let length where length > 16 * 7 * Microseconds.day: 7 * Microseconds.day
        case let length where length > 14 * Microseconds.day: Microseconds.day
        case let length where length > 2 * Microseconds.day: Microseconds.hour
        case let length where length > 8 * Microseconds.hour: 15 * Microseconds.minute
        default: 5 * Microseconds.minute
        }
    }

    /// How many grid points `start`, `start + resolution`, … lie before the window's end: one for a
    /// window of zero length, none for a negative one.
    ///
    /// - Parameter resolution: Of the answer, µs, positive.
    /// - Returns: At most `gridCountMax`.
    /// - Throws: `.unprocessable` beyond `gridCountMax`.
    package func gridCount(resolution: Int64) throws(RequestRefusal) -> Int {
        precondition(resolution > 0, "grid without a step")
        guard duration > 0 else { return duration == 0 ? 1 : 0 }
        let count = (duration - 1) / resolution + 1
        guard count <= Self.gridCountMax else { throw Self.tooManyEvents }
        return Int(count)
    }

    static var tooManyEvents: RequestRefusal {
        let text = "The window holds more than \(gridCountMax) events."
        return .unprocessable(
            FieldErrors(location: SensorDataMessage.location, field: "duration", text)
        )
    }

    /// An answer of this length has about 80 MB; it is 19 years of minutes.
    package static let gridCountMax: Int64 = 10_000_000
}
