internal import Model

/// Aggregates of values in bins.
enum BinAggregation {
    /// Adds the events of `columns`, one belief each and ascending, to the bins in which they
    /// start. Linear; nothing is allocated.
    ///
    /// `edges`: shape `[states.count + 1]`, ascending, µs since 1970 UTC.
    static func add(
        _ columns: BeliefColumns,
        to states: inout [BinState],
        edges: [Int64],
        _ aggregate: Aggregate
    ) {
        guard let firstEdge = edges.first, !states.isEmpty else { return }
        let starts = columns.eventStarts.span
        var index = columns.positions(ofEventsIn: firstEdge ... .max).lowerBound
        guard index < starts.count else { return }
        var bin = position(of: starts[index], in: edges)
        while index < starts.count && bin < states.count {
            let bound = edges[bin + 1]
            guard starts[index] < bound else {
                bin += 1
                // Many empty bins may follow.
                if bin < states.count && starts[index] >= edges[bin + 1] {
                    bin = position(of: starts[index], in: edges)
                }
                continue
            }
            let first = index
            while index < starts.count && starts[index] < bound { index += 1 }
            states[bin].add(fold(columns, first..<index, aggregate), aggregate)
        }
    }

    /// The bin in which `event` lies; the number of bins if it lies behind them, -1 if before.
    static func position(of event: Int64, in edges: [Int64]) -> Int {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] <= event { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    /// What is known of the events at `range`; NaN is left out.
    static func fold(
        _ columns: BeliefColumns,
        _ range: Range<Int>,
        _ aggregate: Aggregate
    ) -> BinState {
        let beliefs = columns.beliefTimes.span
        let values = columns.values.span
        var state = BinState()
        var latest = Int64.min
        for index in range { latest = Swift.max(latest, beliefs[index]) }
        state.belief = latest
        switch aggregate {
        case .count, .mean, .sum:
            (state.count, state.value) = sum(values, range)
        case .min:
            (state.count, state.value) = minimum(values, range)
        case .max:
            (state.count, state.value) = maximum(values, range)
        case .first, .last:
            var place: Int?
            for index in range where values[index] == values[index] {
                state.count += 1
                if aggregate == .last || place == nil { place = index }
            }
            if let place {
                (state.value, state.event) = (values[place], columns.eventStarts[place])
            }
        }
        return state
    }

    private static func sum(
        _ values: borrowing Span<Double>,
        _ range: Range<Int>
    ) -> (count: Int, value: Double) {
        var (count, sum) = (0, 0.0)
        for index in range {
            let value = values[index]
            let isNumber = value == value
            sum += isNumber ? value : 0
            count += isNumber ? 1 : 0
        }
        return (count, sum)
    }

    private static func minimum(
        _ values: borrowing Span<Double>,
        _ range: Range<Int>
    ) -> (count: Int, value: Double) {
        var (count, least) = (0, Double.infinity)
        for index in range {
            let value = values[index]
            count += value == value ? 1 : 0
            least = value < least ? value : least
        }
        return (count, least)
    }

    private static func maximum(
        _ values: borrowing Span<Double>,
        _ range: Range<Int>
    ) -> (count: Int, value: Double) {
        var (count, most) = (0, -Double.infinity)
        for index in range {
            let value = values[index]
            count += value == value ? 1 : 0
            most = value > most ? value : most
        }
        return (count, most)
    }
}
