/// Why a text is no unit.
package enum UnitParseError: Error, Equatable, CustomStringConvertible {
    case empty
    /// More than `MeasurementUnit.lengthMax` Unicode scalars.
    case tooLong
    /// A character that nothing in a unit can have at this place, from 0 in Unicode scalars; nil
    /// for the end of the text.
    case unexpected(Unicode.Scalar?, at: Int)
    /// Nothing has that name.
    case unknown(String)
    /// Numbers alone are no unit.
    case noUnit
    /// A number is zero, or has more than 15 digits.
    case number
    /// An exponent is no whole number of at most two digits, or of a number other than 10.
    case exponent
    /// A scale with an offset, such as °C, cannot be multiplied.
    case offset(String)
    /// Parentheses are nested too deeply.
    case nesting
    /// The product is beyond all measure.
    case magnitude

    package var description: String {
        switch self {
        case .empty: "a unit must not be empty"
        case .tooLong: "longer than \(MeasurementUnit.lengthMax) characters"
        case .unexpected(nil, _): "something is missing at the end"
        case .unexpected(let scalar?, let place): "unexpected '\(scalar)' at character \(place + 1)"
        case .unknown(let name): "'\(name)' is not a known unit"
        case .noUnit: "no unit is named"
        case .number: "a number must not be zero or have more than 15 digits"
        case .exponent: "an exponent must be a whole number from -12 to 12, of a unit or of 10"
        case .offset(let name): "'\(name)' has an offset and cannot be part of a product"
        case .nesting: "parentheses are nested too deeply"
        case .magnitude: "the unit is too large or too small"
        }
    }
}
