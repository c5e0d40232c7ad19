extension MeasurementUnit {
    package var isPower: Bool { dimension == .power }
    package var isEnergy: Bool { dimension == .energy }
    package var isSpeed: Bool { dimension == .speed }

    /// One currency, perhaps with a prefix: `EUR`, `kEUR`.
    package var isCurrency: Bool { dimension.currency != nil }

    /// A currency for something: what stands before the first `/` is a currency, as FlexMeasures
    /// tells prices.
    package var isPrice: Bool { priceDenominator != nil }

    /// A price of energy: what stands behind the first `/` is an energy. `EUR/MW/h` is a price of
    /// something else by this rule, though it converts to `EUR/MWh`.
    package var isEnergyPrice: Bool {
        guard let denominator = priceDenominator else { return false }
        return MeasurementUnit(denominator)?.isEnergy ?? false
    }

    private var priceDenominator: String? {
        guard let slash = text.firstIndex(of: "/"),
            MeasurementUnit(String(text[..<slash]))?.isCurrency == true
        else { return nil }
        return String(text[text.index(after: slash)...])
    }

    /// What kind of quantity it is, in FlexMeasures' words: `power`, `energy price`, `length`;
    /// `value` for all that has no word.
    package var dimensionName: String {
        if isPower { return "power" }
        if isEnergy { return "energy" }
        if isEnergyPrice { return "energy price" }
        if isPrice { return "price" }
        if isCurrency { return "currency" }
        if isSpeed { return "speed" }
        if text == "%" { return "percentage" }
        return switch dimension.onlyBase {
        case .length: "length"
        case .mass: "mass"
        case .time: "time"
        case .current: "current"
        case .temperature: "temperature"
        case .substance: "substance"
        case .luminosity: "luminosity"
        case .reactivePower, .level, .arbitrary, nil: "value"
        }
    }
}
