extension UnitTable {
    /// Length, area, volume, mass, time, speed, force and pressure. Base units: m, kg, s.
    ///
    /// Sources: the SI brochure (9th edition); NIST Special Publication 811, appendix B, for the
    /// others.
    static let mechanical: [KnownUnit] = lengths + volumes + masses + times + forces

    private static let lengths: [KnownUnit] = [
        KnownUnit("m", ["meter", "metre"], .length),
        KnownUnit("in", ["inch"], aliases: ["inches"], .length, 254, e: -4),
        KnownUnit("ft", ["foot"], aliases: ["feet"], .length, 3_048, e: -4),
        KnownUnit("yd", ["yard"], .length, 9_144, e: -4),
        KnownUnit("mi", ["mile"], .length, 1_609_344, e: -3),
        KnownUnit("nmi", ["nautical_mile"], .length, 1_852),
        KnownUnit("Å", ["angstrom"], .length, e: -10),
        KnownUnit("au", ["astronomical_unit"], .length, 149_597_870_700),
        KnownUnit("are", .area, e: 2),
        KnownUnit("ha", ["hectare"], .area, e: 4),
        KnownUnit("sq_ft", ["square_foot"], aliases: ["square_feet"], .area, 9_290_304, e: -8),
        KnownUnit("sq_in", ["square_inch"], aliases: ["square_inches"], .area, 64_516, e: -8),
        KnownUnit("b", ["barn"], .area, e: -28),
        // 43,560 square survey feet.
        KnownUnit("acre", ["acre"], .area, 43_560 * 1_440_000, per: 15_499_969),
    ]

    private static let volumes: [KnownUnit] = [
        KnownUnit("l", ["liter", "litre"], aliases: ["L", "ℓ"], .volume, e: -3),
        KnownUnit("cc", ["cubic_centimeter"], .volume, e: -6),
        KnownUnit(
            "cu_ft",
            ["cubic_foot"],
            aliases: ["cubic_feet"],
            .volume,
            28_316_846_592,
            e: -12
        ),
        KnownUnit("gal", ["gallon"], .volume, 3_785_411_784, e: -12),
        KnownUnit("qt", ["quart"], .volume, 946_352_946, e: -12),
        KnownUnit("pt", ["pint"], .volume, 473_176_473, e: -12),
        KnownUnit("floz", ["fluid_ounce"], .volume, 295_735_295_625, e: -16),
        KnownUnit("oil_bbl", ["oil_barrel"], .volume, 158_987_294_928, e: -12),
        KnownUnit("imperial_gal", ["imperial_gallon"], .volume, 454_609, e: -8),
    ]

    private static let masses: [KnownUnit] = [
        KnownUnit("g", ["gram"], .mass, e: -3),
        KnownUnit("t", ["tonne", "metric_ton"], .mass, e: 3),
        KnownUnit("lb", ["pound"], aliases: ["lbs"], .mass, 45_359_237, e: -8),
        KnownUnit("oz", ["ounce"], .mass, 28_349_523_125, e: -12),
        KnownUnit("gr", ["grain"], .mass, 6_479_891, e: -11),
        KnownUnit("stone", .mass, 635_029_318, e: -8),
        // The short ton of 2,000 pounds.
        KnownUnit("ton", ["ton", "short_ton"], .mass, 90_718_474, e: -5),
        KnownUnit("long_ton", ["long_ton"], .mass, 10_160_469_088, e: -7),
        KnownUnit("ct", ["carat"], .mass, 2, e: -4),
        KnownUnit("u", aliases: ["amu", "Da", "dalton"], .mass, 166_053_906_892, e: -38),
    ]

    private static let times: [KnownUnit] = [
        KnownUnit("s", ["second"], aliases: ["sec", "secs"], .time),
        KnownUnit("min", ["minute"], aliases: ["mins"], .time, 60),
        KnownUnit("h", ["hour"], aliases: ["hr", "hrs"], .time, 3_600),
        KnownUnit("d", ["day"], .time, 86_400),
        KnownUnit("week", ["week"], .time, 604_800),
        KnownUnit("fortnight", ["fortnight"], .time, 1_209_600),
        // A twelfth of a year.
        KnownUnit("month", ["month"], .time, 2_629_800),
        // The Julian year of 365.25 days.
        KnownUnit("a", ["year", "julian_year"], aliases: ["yr", "yrs"], .time, 31_557_600),
        KnownUnit("Hz", ["hertz"], .frequency),
        KnownUnit("Bq", ["becquerel"], .frequency),
        KnownUnit("Ci", ["curie"], .frequency, 37, e: 9),
        KnownUnit("cps", ["counts_per_second"], .frequency),
        KnownUnit("Bd", ["baud"], aliases: ["bps"], .frequency),
        // Angles have no dimension, so a turn per minute is 2π radians per minute.
        KnownUnit("rpm", ["revolutions_per_minute"], .frequency, 2 * .pi, per: 60),
        KnownUnit("rps", ["revolutions_per_second"], .frequency, 2 * .pi),
    ]

    private static let forces: [KnownUnit] = [
        KnownUnit("kn", ["knot"], aliases: ["kt"], .speed, 1_852, per: 3_600),
        KnownUnit("mph", aliases: ["MPH", "mile_per_hour"], .speed, 44_704, e: -5),
        KnownUnit("kph", aliases: ["KPH", "kilometer_per_hour"], .speed, 1_000, per: 3_600),
        KnownUnit("mps", aliases: ["meter_per_second"], .speed),
        KnownUnit("fps", aliases: ["foot_per_second"], .speed, 3_048, e: -4),
        KnownUnit("g_0", aliases: ["g0", "g_n", "gravity"], .acceleration, 980_665, e: -5),
        KnownUnit("Gal", ["galileo"], .acceleration, e: -2),
        KnownUnit("N", ["newton"], .force),
        KnownUnit("dyn", ["dyne"], .force, e: -5),
        KnownUnit("kgf", ["kilogram_force"], aliases: ["force_kilogram"], .force, 980_665, e: -5),
        KnownUnit("lbf", ["pound_force"], .force, 44_482_216_152_605, e: -13),
        KnownUnit("Pa", ["pascal"], .pressure),
        KnownUnit("bar", ["bar"], .pressure, e: 5),
        KnownUnit("atm", ["atmosphere"], .pressure, 101_325),
        KnownUnit("at", .pressure, 980_665, e: -1),
        KnownUnit("torr", .pressure, 101_325, per: 760),
        KnownUnit("psi", .pressure, 6_894_757_293_168_361, e: -12),
        KnownUnit("mHg", aliases: ["m_Hg", "meter_Hg"], .pressure, 133_322_387_415, e: -6),
        KnownUnit("inHg", aliases: ["in_Hg", "inch_Hg"], .pressure, 3_386_388_640_341, e: -9),
        KnownUnit("mH2O", aliases: ["m_H2O", "meter_H2O"], .pressure, 980_665, e: -2),
        KnownUnit("inH2O", aliases: ["in_H2O", "inch_H2O"], .pressure, 24_908_891, e: -5),
        KnownUnit("P", ["poise"], .viscosity, e: -1),
        KnownUnit("St", aliases: ["stokes"], UnitDimension([.length: 2, .time: -1]), e: -4),
        // Of yarn, so that Nm³/h is neither a flow nor convertible to m³/h; as in FlexMeasures.
        KnownUnit("Nm", aliases: ["number_meter"], .yarnNumber, 1_000),
    ]
}
