/// A unit of measurement, such as `kW`, `EUR/MWh`, `m³/h` or `°C`.
///
/// Names come from a table (`UnitTable`), case-sensitive, with the prefixes of the SI. They combine
/// by products (`kW*h`, `kW·h`, `kW h`), quotients (`m/s`, also `m per s`), whole powers (`m²`,
/// `m^2`, `m**2`), parentheses, and numbers (`100 km`). As in FlexMeasures, products and quotients
/// are taken from left to right: `kWh/15min` is a fifteenth of a `kWh*min`.
package struct MeasurementUnit: Sendable, Hashable {
    /// As written.
    package let text: String
    /// The same unit in one way of writing: `degC` is `°C`, `m^3/hour` is `m³/h`.
    package let canonicalText: String
    package let dimension: UnitDimension
    let scale: UnitScale
    /// Kelvins at 0 of a thermometer's scale; nil for units without an offset.
    let zeroPoint: Double?

    /// Unicode scalars of the longest text; as wide as the table of sensors.
    package static let lengthMax = 80

    /// Reads a text. Takes time in proportion to its length, and none beyond `lengthMax`.
    ///
    /// - Throws: what is wrong with `text`.
    package init(parsing text: String) throws(UnitParseError) {
        // No scalar has more than four bytes; counting bytes reads nothing.
        guard text.utf8.count <= 4 * Self.lengthMax else { throw .tooLong }
        let scalars = Array(text.unicodeScalars)
        guard scalars.count <= Self.lengthMax else { throw .tooLong }
        var parser = UnitParser(scalars)
        let product = try parser.parse()
        self.text = text
        canonicalText = product.text
        dimension = product.dimension
        scale = product.scale
        zeroPoint = product.zeroPoint
    }

    /// - Returns: nil if `text` is no unit.
    package init?(_ text: String) {
        guard let unit = try? MeasurementUnit(parsing: text) else { return nil }
        self = unit
    }

    /// Whether `text` is a unit.
    package static func isValid(_ text: String) -> Bool { MeasurementUnit(text) != nil }
}
