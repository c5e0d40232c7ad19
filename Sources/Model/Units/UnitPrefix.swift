/// What may stand before the name of a unit: `k` and `kilo` are 10^3, `Ki` and `kibi` are 2^10.
struct UnitPrefix: Sendable {
    let symbol: String
    let scale: UnitScale

    /// The prefixes with which `name` begins, and what each leaves, which is not empty. There may be
    /// several: `dam` begins with `d` and `da`.
    static func splits(of name: String) -> [(prefix: UnitPrefix, rest: String)] {
        var splits: [(prefix: UnitPrefix, rest: String)] = []
        var end = name.startIndex
        for _ in 0..<lengthMax {
            guard end < name.endIndex else { break }
            name.unicodeScalars.formIndex(after: &end)
            guard end < name.endIndex else { break }
            if let prefix = byText[String(name[..<end])] {
                splits.append((prefix, String(name[end...])))
            }
        }
        return splits
    }

    /// Unicode scalars of the longest, `quecto`.
    private static let lengthMax = 6

    private static let byText: [String: UnitPrefix] = {
        var found: [String: UnitPrefix] = [:]
        for (texts, exponent) in decimal {
            let scale = UnitScale(exponent: exponent)
            for text in texts { found[text] = UnitPrefix(symbol: texts[0], scale: scale) }
        }
        for (texts, power) in binary {
            let scale = UnitScale(numerator: power)
            for text in texts { found[text] = UnitPrefix(symbol: texts[0], scale: scale) }
        }
        return found
    }()

    /// The SI's, symbol first. The micro sign and the Greek letter look the same and are both used.
    private static let decimal: [([String], Int)] = [
        (["q", "quecto"], -30), (["r", "ronto"], -27), (["y", "yocto"], -24),
        (["z", "zepto"], -21),
        (["a", "atto"], -18), (["f", "femto"], -15), (["p", "pico"], -12), (["n", "nano"], -9),
        (["µ", "\u{3BC}", "u", "micro"], -6), (["m", "milli"], -3), (["c", "centi"], -2),
        (["d", "deci"], -1), (["da", "deca", "deka"], 1), (["h", "hecto"], 2), (["k", "kilo"], 3),
        (["M", "mega"], 6), (["G", "giga"], 9), (["T", "tera"], 12), (["P", "peta"], 15),
        (["E", "exa"], 18), (["Z", "zetta"], 21), (["Y", "yotta"], 24), (["R", "ronna"], 27),
        (["Q", "quetta"], 30),
    ]

    /// Those of IEC 80000-13.
    private static let binary: [([String], Double)] = [
        (["Ki", "kibi"], 0x1p10), (["Mi", "mebi"], 0x1p20), (["Gi", "gibi"], 0x1p30),
        (["Ti", "tebi"], 0x1p40), (["Pi", "pebi"], 0x1p50), (["Ei", "exbi"], 0x1p60),
        (["Zi", "zebi"], 0x1p70), (["Yi", "yobi"], 0x1p80),
    ]
}
