import Model

/// The unit of the timestamps of a line-protocol request.
package enum LinePrecision: Sendable, CaseIterable {
    case nanoseconds, microseconds, milliseconds, seconds, minutes, hours

    /// Both generations' spellings; nil for a text that is none of them.
    package init?(_ text: String) {
        switch text {
        case "", "n", "ns": self = .nanoseconds
        case "u", "us", "µ", "μ", "µs", "μs": self = .microseconds
        case "ms": self = .milliseconds
        case "s": self = .seconds
        case "m": self = .minutes
        case "h": self = .hours
        default: return nil
        }
    }

    /// µs in a unit; 0 for nanoseconds, which are finer.
    private var factor: Int64 {
        switch self {
        case .nanoseconds: 0
        case .microseconds: 1
        case .milliseconds: 1_000
        case .seconds: Microseconds.second
        case .minutes: Microseconds.minute
        case .hours: Microseconds.hour
        }
    }

    /// µs since 1970 UTC, rounded down; nil outside of what the store holds.
    @inline(__always)
    func microseconds(_ count: Int64) -> Int64? {
        let result: Int64
        if self == .nanoseconds {
            result = CivilDate.floorDivide(count, 1_000).quotient
        } else {
            let (product, isOverflow) = count.multipliedReportingOverflow(by: factor)
            if isOverflow { return nil }
            result = product
        }
        let isStored =
            result >= Timestamp.earliest.microseconds && result <= Timestamp.latest.microseconds
        return isStored ? result : nil
    }
}
