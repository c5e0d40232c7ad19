/// The units that are known, by the texts that name them.
enum UnitTable {
    /// A unit with its prefix.
    struct Entry: Sendable {
        /// With the symbol of the prefix.
        let symbol: String
        let scale: UnitScale
        let dimension: UnitDimension
        /// See `KnownUnit.zeroPoint`.
        let zeroPoint: Double?
    }

    /// What `name` names: a unit as it stands, else one with a prefix. A few look-ups.
    ///
    /// - Returns: nil if nothing has that name. Upper and lower case differ.
    static func entry(named name: String) -> Entry? {
        if let unit = byText[name] {
            return Entry(
                symbol: unit.symbol,
                scale: unit.scale,
                dimension: unit.dimension,
                zeroPoint: unit.zeroPoint
            )
        }
        for (prefix, rest) in UnitPrefix.splits(of: name) {
            guard let unit = byText[rest], unit.takesPrefix,
                let scale = unit.scale.multiplied(by: prefix.scale, power: 1)
            else { continue }
            return Entry(
                symbol: prefix.symbol + unit.symbol,
                scale: scale,
                dimension: unit.dimension,
                zeroPoint: nil
            )
        }
        return nil
    }

    static let units: [KnownUnit] =
        mechanical + energetic + electrical + physical + ratios
        + currencyCodes.map { KnownUnit(currency: $0) }

    private static let byText: [String: KnownUnit] = {
        var found: [String: KnownUnit] = [:]
        for unit in units {
            for text in unit.texts { found[text] = unit }
        }
        return found
    }()
}
