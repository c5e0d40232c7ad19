extension UnitTable {
    /// Electricity and magnetism. Source: the SI brochure (9th edition).
    static let electrical: [KnownUnit] = [
        KnownUnit("A", ["ampere", "amp"], .current),
        KnownUnit("C", ["coulomb"], .charge),
        KnownUnit("Ah", aliases: ["ampere_hour", "ampere_hours"], .charge, 3_600),
        KnownUnit("V", ["volt"], .voltage),
        KnownUnit("Ω", ["ohm"], .resistance),
        KnownUnit("S", aliases: ["siemens", "mho"], .conductance),
        KnownUnit("F", ["farad"], .capacitance),
        KnownUnit("H", ["henry"], .inductance),
        KnownUnit("Wb", ["weber"], .magneticFlux),
        KnownUnit("T", ["tesla"], .magneticField),
    ]
}
