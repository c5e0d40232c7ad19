/// How values in one unit become values in another: `(value * factor + addend - subtrahend) /
/// divisor`.
///
/// Units without an offset have only the factor, correctly rounded, and so one rounding a value.
/// Between thermometers the way leads through kelvins, step by step as FlexMeasures goes it, so
/// that results are the same to the bit.
package struct AffineConversion: Sendable, Hashable {
    let factor: Double
    private var addend = 0.0
    private var subtrahend = 0.0
    private var divisor = 1.0

    init(factor: Double) { self.factor = factor }

    /// Between thermometers; `zeroPoint` in kelvins.
    init(
        factor: Double,
        zeroPoint: Double,
        toZeroPoint subtrahend: Double,
        kelvinsPerDegree divisor: Double
    ) {
        (self.factor, addend) = (factor, zeroPoint)
        (self.subtrahend, self.divisor) = (subtrahend, divisor)
    }

    /// Whether values stay as they are.
    package var isIdentity: Bool { self == AffineConversion(factor: 1) }

    /// Converts one value. NaN stays NaN; what is too large becomes infinite.
    package func callAsFunction(_ value: Double) -> Double {
        (value * factor + addend - subtrahend) / divisor
    }

    /// Converts a column in place, without allocating.
    package func apply(to values: inout [Double]) {
        if isIdentity { return }
        if self == AffineConversion(factor: factor) {
            for index in values.indices { values[index] *= factor }
        } else {
            for index in values.indices { values[index] = self(values[index]) }
        }
    }
}
