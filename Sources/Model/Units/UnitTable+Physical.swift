extension UnitTable {
    /// Temperature, light, radiation and amount of substance. Source: the SI brochure (9th edition).
    static let physical: [KnownUnit] = [
        KnownUnit("K", ["kelvin"], aliases: ["degK", "°K", "degree_Kelvin"], .temperature),
        KnownUnit(
            "°C",
            aliases: ["degC", "celsius", "degreeC", "degree_Celsius"],
            .temperature,
            zeroPoint: 273.15
        ),
        KnownUnit(
            "°F",
            aliases: ["degF", "fahrenheit", "degreeF", "degree_Fahrenheit"],
            .temperature,
            5,
            per: 9,
            // As FlexMeasures rounds it; 459.67 * 5 / 9 is another double.
            zeroPoint: 233.15 + 200.0 / 9
        ),
        KnownUnit("°R", aliases: ["degR", "rankine", "degree_Rankine"], .temperature, 5, per: 9),
        // Differences of temperatures, which may be multiplied.
        KnownUnit("Δ°C", aliases: ["delta_degC", "delta_degree_Celsius"], .temperature),
        KnownUnit(
            "Δ°F",
            aliases: ["delta_degF", "delta_degree_Fahrenheit"],
            .temperature,
            5,
            per: 9
        ),
        KnownUnit("cd", ["candela"], .luminosity),
        KnownUnit("lm", ["lumen"], .luminosity),
        KnownUnit("lx", aliases: ["lux"], .illuminance),
        KnownUnit("nit", ["nit"], .illuminance),
        KnownUnit("Gy", ["gray"], .dose),
        KnownUnit("Sv", ["sievert"], .dose),
        KnownUnit("rem", ["rem"], .dose, e: -2),
        KnownUnit("mol", ["mole"], .substance),
        KnownUnit("M", aliases: ["molar"], .concentration, e: 3),
        KnownUnit("kat", ["katal"], .catalysis),
    ]
}
