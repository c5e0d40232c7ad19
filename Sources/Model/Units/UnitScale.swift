/// How many of the base unit (m, kg, s, …) one of a unit is: `numerator / denominator *
/// 10^exponent`.
///
/// Kept apart so that the factor between two units is rounded once: 1 km/h is 10^3 / 3,600 m/s, and
/// neither 10^3 nor 3,600 has a rounding error.
struct UnitScale: Sendable, Hashable {
    /// Not zero; negative in `-W`.
    var numerator = 1.0
    /// Positive.
    var denominator = 1.0
    var exponent = 0

    /// No decimal exponent may be larger, in either direction.
    static let exponentMax = 6_000

    /// `self * other^power`, for a power within ±`UnitDimension.exponentMax`.
    ///
    /// - Returns: nil if the product is beyond all measure.
    func multiplied(by other: UnitScale, power: Int) -> UnitScale? {
        var product = self
        for _ in 0..<abs(power) {
            if power > 0 {
                product.numerator *= other.numerator
                product.denominator *= other.denominator
            } else {
                product.numerator *= other.denominator
                product.denominator *= other.numerator
            }
        }
        if product.denominator < 0 {
            product.numerator.negate()
            product.denominator.negate()
        }
        product.exponent += other.exponent * power
        guard product.numerator.isNormal, product.denominator.isNormal,
            abs(product.exponent) <= Self.exponentMax
        else { return nil }
        return product
    }

    /// The number by which values in this unit are multiplied to be in `other`.
    ///
    /// - Returns: nil if it is no normal number.
    func factor(to other: UnitScale) -> Double? {
        guard let ratio = multiplied(by: other, power: -1) else { return nil }
        let value = ratio.value
        return value.isNormal ? value : nil
    }

    /// The scale as one number. Rounded once if the parts and the power of ten are exact.
    var value: Double {
        let power = Self.powerOfTen(abs(exponent))
        guard power.isFinite else { return exponent > 0 ? .infinity : 0 }
        return exponent < 0
            ? numerator / (denominator * power) : numerator * power / denominator
    }

    /// Exact up to 10^22.
    private static func powerOfTen(_ exponent: Int) -> Double {
        var (power, rest) = (1.0, exponent)
        while rest >= 22, power.isFinite { (power, rest) = (power * 1e22, rest - 22) }
        return power.isFinite ? power * exactPowers[min(rest, 22)] : power
    }

    private static let exactPowers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
