/// The three columns of a block: same length, shape `[n]`, belief `i` is the triple at index `i`.
///
/// INVARIANT: the columns are of one length and events ascend; several beliefs of one event follow
/// each other by belief time. The codec keeps any order, but only ascending events compress.
///
/// The shape of Model's `BeliefColumns`, but a type of the codec's own: the codec imports nothing of
/// Penstock, so that it can be fuzzed and read apart.
package struct BlockColumns: Sendable, Equatable {
    /// Start of the event each belief is about, µs since 1970 UTC, ascending.
    package var eventStarts: [Int64]
    /// When each belief was formed, µs since 1970 UTC.
    package var beliefTimes: [Int64]
    /// The believed values, in the sensor's unit; compared by bit pattern.
    package var values: [Double]

    /// Columns without beliefs.
    package init() {
        (eventStarts, beliefTimes, values) = ([], [], [])
    }

    /// Columns of equal length; traps otherwise.
    package init(eventStarts: [Int64], beliefTimes: [Int64], values: [Double]) {
        precondition(eventStarts.count == values.count, "one event for each value")
        precondition(beliefTimes.count == values.count, "one belief time for each value")
        self.eventStarts = eventStarts
        self.beliefTimes = beliefTimes
        self.values = values
    }

    /// Number of beliefs.
    package var count: Int { values.count }

    /// Drops every belief, and the memory too unless `keepingCapacity`.
    package mutating func removeAll(keepingCapacity: Bool = false) {
        eventStarts.removeAll(keepingCapacity: keepingCapacity)
        beliefTimes.removeAll(keepingCapacity: keepingCapacity)
        values.removeAll(keepingCapacity: keepingCapacity)
    }

    /// Whether values are bit for bit the same; `==` follows IEEE 754, where NaN differs from
    /// itself.
    package func isIdentical(to other: BlockColumns) -> Bool {
        eventStarts == other.eventStarts && beliefTimes == other.beliefTimes
            && values.count == other.values.count
            && zip(values, other.values).allSatisfy { $0.bitPattern == $1.bitPattern }
    }
}
