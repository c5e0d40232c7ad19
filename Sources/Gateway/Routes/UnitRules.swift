internal import Model

/// In which units a sensor's data may be posted and asked, and how they are converted; and which
/// kinds of units the message types are about.
enum UnitRules {
    // MARK: POST

    /// What is wrong with the unit of a message to a sensor of `required`.
    static func faults(
        _ message: SensorDataMessage,
        required: String
    ) -> SensorDataMessage.UnitFaults {
        var faults = SensorDataMessage.UnitFaults()
        if message.unit != required, conversion(message, required: required) == nil {
            faults.sensor = FieldTexts.incompatible(unit: message.unit, required: required)
        }
        switch message.kind {
        case .meterData, .prognosis:
            if !isForPower(message.unit) {
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

    /// The message's values in the unit `required`, each still for an event of the message's own
    /// step: an energy over an hour is a quarter of the power that the same energy over fifteen
    /// minutes is, whatever the sensor's events are.
    ///
    /// - Throws: `.unprocessable` if the units do not convert, or a value becomes too large.
    static func values(
        _ message: SensorDataMessage,
        required: String
    ) throws(RequestRefusal) -> [Double] {
        guard message.unit != required else { return message.values }
        guard let conversion = conversion(message, required: required) else {
            var errors = FieldErrors(location: SensorDataMessage.location)
            errors.addSchema(FieldTexts.incompatible(unit: message.unit, required: required))
            throw .unprocessable(errors)
        }
        var values = message.values
        conversion.apply(to: &values)
        guard !values.contains(where: \.isInfinite) else {
            throw FieldTexts.refusal("values", "Too large a number in \(required).")
        }
        return values
    }

    private static func conversion(
        _ message: SensorDataMessage,
        required: String
    ) -> AffineConversion? {
        guard let unit = MeasurementUnit(message.unit), let target = MeasurementUnit(required),
            unit.canConvert(to: target)
        else { return nil }
        return unit.conversion(to: target, eventResolution: message.step)
    }

    // MARK: GET

    /// Checks a question to a sensor of `required`, whose events have `resolution` µs. What may be
    /// asked is what may be posted: kWh of a sensor of kW, not kW of a sensor of kWh.
    ///
    /// - Throws: `.unprocessable`.
    static func check(
        _ question: SensorDataQuery,
        required: String,
        resolution: Int64
    ) throws(RequestRefusal) {
        var errors = FieldErrors(location: SensorDataMessage.location)
        if question.unit != required, !isAskable(question.unit, required, resolution) {
            errors.addSchema(FieldTexts.incompatible(unit: question.unit, required: required))
        }
        switch question.kind {
        case .meterData where !isForPower(question.unit),
            .prognosis where !isForPower(question.unit):
            errors.addSchema(FieldTexts.incompatible(unit: question.unit, queriedAs: .meterData))
        case .priceData where !isEnergyPrice(question.unit):
            errors.addSchema(FieldTexts.incompatible(unit: question.unit, queriedAs: .priceData))
        default: break
        }
        try RequestRefusal.check(errors)
    }

    private static func isAskable(_ unit: String, _ required: String, _ resolution: Int64) -> Bool {
        guard let asked = MeasurementUnit(unit), let own = MeasurementUnit(required),
            asked.canConvert(to: own, isEventLengthKnown: resolution > 0)
        else { return false }
        // The factor may still be beyond all numbers.
        return own.conversion(to: asked, eventResolution: max(resolution, 1)) != nil
    }

    /// Converts an answer's values from the sensor's unit `required` into the one that was asked.
    /// What is asked by place, such as an energy, follows each place's own length, so that a day of
    /// 25 hours has the energy of 25 hours.
    static func convert(
        _ values: inout [Double],
        on grid: SensorDataGrid,
        required: String,
        to unit: String
    ) {
        guard unit != required, let own = MeasurementUnit(required),
            let asked = MeasurementUnit(unit)
        else { return }
        if let conversion = own.conversion(to: asked, eventResolution: grid.placeLength) {
            return conversion.apply(to: &values)
        }
        var (length, conversion) = (Int64(0), AffineConversion?.none)
        for index in values.indices {
            let placeLength = grid.length(ofPlace: index)
            if placeLength != length || conversion == nil {
                length = placeLength
                conversion = own.conversion(to: asked, eventResolution: length)
            }
            values[index] = conversion.map { $0(values[index]) } ?? .nan
        }
    }

    // MARK: Kinds

    private static let megawatt = MeasurementUnit("MW")

    /// A power, or an energy that becomes one by the length of the events.
    private static func isForPower(_ text: String) -> Bool {
        guard let megawatt else { return false }
        return MeasurementUnit(text)?.canConvert(to: megawatt) ?? false
    }

    private static func isEnergyPrice(_ text: String) -> Bool {
        MeasurementUnit(text)?.isEnergyPrice ?? false
    }
}
