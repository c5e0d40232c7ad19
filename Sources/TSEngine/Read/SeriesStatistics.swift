internal import Model

/// What all beliefs of one source about some events have in common, superseded ones included.
package struct SeriesStatistics: Sendable, Equatable {
    /// Starts of events, µs since 1970 UTC.
    package private(set) var firstEvent = Int64.max
    package private(set) var lastEvent = Int64.min
    /// The latest belief time, µs since 1970 UTC.
    package private(set) var lastBelief = Int64.min
    /// Of beliefs.
    package private(set) var count = 0
    /// In the sensor's unit, like the others; infinite without beliefs.
    package private(set) var min = Double.infinity
    package private(set) var max = -Double.infinity
    package private(set) var sum = 0.0

    package var mean: Double { sum / Double(count) }

    mutating func add(_ columns: BeliefColumns) {
        for index in 0..<columns.count {
            firstEvent = Swift.min(firstEvent, columns.eventStarts[index])
            lastEvent = Swift.max(lastEvent, columns.eventStarts[index])
            lastBelief = Swift.max(lastBelief, columns.beliefTimes[index])
            let value = columns.values[index]
            min = Swift.min(min, value)
            max = Swift.max(max, value)
            sum += value
        }
        count += columns.count
    }

    /// Adds a block by its zone map.
    mutating func add(_ zone: BlockZone) {
        firstEvent = Swift.min(firstEvent, zone.firstEvent)
        lastEvent = Swift.max(lastEvent, zone.lastEvent)
        lastBelief = Swift.max(lastBelief, zone.lastBelief)
        min = Swift.min(min, zone.valueMin ?? .infinity)
        max = Swift.max(max, zone.valueMax ?? -.infinity)
        sum += zone.valueSum ?? 0
        count += zone.valueCount
    }
}
