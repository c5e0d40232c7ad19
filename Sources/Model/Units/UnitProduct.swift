/// What a part of a unit's text is worth, while it is read.
struct UnitProduct {
    var dimension = UnitDimension()
    var scale = UnitScale()
    /// Of the only factor, a thermometer's scale; such a one takes no part in products.
    var zeroPoint: Double?
    /// Symbols in the order of writing, and their powers.
    private var factors: [(symbol: String, power: Int)] = []
    /// The numbers alone.
    private var number = UnitScale()

    init() {}

    init(_ entry: UnitTable.Entry) {
        (dimension, scale, zeroPoint) = (entry.dimension, entry.scale, entry.zeroPoint)
        factors = [(entry.symbol, 1)]
    }

    init(number: UnitScale) { (scale, self.number) = (number, number) }

    /// Whether a unit is named, rather than numbers only.
    var namesUnit: Bool { !factors.isEmpty }

    /// Multiplies by `other^power`.
    ///
    /// - Throws: `.offset`, `.magnitude`, `.exponent`.
    mutating func multiply(by other: UnitProduct, power: Int) throws(UnitParseError) {
        for part in [self, other] where part.zeroPoint != nil {
            throw .offset(part.factors.first?.symbol ?? "")
        }
        guard let dimension = dimension.multiplied(by: other.dimension, power: power),
            let scale = scale.multiplied(by: other.scale, power: power),
            let number = number.multiplied(by: other.number, power: power)
        else { throw .magnitude }
        // What canonical text could not say.
        guard abs(number.numerator) < 1e15, number.denominator < 1e15, abs(number.exponent) <= 99
        else { throw .magnitude }
        (self.dimension, self.scale, self.number) = (dimension, scale, number)
        for factor in other.factors {
            let rise = factor.power * power
            if let index = factors.firstIndex(where: { $0.symbol == factor.symbol }) {
                factors[index].power += rise
            } else {
                factors.append((factor.symbol, rise))
            }
        }
        guard factors.allSatisfy({ abs($0.power) <= UnitParser.exponentMax }) else {
            throw .exponent
        }
    }

    /// Canonical text: the number, then products, then quotients, each in the order of writing.
    var text: String {
        let above = factors.filter { $0.power > 0 && $0.symbol != "dimensionless" }
        let below = factors.filter { $0.power < 0 && $0.symbol != "dimensionless" }
        var text = Self.digits(number.numerator, number.exponent)
        if text == "1" || text == "-1" {
            text = above.isEmpty ? text : String(text.dropLast())
        } else if !above.isEmpty {
            text += " "
        }
        text += above.map { $0.symbol + Self.superscript($0.power) }.joined(separator: "*")
        for factor in below { text += "/" + factor.symbol + Self.superscript(-factor.power) }
        if number.denominator != 1 { text += "/" + Self.digits(number.denominator, 0) }
        // Where all has cancelled there is no symbol left to write.
        guard above.isEmpty, below.isEmpty else { return text }
        if text == "1" { return "dimensionless" }
        return text.hasPrefix("1/")
            ? "dimensionless" + text.dropFirst() : text + " dimensionless"
    }

    /// A whole number below 10^15, as `multiply` sees to.
    private static func digits(_ number: Double, _ exponent: Int) -> String {
        "\(Int64(number))" + (exponent == 0 ? "" : "e\(exponent)")
    }

    private static func superscript(_ power: Int) -> String {
        guard power != 1 else { return "" }
        return String(
            String.UnicodeScalarView(String(power).utf8.map { superscripts[Int($0) - 48] })
        )
    }

    /// By digit.
    static let superscripts: [Unicode.Scalar] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
}
