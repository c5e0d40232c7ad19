/// The unit of a sensor's values, as text such as `kW` or `EUR/MWh`.
package enum SensorUnit {
    /// Unicode scalars; the width of `sensor.unit`.
    package static let lengthMax = 80

    /// Checks a unit that a new sensor is to have.
    ///
    /// - Throws: `.invalid` on field `unit`.
    package static func validate(_ unit: String) throws(CatalogError) {
        guard unit.contains(where: { !$0.isWhitespace }) else {
            throw .invalid(field: "unit", message: "Unit '\(unit)' cannot be handled.")
        }
        try FieldRules.checkText(unit, field: "unit", lengthMax: lengthMax)
    }
}
