internal import Model

/// The unit of a sensor's values, as text such as `kW` or `EUR/MWh`.
package enum SensorUnit {
    /// Unicode scalars; the width of `sensor.unit`.
    package static let lengthMax = MeasurementUnit.lengthMax

    /// Checks a unit that a new sensor is to have.
    ///
    /// - Throws: `.invalid` on field `unit`.
    package static func validate(_ unit: String) throws(CatalogError) {
        try FieldRules.checkText(unit, field: "unit", lengthMax: lengthMax)
        guard MeasurementUnit.isValid(unit) else {
            throw .invalid(field: "unit", message: "Unit '\(unit)' cannot be handled.")
        }
    }
}
