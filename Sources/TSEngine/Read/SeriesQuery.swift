package import Model

/// A question about one sensor's beliefs.
package struct SeriesQuery: Sendable {
    package let sensor: SensorID
    package let timing: EventTiming
    /// Starts of the events asked for, µs since 1970 UTC, both ends included.
    package let events: ClosedRange<Int64>
    /// Only beliefs held at or before this moment, µs since 1970 UTC: "as known at".
    package var knownBy: Int64?
    /// Only beliefs held at or after this moment, µs since 1970 UTC.
    package var knownSince: Int64?
    /// Only beliefs with at least this horizon, µs.
    package var horizonMin: Int64?
    /// Only beliefs with at most this horizon, µs.
    package var horizonMax: Int64?
    /// Only these sources.
    package var sources: Set<SourceID>?

    package init(sensor: SensorID, timing: EventTiming, events: ClosedRange<Int64>) {
        self.sensor = sensor
        self.timing = timing
        self.events = events
    }

    /// The starts of the events that overlap a window: those that end after its start and start
    /// before its end; for instantaneous sensors both ends belong to the window.
    ///
    /// - Returns: nil if no event can.
    package static func events(
        overlapping start: Int64,
        duration: Int64,
        resolution: Int64
    ) -> ClosedRange<Int64>? {
        let (end, overflow) = start.addingReportingOverflow(duration)
        guard !overflow, duration >= 0 else { return nil }
        if resolution == 0 { return start...end }
        let (beforeStart, underflow) = start.subtractingReportingOverflow(resolution)
        guard !underflow, beforeStart + 1 <= end - 1 else { return nil }
        return beforeStart + 1...end - 1
    }
}

/// One belief per event, events ascending, columns of one length.
package struct SelectedBeliefs: Sendable, Equatable {
    package var columns: BeliefColumns
    /// Whose belief each is.
    package var sources: [SourceID]

    package init(columns: BeliefColumns = BeliefColumns(), sources: [SourceID] = []) {
        self.columns = columns
        self.sources = sources
    }
}
