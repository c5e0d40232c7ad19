extension UnitTable {
    /// Energy, power, apparent and reactive power. Base unit: kg m² s⁻² and so on, in SI.
    ///
    /// Apparent power converts to active power, as FlexMeasures has it. Reactive power, which
    /// FlexMeasures does not know, converts to neither. Sources as for `mechanical`; calories are
    /// thermochemical, the British thermal unit is that of ISO 31-4.
    static let energetic: [KnownUnit] = [
        KnownUnit("W", ["watt"], .power),
        KnownUnit("VA", aliases: ["volt_ampere"], .power),
        KnownUnit("var", .reactivePower),
        KnownUnit("hp", ["horsepower"], .power, 7_456_998_715_822_702, e: -13),
        KnownUnit("metric_horsepower", .power, 73_549_875, e: -5),
        KnownUnit(
            "refrigeration_ton",
            aliases: ["ton_of_refrigeration"],
            .power,
            12_000 * 1_055_056,
            per: 3_600,
            e: -3
        ),
        KnownUnit("J", ["joule"], .energy),
        KnownUnit("Wh", aliases: ["watt_hour", "watthour", "watt_hours"], .energy, 3_600),
        KnownUnit("VAh", .energy, 3_600),
        KnownUnit("varh", .reactiveEnergy, 3_600),
        KnownUnit("cal", ["calorie"], .energy, 4_184, e: -3),
        KnownUnit("cal_it", ["international_calorie"], .energy, 41_868, e: -4),
        KnownUnit(
            "Btu",
            ["british_thermal_unit"],
            aliases: ["BTU", "Btu_iso"],
            .energy,
            1_055_056,
            e: -3
        ),
        KnownUnit("Btu_it", .energy, 105_505_585_262, e: -8),
        KnownUnit("quad", ["quadrillion_Btu"], .energy, 1_055_056, e: 12),
        KnownUnit("thm", ["therm"], .energy, 1_055_056, e: 2),
        KnownUnit("US_therm", .energy, 1_054_804, e: 2),
        KnownUnit("toe", aliases: ["tonne_of_oil_equivalent"], .energy, 41_868, e: 6),
        KnownUnit("tTNT", aliases: ["ton_TNT"], .energy, 4_184, e: 6),
        KnownUnit("eV", ["electron_volt", "electronvolt"], .energy, 1_602_176_634, e: -28),
        KnownUnit("erg", ["erg"], .energy, e: -7),
        KnownUnit("ft_lb", aliases: ["foot_pound"], .energy, 13_558_179_483_314_004, e: -16),
        // The irradiation of an hour at 1 kW/m².
        KnownUnit("PSH", aliases: ["peak_sun_hour"], .irradiation, 36, e: 5),
        KnownUnit("Ly", ["langley"], .irradiation, 4_184, e: 1),
    ]
}
