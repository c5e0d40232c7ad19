package import Model

/// What one client request states: stored whole or not at all.
package struct AppendRequest: Sendable {
    /// One batch a series.
    package let batches: [BeliefBatch]
    /// Beliefs in all batches.
    package let valueCount: Int

    /// Takes the batches in; beliefs are put in order, NaN (no value known) is dropped, and batches
    /// of one series become one.
    package init(_ batches: [BeliefBatch]) {
        var prepared: [BeliefBatch] = []
        var positions: [SeriesKey: Int] = [:]
        for batch in batches {
            let columns = batch.columns.withoutNaN().ascending()
            if batches.count > 1, let position = positions[batch.series] {
                let earlier = prepared[position].columns
                prepared[position] = BeliefBatch(
                    series: batch.series,
                    timing: batch.timing,
                    columns: earlier.merged(with: columns)
                )
            } else {
                positions[batch.series] = prepared.count
                prepared.append(
                    BeliefBatch(series: batch.series, timing: batch.timing, columns: columns)
                )
            }
        }
        self.batches = prepared
        valueCount = prepared.reduce(0) { $0 + $1.columns.count }
    }

    /// Memory that the request holds while it waits, in bytes: 24 a belief and some for the rest.
    var byteCount: Int { valueCount * 24 + batches.count * 200 + 200 }
}

/// What became of an append, by FlexMeasures' names.
package enum AppendOutcome: Sendable, Equatable {
    /// Everything is stored (`success`).
    case stored
    /// Some beliefs repeated what was known and were skipped
    /// (`success_with_unchanged_beliefs_skipped`).
    case someUnchanged
    /// Nothing was new (`success_but_nothing_new`).
    case nothingNew
}

extension BeliefColumns {
    fileprivate func withoutNaN() -> BeliefColumns {
        guard values.contains(where: \.isNaN) else { return self }
        var result = BeliefColumns()
        result.reserveCapacity(count)
        for index in 0..<count where !values[index].isNaN {
            result.append(eventStarts[index], beliefTimes[index], values[index])
        }
        return result
    }
}
