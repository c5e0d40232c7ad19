/// Beliefs of one series in columns of equal length, shape `[n]` each.
@frozen package struct BeliefColumns: Sendable, Equatable {
    /// Start of each event, unit µs since 1970 UTC.
    package var eventStarts: [Int64]
    /// When each belief was held, unit µs since 1970 UTC.
    package var beliefTimes: [Int64]
    /// In the sensor's unit.
    package var values: [Double]

    @inlinable package init() {
        (eventStarts, beliefTimes, values) = ([], [], [])
    }

    /// - Precondition: the three columns have one length.
    @inlinable package init(eventStarts: [Int64], beliefTimes: [Int64], values: [Double]) {
        precondition(eventStarts.count == values.count && beliefTimes.count == values.count)
        self.eventStarts = eventStarts
        self.beliefTimes = beliefTimes
        self.values = values
    }

    @inlinable package var count: Int { values.count }
    @inlinable package var isEmpty: Bool { values.isEmpty }

    @inlinable package mutating func reserveCapacity(_ capacity: Int) {
        eventStarts.reserveCapacity(capacity)
        beliefTimes.reserveCapacity(capacity)
        values.reserveCapacity(capacity)
    }
}

/// The beliefs that one request states about one series, in columns; the unit that crosses module
/// borders on the way in.
package struct BeliefBatch: Sendable {
    package let series: SeriesKey
    /// How the sensor's events become known: decides which beliefs count as forecasts.
    package let timing: EventTiming
    package let columns: BeliefColumns

    package init(series: SeriesKey, timing: EventTiming, columns: BeliefColumns) {
        self.series = series
        self.timing = timing
        self.columns = columns
    }
}
