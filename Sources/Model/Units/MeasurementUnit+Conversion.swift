extension MeasurementUnit {
    /// How two units relate.
    private enum Relation {
        case same
        /// By a time: an energy to a power. The quantity of an event, over its length, is a rate.
        case stockToFlow
        case flowToStock
        case none
    }

    private func relation(to target: MeasurementUnit) -> Relation {
        switch dimension.multiplied(by: target.dimension, power: -1) {
        case .some(.none): .same
        // A temperature times an hour may be meant, but not the reading of a thermometer.
        case .some(_) where zeroPoint != nil || target.zeroPoint != nil: .none
        case .some(.time): .stockToFlow
        case .some(.frequency): .flowToStock
        default: .none
        }
    }

    /// Whether data in this unit may be given for a sensor of `target`: units of one dimension, or
    /// a stock for a flow (kWh for kW, m³ for m³/h) if the length of the events is known. The other
    /// direction is not accepted, though `conversion` has it: FlexMeasures' rule.
    package func canConvert(to target: MeasurementUnit, isEventLengthKnown: Bool = true) -> Bool {
        switch relation(to: target) {
        case .same: true
        case .stockToFlow: isEventLengthKnown
        case .flowToStock, .none: false
        }
    }

    /// How values in this unit become values in `target`.
    ///
    /// - Parameters:
    ///   - target: The unit to convert to.
    ///   - eventResolution: The length of the values' events, µs; stocks become flows, and flows
    ///     stocks, only if it is positive.
    /// - Returns: nil if there is no way.
    package func conversion(
        to target: MeasurementUnit,
        eventResolution: Int64? = nil
    ) -> AffineConversion? {
        let relation = relation(to: target)
        switch relation {
        case .none: return nil
        case .same:
            guard zeroPoint != nil || target.zeroPoint != nil else {
                return scale.factor(to: target.scale).map { AffineConversion(factor: $0) }
            }
            if scale == target.scale, zeroPoint == target.zeroPoint {
                return AffineConversion(factor: 1)
            }
            return AffineConversion(
                factor: scale.value,
                zeroPoint: zeroPoint ?? 0,
                toZeroPoint: target.zeroPoint ?? 0,
                kelvinsPerDegree: target.scale.value
            )
        case .stockToFlow, .flowToStock:
            guard let eventResolution, eventResolution > 0 else { return nil }
            let seconds = UnitScale(numerator: Double(eventResolution), exponent: -6)
            let power = relation == .flowToStock ? 1 : -1
            return scale.multiplied(by: seconds, power: power)?.factor(to: target.scale)
                .map { AffineConversion(factor: $0) }
        }
    }
}
