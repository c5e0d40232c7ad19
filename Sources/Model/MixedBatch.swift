/// A series' number in this process: dense, from 0, never reused while the process runs.
///
/// What is known about a series is found by it in flat arrays, without hashing.
@frozen package struct SeriesSlot: Sendable, Hashable {
    package let rawValue: UInt32
    @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// What one request states about many series: one belief a row, in the order of the request, in
/// columns of equal length, shape `[n]` each. All were received at one moment.
@frozen package struct MixedBatch: Sendable {
    /// Whose belief each is: raw values of `SeriesSlot`s.
    package var slots: [UInt32]
    /// Start of each event, unit µs since 1970 UTC.
    package var eventStarts: [Int64]
    /// In the sensors' units.
    package var values: [Double]

    @inlinable package init() { (slots, eventStarts, values) = ([], [], []) }

    /// - Precondition: the three columns have one length.
    package init(slots: [UInt32], eventStarts: [Int64], values: [Double]) {
        precondition(slots.count == values.count && eventStarts.count == values.count)
        self.slots = slots
        self.eventStarts = eventStarts
        self.values = values
    }

    @inlinable package var count: Int { values.count }
    @inlinable package var isEmpty: Bool { values.isEmpty }

    package mutating func reserveCapacity(_ capacity: Int) {
        slots.reserveCapacity(capacity)
        eventStarts.reserveCapacity(capacity)
        values.reserveCapacity(capacity)
    }
}
