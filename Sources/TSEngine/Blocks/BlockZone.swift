internal import Model

/// What is known of a block's beliefs without decoding them: its zone map, and the block's length.
struct BlockZone: Sendable, Hashable {
    let series: SeriesKey
    /// Starts of the first and the last event, µs since 1970 UTC.
    let firstEvent: Int64
    let lastEvent: Int64
    /// Earliest and latest belief time, µs since 1970 UTC.
    let firstBelief: Int64
    let lastBelief: Int64
    /// Smallest and largest event start minus belief time, µs.
    let horizonMin: Int64
    let horizonMax: Int64
    /// Ascending with the time of writing; orders history blocks that overlap.
    let blockID: Int64
    let valueCount: Int
    /// How many values are finite; the next three are over those, nil if there are none.
    let validCount: Int
    let valueMin: Double?
    let valueMax: Double?
    let valueSum: Double?
    /// Bytes.
    let payloadCount: Int

    var events: ClosedRange<Int64> { firstEvent...max(firstEvent, lastEvent) }

    /// Whether the values can be told without the block.
    var isComplete: Bool {
        validCount == valueCount && valueSum.map(\.isFinite) ?? (valueCount == 0)
    }
}

extension BlockZone {
    /// The zone map of `columns`, which ascend and are not empty.
    init(series: SeriesKey, columns: BeliefColumns, blockID: Int64, payloadCount: Int) {
        self.series = series
        self.blockID = blockID
        self.payloadCount = payloadCount
        firstEvent = columns.eventStarts[0]
        lastEvent = columns.eventStarts[columns.count - 1]
        var (beliefMin, beliefMax) = (Int64.max, Int64.min)
        var (lagMin, lagMax) = (Int64.max, Int64.min)
        for index in 0..<columns.count {
            let belief = columns.beliefTimes[index]
            let lag = columns.eventStarts[index] &- belief
            (beliefMin, beliefMax) = (min(beliefMin, belief), max(beliefMax, belief))
            (lagMin, lagMax) = (min(lagMin, lag), max(lagMax, lag))
        }
        (firstBelief, lastBelief, horizonMin, horizonMax) = (beliefMin, beliefMax, lagMin, lagMax)
        valueCount = columns.count
        let finite = columns.values.lazy.filter(\.isFinite)
        validCount = finite.count
        valueMin = finite.min()
        valueMax = finite.max()
        valueSum = validCount == 0 ? nil : finite.reduce(0, +)
    }
}
