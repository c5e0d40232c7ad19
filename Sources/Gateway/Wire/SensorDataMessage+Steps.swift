import Model

extension SensorDataMessage {
    /// What is known of the message's unit: a text for each rule that it breaks.
    package struct UnitFaults: Sendable, Equatable {
        /// `FieldTexts.incompatible(unit:required:)` if the sensor cannot take the unit.
        package var sensor: String?
        /// That the unit does not fit the message's `kind`.
        package var kind: String?

        package init(sensor: String? = nil, kind: String? = nil) {
            self.sensor = sensor
            self.kind = kind
        }
    }

    /// Distance between the values in µs, rounded half to even as Python divides a `timedelta`.
    package var step: Int64 {
        let (quotient, remainder) = duration.quotientAndRemainder(dividingBy: Int64(values.count))
        let rest = Int64(values.count) - remainder
        let isUp = remainder > rest || remainder == rest && quotient & 1 == 1
        return quotient + (isUp ? 1 : 0)
    }

    /// Fits the message to a sensor.
    ///
    /// - Parameters:
    ///   - resolution: Of the sensor, µs; 0 for an instantaneous one.
    ///   - alignment: What the sensor does with a start that is off its grid.
    ///   - unitFaults: What the caller found about the unit, to be told along with the rest.
    /// - Returns: How the values become events.
    /// - Throws: `.unprocessable` with all texts under `_schema`, in the API's order.
    package func steps(
        resolution: Int64,
        alignment: SensorDataSteps.Alignment,
        unitFaults: UnitFaults = UnitFaults()
    ) throws(RequestRefusal) -> SensorDataSteps {
        let required = ISODuration.pythonText(resolution)
        let step = step
        let isZero = step == 0
        let fitsResolution =
            resolution == 0 || isZero || step % resolution == 0 || resolution % step == 0
        var errors = FieldErrors(location: Self.location)
        if isZero, values.count > 1 { errors.addSchema(FieldTexts.overlappingInstants) }
        if !fitsResolution {
            errors.addSchema(
                "Resolution of \(ISODuration.pythonText(step)) is incompatible with the sensor's "
                    + "required resolution of \(required)."
            )
        }
        if let text = unitFaults.sensor { errors.addSchema(text) }
        if let text = unitFaults.kind { errors.addSchema(text) }
        if isZero, values.count == 1, resolution != 0 {
            errors.addSchema(
                "Cannot infer a non-zero resolution from one value over zero duration. This sensor "
                    + "requires a resolution of \(required)."
            )
        }
        try RequestRefusal.check(errors)

        let repeatCount = resolution > 0 && step > resolution ? Int(step / resolution) : 1
        let binCount = resolution > 0 && step < resolution ? Int(resolution / step) : 1
        let (eventCount, isTooLarge) = values.count.multipliedReportingOverflow(by: repeatCount)
        if isTooLarge || eventCount > SensorDataSteps.eventCountMax {
            errors.addSchema(
                "The message describes more than \(SensorDataSteps.eventCountMax) events at the "
                    + "sensor's resolution of \(required)."
            )
        }
        let aligned = start.aligned(alignment, resolution: resolution)
        if aligned < Timestamp.earliest.microseconds {
            errors.addSchema("The described events begin before the year 1.")
        }
        try RequestRefusal.check(errors)
        return SensorDataSteps(
            repeatCount: repeatCount,
            binCount: binCount,
            eventStep: resolution > 0 ? resolution : step,
            start: aligned
        )
    }
}

extension OffsetTimestamp {
    /// µs since 1970 UTC.
    fileprivate func aligned(_ alignment: SensorDataSteps.Alignment, resolution: Int64) -> Int64 {
        let unit: Int64
        switch alignment {
        case .asWritten: return microseconds
        case .floor: unit = resolution
        case .round(let frequency): unit = frequency
        }
        guard unit > 0 else { return microseconds }
        let (quotient, remainder) = CivilDate.floorDivide(wallMicroseconds, unit)
        let floored = microseconds &- remainder
        guard case .round = alignment else { return floored }
        let rest = unit - remainder
        let isUp = remainder > rest || remainder == rest && quotient & 1 != 0
        return isUp ? floored &+ unit : floored
    }
}
