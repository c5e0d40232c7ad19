package import Model

extension Resampling {
    /// Longer events, with how the belief about each developed: for every moment at which something
    /// was believed, the mean over the events of the bin about which something was known by then.
    ///
    /// For one source; several beliefs per event. Bins times moments: for windows that a person
    /// looks at, not for years.
    ///
    /// `beliefTimes`: the moments, ascending. `edges`: of the bins, ascending. µs since 1970 UTC.
    package static func revisions(
        _ columns: BeliefColumns,
        at beliefTimes: [Int64],
        edges: [Int64]
    ) -> BeliefColumns {
        var result = BeliefColumns()
        var first = 0
        for bin in 0..<max(0, edges.count - 1) {
            while first < columns.count && columns.eventStarts[first] < edges[bin] { first += 1 }
            var end = first
            while end < columns.count && columns.eventStarts[end] < edges[bin + 1] { end += 1 }
            guard first < end else { continue }
            for moment in beliefTimes {
                let known = meanKnown(columns, first..<end, by: moment)
                if !known.isNaN { result.append(edges[bin], moment, known) }
            }
            first = end
        }
        return result
    }

    /// The mean of the latest values per event that were held at `moment`; NaN if there are none.
    private static func meanKnown(
        _ columns: BeliefColumns,
        _ range: Range<Int>,
        by moment: Int64
    ) -> Double {
        var (sum, count) = (0.0, 0)
        for index in range where columns.beliefTimes[index] <= moment {
            let isSuperseded =
                index + 1 < range.upperBound
                && columns.eventStarts[index + 1] == columns.eventStarts[index]
                && columns.beliefTimes[index + 1] <= moment
            guard !isSuperseded, !columns.values[index].isNaN else { continue }
            sum += columns.values[index]
            count += 1
        }
        return count == 0 ? .nan : sum / Double(count)
    }
}
