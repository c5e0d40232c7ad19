/// A block's scale, with what decoding prepares once for a column: division as multiplication.
///
/// The format divides: value = Double(x) / D, rounded once. Processors divide several times more
/// slowly than they multiply, so where it gives the same bits, `x * high + x * low` takes its place:
/// `high` is the first 26 bits of 1 / D, and `low` the rest, rounded.
///
/// It gives the same bits for |x| < 2^27 and D < 2^22. `x * high` has at most 53 bits: exact. `low`
/// and `x * low` are rounded, each by at most 2^-53 of something below 2^-25 of the quotient; so the
/// sum is wrong by at most 2^-77 of the quotient when it is rounded, and comes out differently only
/// if a midpoint of two doubles is that near to x / D. A midpoint is M / 2^j, M odd and of 54 bits,
/// j >= 0. It is not x / D, because M would divide x. So the two differ by at least 1 / (D * 2^j),
/// which is 1 / (x * 2^j) of the quotient; x * 2^j is about M * D, below 2^76.
struct NumberScale {
    let scale: BlockScale
    /// D; 1 for `.quantum`.
    let divisor: Double
    let high: Double
    let low: Double
    /// Integers of a smaller magnitude may be multiplied; 0 if D is too large.
    let multipliedMax: Double

    init(_ scale: BlockScale) {
        self.scale = scale
        switch scale {
        case .decimal(let decimal): divisor = decimal.divisor
        case .single(let digitCount): divisor = BlockScale.powersOfTen[digitCount]
        case .quantum: divisor = 1
        }
        high = Double(bitPattern: (1 / divisor).bitPattern & ~0x7FF_FFFF)
        // The product and the difference are exact.
        low = (1 - high * divisor) / divisor
        multipliedMax = divisor < 0x1p22 ? 0x1p27 : 0
    }
}
