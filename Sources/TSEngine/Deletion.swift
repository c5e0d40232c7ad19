package import Model

/// What an operator or client removes: all beliefs about a sensor's events in a span of time, of one
/// source or of all.
///
/// A deletion is committed like a group of beliefs and takes its place in their order: it removes
/// what was committed before it, and nothing that comes later.
package struct Deletion: Sendable, Hashable {
    package let sensor: SensorID
    /// Only this source's beliefs; nil for all sources.
    package let source: SourceID?
    /// Starts of the events, µs since 1970 UTC, both ends included.
    package let events: ClosedRange<Int64>

    package init(
        sensor: SensorID,
        source: SourceID? = nil,
        events: ClosedRange<Int64> = .min ... .max
    ) {
        self.sensor = sensor
        self.source = source
        self.events = events
    }

    func concerns(_ series: SeriesKey) -> Bool {
        series.sensor == sensor && (source == nil || source == series.source)
    }
}

extension BeliefColumns {
    /// Without the events of `deletions` that concern `series`; ascending columns.
    func applying(_ deletions: [Deletion], to series: SeriesKey) -> BeliefColumns {
        var result = self
        for deletion in deletions where deletion.concerns(series) {
            let range = result.positions(ofEventsIn: deletion.events)
            if !range.isEmpty { result.remove(range) }
        }
        return result
    }

    private mutating func remove(_ range: Range<Int>) {
        eventStarts.removeSubrange(range)
        beliefTimes.removeSubrange(range)
        values.removeSubrange(range)
    }
}
