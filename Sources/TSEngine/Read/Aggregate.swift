internal import Model

/// What is made of the values of one bin.
package enum Aggregate: String, Sendable, CaseIterable {
    case mean, sum, min, max, first, last, count
}

/// What is known of one bin while values are put into it.
struct BinState: Sendable, Equatable {
    /// How many values there are, NaN left out.
    var count = 0
    /// Their sum for `mean` and `sum`; the extreme, first or last one; unused for `count`.
    var value = 0.0
    /// The latest belief time, µs since 1970 UTC.
    var belief = Int64.min
    /// When the event of `value` starts, for `first` and `last`; µs since 1970 UTC.
    var event: Int64 = 0

    /// The bin's value; NaN if it holds nothing, except that `count` is then 0.
    func result(_ aggregate: Aggregate) -> Double {
        switch aggregate {
        case .count: Double(count)
        case .mean: count == 0 ? .nan : value / Double(count)
        case .sum, .min, .max, .first, .last: count == 0 ? .nan : value
        }
    }

    /// Adds what is known of other values of the bin.
    mutating func add(_ other: BinState, _ aggregate: Aggregate) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        count += other.count
        belief = Swift.max(belief, other.belief)
        switch aggregate {
        case .mean, .sum: value += other.value
        case .min: value = Swift.min(value, other.value)
        case .max: value = Swift.max(value, other.value)
        case .count: break
        case .first where other.event < event, .last where other.event > event:
            (value, event) = (other.value, other.event)
        case .first, .last: break
        }
    }
}
