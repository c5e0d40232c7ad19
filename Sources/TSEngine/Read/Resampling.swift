package import Model

/// Beliefs about events of one length as beliefs about events of another: FlexMeasures'
/// (timely-beliefs') rules, for one source and one belief per event. Linear in values and edges.
package enum Resampling {
    /// Longer events: the aggregate of the events that start in each bin. NaN and missing events do
    /// not count; a bin without values is left out. Held since the latest of its beliefs.
    ///
    /// `edges`: of the bins, ascending, shape `[bins + 1]`, µs since 1970 UTC.
    package static func downsampled(
        _ columns: BeliefColumns,
        edges: [Int64],
        _ aggregate: Aggregate
    ) -> BeliefColumns {
        var states = [BinState](repeating: BinState(), count: max(0, edges.count - 1))
        BinAggregation.add(columns, to: &states, edges: edges, aggregate)
        var result = BeliefColumns()
        result.reserveCapacity(min(states.count, columns.count))
        for (bin, state) in states.enumerated() where state.count > 0 {
            result.append(edges[bin], state.belief, state.result(aggregate))
        }
        return result
    }

    /// Shorter events: each value is repeated, or for sums split evenly, over its own length. Only
    /// events that start on an edge have parts; so gaps stay, and where the lengths do not divide
    /// there are holes.
    ///
    /// `resolution`: length of the events, µs. `edges`: of the parts, with the end of the last.
    package static func upsampled(
        _ columns: BeliefColumns,
        resolution: Int64,
        edges: [Int64],
        isSplit: Bool = false
    ) -> BeliefColumns {
        // Columns of their own, and put together at the end: faster than appending to a
        // type of another module.
        var (parts, beliefs, values): ([Int64], [Int64], [Double]) = ([], [], [])
        let capacity = max(0, edges.count - 1)
        parts.reserveCapacity(capacity)
        beliefs.reserveCapacity(capacity)
        values.reserveCapacity(capacity)
        let starts = columns.eventStarts
        let (oldBeliefs, oldValues) = (columns.beliefTimes, columns.values)
        var next = 0
        var current: Int?
        for place in 0..<capacity {
            let part = edges[place]
            while next < starts.count && starts[next] <= part {
                if starts[next] == part && !oldValues[next].isNaN { current = next }
                next += 1
            }
            guard let current, part < starts[current] &+ resolution else { continue }
            let ratio = Double(resolution) / Double(edges[place + 1] - part)
            parts.append(part)
            beliefs.append(oldBeliefs[current])
            values.append(isSplit ? oldValues[current] / ratio : oldValues[current])
        }
        return BeliefColumns(eventStarts: parts, beliefTimes: beliefs, values: values)
    }

    /// Which value counts where two events meet.
    package enum Boundary: String, Sendable, CaseIterable {
        /// That of the event which starts there.
        case first
        case min, max
    }

    /// Instants instead of events of some length: the value at the start and at the end of each.
    /// Where two events meet and were believed at one moment, `boundary` decides; believed at
    /// different moments they are two beliefs about the instant. Ascending.
    package static func instants(
        _ columns: BeliefColumns,
        resolution: Int64,
        _ boundary: Boundary
    ) -> BeliefColumns {
        let count = columns.count
        var result = BeliefColumns()
        result.reserveCapacity(count + 1)
        var (start, end) = (0, 0)
        while end < count {
            let ending = columns.eventStarts[end] &+ resolution
            let starting = start < count ? columns.eventStarts[start] : .max
            let (startBelief, endBelief) = (
                start < count ? columns.beliefTimes[start] : .max, columns.beliefTimes[end]
            )
            if starting == ending && startBelief == endBelief {
                let (left, right) = (columns.values[start], columns.values[end])
                let value =
                    switch boundary {
                    case .first: left
                    case .min: Swift.min(left, right)
                    case .max: Swift.max(left, right)
                    }
                result.append(starting, startBelief, value)
                start += 1
                end += 1
            } else if (starting, startBelief) < (ending, endBelief) {
                result.append(starting, startBelief, columns.values[start])
                start += 1
            } else {
                result.append(ending, endBelief, columns.values[end])
                end += 1
            }
        }
        return result
    }
}
