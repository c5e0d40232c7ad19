/// The largest integer that divides all differences of a column.
enum CommonDivisor {
    /// Greatest common divisor of all differences to the first; 1 if all are equal.
    static func ofDifferences(_ values: Span<Int64>) -> UInt64 {
        var divisor: UInt64 = 0
        for index in values.indices {
            var rest = (values[index] &- values[0]).magnitude
            if rest == 0 || (divisor != 0 && rest % divisor == 0) { continue }
            while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
            if divisor == 1 { return 1 }
        }
        return max(divisor, 1)
    }

    /// `(value - first) / divisor`, which divides every difference.
    static func quotients(_ values: Span<Int64>, by divisor: UInt64) -> [Int64] {
        let first = values[0]
        var quotients: [Int64] = []
        quotients.appendUninitialized(values.count) { target in
            for index in values.indices {
                let difference = values[index] &- first
                let magnitude = Int64(bitPattern: difference.magnitude / divisor)
                target[index] = difference < 0 ? 0 &- magnitude : magnitude
            }
        }
        return quotients
    }
}
