extension UnitTable {
    /// What has no dimension: shares, angles, counts and information; and what converts to nothing
    /// else. Bits and angles have no dimension in FlexMeasures, so they convert to each other.
    static let ratios: [KnownUnit] = [
        KnownUnit("dimensionless", .none, takesPrefix: false),
        KnownUnit("%", aliases: ["percent"], .none, e: -2, takesPrefix: false),
        KnownUnit("‰", aliases: ["permille"], .none, e: -3, takesPrefix: false),
        KnownUnit("ppm", .none, e: -6, takesPrefix: false),
        KnownUnit("count", ["count"], .none),
        KnownUnit("particle", ["particle", "molecule"], .substance, per: 602_214_076, e: -15),
        KnownUnit("rad", ["radian"], .none),
        KnownUnit("sr", ["steradian"], .none),
        KnownUnit("deg", ["degree"], aliases: ["°", "arcdeg"], .none, .pi, per: 180),
        KnownUnit("arcmin", ["arcminute"], .none, .pi, per: 10_800),
        KnownUnit("arcsec", ["arcsecond"], .none, .pi, per: 648_000),
        KnownUnit("grad", aliases: ["gon", "gradian"], .none, .pi, per: 200),
        KnownUnit("turn", ["turn", "revolution", "cycle"], .none, 2 * .pi),
        KnownUnit("bit", ["bit"], .none),
        KnownUnit("B", ["byte", "octet"], .none, 8),
        KnownUnit("dB", aliases: ["decibel"], .level, takesPrefix: false),
        KnownUnit("a.u.", .arbitrary, takesPrefix: false),
    ]
}
