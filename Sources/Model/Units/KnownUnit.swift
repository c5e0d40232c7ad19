/// A unit that has a name of its own: a row of the table.
struct KnownUnit: Sendable {
    /// As it is written in canonical text.
    let symbol: String
    /// Other symbols, which have no plural.
    let aliases: [String]
    /// Words, which may end in s.
    let names: [String]
    let scale: UnitScale
    let dimension: UnitDimension
    /// Kelvins at 0 of the scale of a thermometer; nil for units without an offset.
    let zeroPoint: Double?
    let takesPrefix: Bool

    /// A unit of `numerator / denominator * 10^exponent` base units.
    init(
        _ symbol: String,
        _ names: [String],
        aliases: [String] = [],
        _ dimension: UnitDimension,
        _ numerator: Double = 1,
        per denominator: Double = 1,
        e exponent: Int = 0,
        zeroPoint: Double? = nil,
        takesPrefix: Bool = true
    ) {
        (self.symbol, self.names, self.aliases) = (symbol, names, aliases)
        self.dimension = dimension
        scale = UnitScale(numerator: numerator, denominator: denominator, exponent: exponent)
        self.zeroPoint = zeroPoint
        self.takesPrefix = takesPrefix && zeroPoint == nil
    }

    /// One without words.
    init(
        _ symbol: String,
        aliases: [String] = [],
        _ dimension: UnitDimension,
        _ numerator: Double = 1,
        per denominator: Double = 1,
        e exponent: Int = 0,
        zeroPoint: Double? = nil,
        takesPrefix: Bool = true
    ) {
        self.init(
            symbol,
            [],
            aliases: aliases,
            dimension,
            numerator,
            per: denominator,
            e: exponent,
            zeroPoint: zeroPoint,
            takesPrefix: takesPrefix
        )
    }

    init(currency code: String) {
        self.init(code, UnitDimension(currency: code))
    }

    var texts: [String] { [symbol] + aliases + names + names.map { $0 + "s" } }
}
