internal import Model

/// Beliefs of many series, sorted, immutable: what one group commit stored, or several merged.
///
/// Series ascend by slot, the beliefs of one by (event start, belief time), each pair once.
final class SortedRun: Sendable {
    /// Shape `[series]`, ascending.
    let slots: [UInt32]
    /// Shape `[series]`: end of each series' rows; they begin where the one before ends.
    let ends: [UInt32]
    /// Shape `[rows]`.
    let columns: BeliefColumns

    init(slots: [UInt32], ends: [UInt32], columns: BeliefColumns) {
        precondition(slots.count == ends.count, "one end a series")
        precondition(Int(ends.last ?? 0) == columns.count, "the last series ends with the rows")
        (self.slots, self.ends, self.columns) = (slots, ends, columns)
    }

    var count: Int { columns.count }

    /// Rows of the series at `position`.
    func rows(at position: Int) -> Range<Int> {
        (position == 0 ? 0 : Int(ends[position - 1]))..<Int(ends[position])
    }

    /// Position of `slot`, or of the first one after it; searched from `start` on with growing
    /// steps, so that ascending questions cost little each.
    func position(of slot: UInt32, from start: Int = 0) -> Int {
        var (low, step) = (start, 1)
        while low + step < slots.count && slots[low + step] < slot {
            low += step
            step *= 2
        }
        var high = min(low + step, slots.count)
        while low < high {
            let middle = (low + high) / 2
            if slots[middle] < slot { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Rows of a series; empty if it has none here.
    func rows(of slot: UInt32) -> Range<Int> {
        let position = position(of: slot)
        guard position < slots.count, slots[position] == slot else { return 0..<0 }
        return rows(at: position)
    }

    /// Of `rows`, which belong to one series: those of the events that start in `events`.
    func narrow(_ rows: Range<Int>, toEventsIn events: ClosedRange<Int64>) -> Range<Int> {
        let first = firstRow(in: rows, notBefore: events.lowerBound)
        guard events.upperBound < .max else { return first..<rows.upperBound }
        return first..<max(first, firstRow(in: rows, notBefore: events.upperBound + 1))
    }

    private func firstRow(in rows: Range<Int>, notBefore event: Int64) -> Int {
        var (low, high) = (rows.lowerBound, rows.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if columns.eventStarts[middle] < event { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The run without what `deletions` remove; nil if that is nothing.
    ///
    /// `slots`: of the series that each deletion concerns, ascending.
    func removing(_ deletions: [(slots: [UInt32], events: ClosedRange<Int64>)]) -> SortedRun? {
        var removed: [Range<Int>] = []
        for deletion in deletions {
            var position = 0
            for slot in deletion.slots {
                position = self.position(of: slot, from: position)
                guard position < slots.count else { break }
                guard slots[position] == slot else { continue }
                let range = narrow(rows(at: position), toEventsIn: deletion.events)
                if !range.isEmpty { removed.append(range) }
            }
        }
        guard !removed.isEmpty else { return nil }
        var isKept = [Bool](repeating: true, count: count)
        for range in removed {
            for row in range { isKept[row] = false }
        }
        var builder = RunBuilder(rowCapacity: count, seriesCapacity: slots.count)
        for position in slots.indices {
            var first = rows(at: position).lowerBound
            for row in rows(at: position) where !isKept[row] {
                if first < row { builder.append(columns, first..<row, of: slots[position]) }
                first = row + 1
            }
            let end = rows(at: position).upperBound
            if first < end { builder.append(columns, first..<end, of: slots[position]) }
        }
        return builder.run()
    }
}
