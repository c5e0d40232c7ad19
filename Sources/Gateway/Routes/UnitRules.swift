internal import Catalog

/// Which units a sensor's data may be posted and asked in: its own; and which kinds of units the
/// message types are about.
enum UnitRules {
    /// What is wrong with the unit of a message.
    static func faults(
        _ message: SensorDataMessage,
        _ sensor: Sensor
    ) -> SensorDataMessage.UnitFaults {
        var faults = SensorDataMessage.UnitFaults()
        if message.unit != sensor.unit {
            faults.sensor = FieldTexts.incompatible(unit: message.unit, required: sensor.unit)
        }
        switch message.kind {
        case .meterData, .prognosis:
            if !isPower(message.unit) && !isEnergy(message.unit) {
                faults.kind = FieldTexts.incompatible(unit: message.unit, postedAs: .meterData)
            }
        case .priceData:
            if !isEnergyPrice(message.unit) {
                faults.kind = FieldTexts.incompatible(unit: message.unit, postedAs: .priceData)
            }
        case .sensorData, .weatherData, nil: break
        }
        return faults
    }

    /// - Throws: `RequestRefusal`.
    static func check(_ question: SensorDataQuery, _ sensor: Sensor) throws {
        var errors = FieldErrors(location: SensorDataMessage.location)
        if question.unit != sensor.unit {
            errors.addSchema(
                FieldTexts.incompatible(unit: question.unit, required: sensor.unit)
            )
        }
        switch question.kind {
        case .meterData where !isPower(question.unit) && !isEnergy(question.unit),
            .prognosis where !isPower(question.unit) && !isEnergy(question.unit):
            errors.addSchema(FieldTexts.incompatible(unit: question.unit, queriedAs: .meterData))
        case .priceData where !isEnergyPrice(question.unit):
            errors.addSchema(FieldTexts.incompatible(unit: question.unit, queriedAs: .priceData))
        default: break
        }
        try RequestRefusal.check(errors)
    }

    /// SI prefixes that occur with power and energy.
    private static let prefixes = ["", "m", "k", "M", "G", "T"]

    private static func isPower(_ unit: String) -> Bool {
        prefixes.contains { unit == $0 + "W" || unit == $0 + "VA" }
    }

    private static func isEnergy(_ unit: String) -> Bool {
        prefixes.contains { unit == $0 + "Wh" || unit == $0 + "J" }
    }

    /// A currency of three letters, perhaps with a prefix, for an energy: EUR/MWh, kEUR/kWh.
    private static func isEnergyPrice(_ unit: String) -> Bool {
        let parts = unit.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, isEnergy(String(parts[1])) else { return false }
        return parts[0].suffix(3).count == 3 && parts[0].suffix(3).allSatisfy(\.isUppercase)
    }
}
