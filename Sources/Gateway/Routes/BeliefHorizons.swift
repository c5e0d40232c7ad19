internal import Model

/// What a message's type says about its beliefs: meter data are held after the fact, prognoses
/// before.
enum BeliefHorizons {
    /// - Throws: `RequestRefusal` if a belief is on the wrong side. All times in µs since 1970 UTC.
    static func check(
        _ kind: SensorDataMessage.Kind?,
        _ eventStarts: [Int64],
        _ beliefTimes: [Int64],
        _ timing: EventTiming
    ) throws {
        guard kind == .meterData || kind == .prognosis else { return }
        for (event, belief) in zip(eventStarts, beliefTimes) {
            let horizon = timing.beliefHorizon(eventStart: event, beliefTime: belief)
            if kind == .meterData, horizon > 0 {
                throw FieldTexts.refusal("_schema", FieldTexts.meterDataInFuture)
            }
            if kind == .prognosis, horizon < 0 {
                throw FieldTexts.refusal("_schema", FieldTexts.prognosisInPast)
            }
        }
    }
}

extension FieldTexts {
    /// One fault of a field of a sensor data request.
    static func refusal(_ field: String, _ text: String) -> RequestRefusal {
        .unprocessable(FieldErrors(location: SensorDataMessage.location, field: field, text))
    }
}
