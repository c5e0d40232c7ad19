internal import Model

/// Merging of sorted runs, column by column.
///
/// Every belief is copied at each merge, so this is on the path of every write: rows are first put
/// where their series begins, run after run, in loops over single columns; then the few series whose
/// rows came out of order are sorted.
enum RunMerge {
    /// All in one; of equal pairs the later run's value stays.
    static func merge(_ runs: [SortedRun]) -> SortedRun {
        guard runs.count > 1 else { return runs.first ?? .empty }
        let slots = runs.dropFirst().reduce(runs[0].slots) { union($0, $1.slots) }
        var ends = [UInt32](repeating: 0, count: slots.count)
        for run in runs { addCounts(of: run, slots, to: &ends) }
        var total: UInt32 = 0
        // Where the next row of each series goes; in the end that is each series' end.
        for index in ends.indices {
            let count = ends[index]
            ends[index] = total
            total += count
        }
        let places = runs.map { Self.places(of: $0, slots, &ends) }
        let columns = BeliefColumns(
            eventStarts: scattered(runs, places, Int(total), \.columns.eventStarts),
            beliefTimes: scattered(runs, places, Int(total), \.columns.beliefTimes),
            values: scattered(runs, places, Int(total), \.columns.values)
        )
        return SortedRun.sortingWithin(slots: slots, ends: ends, columns: columns)
    }

    /// Both ascending without repetition.
    private static func union(_ left: [UInt32], _ right: [UInt32]) -> [UInt32] {
        if left == right { return left }
        var result: [UInt32] = []
        result.append(addingCapacity: left.count + right.count) { output in
            let (left, right) = (left.span, right.span)
            var (leftIndex, rightIndex) = (0, 0)
            while leftIndex < left.count && rightIndex < right.count {
                let (leftSlot, rightSlot) = (left[leftIndex], right[rightIndex])
                output.append(min(leftSlot, rightSlot))
                leftIndex &+= leftSlot <= rightSlot ? 1 : 0
                rightIndex &+= rightSlot <= leftSlot ? 1 : 0
            }
            while leftIndex < left.count {
                output.append(left[leftIndex])
                leftIndex &+= 1
            }
            while rightIndex < right.count {
                output.append(right[rightIndex])
                rightIndex &+= 1
            }
        }
        return result
    }

    /// Adds the number of the run's rows to each series'.
    private static func addCounts(of run: SortedRun, _ slots: [UInt32], to counts: inout [UInt32]) {
        let (runSlots, ends) = (run.slots, run.ends)
        let (slots, own, bounds) = (slots.span, runSlots.span, ends.span)
        var counts = counts.mutableSpan
        var (index, start): (Int, UInt32) = (0, 0)
        for position in 0..<own.count {
            while slots[index] != own[position] { index &+= 1 }
            counts[index] &+= bounds[position] &- start
            start = bounds[position]
        }
    }

    /// Where the run's series go; `next` moves on by their rows.
    private static func places(
        of run: SortedRun,
        _ slots: [UInt32],
        _ next: inout [UInt32]
    ) -> [UInt32] {
        var places: [UInt32] = []
        let (runSlots, ends) = (run.slots, run.ends)
        places.appendUninitialized(runSlots.count) { places in
            let (slots, own, bounds) = (slots.span, runSlots.span, ends.span)
            var next = next.mutableSpan
            var (index, start): (Int, UInt32) = (0, 0)
            for position in 0..<own.count {
                while slots[index] != own[position] { index &+= 1 }
                places[position] = next[index]
                next[index] &+= bounds[position] &- start
                start = bounds[position]
            }
        }
        return places
    }

    /// A column of all runs, each row at its place. The places cover `0..<count`.
    @inline(__always)
    private static func scattered<Value: BitwiseCopyable>(
        _ runs: [SortedRun],
        _ places: [[UInt32]],
        _ count: Int,
        _ column: (SortedRun) -> [Value]
    ) -> [Value] {
        var result: [Value] = []
        result.appendUninitialized(count) { target in
            for (run, places) in zip(runs, places) {
                scatter(column(run), run.ends, places, &target)
            }
        }
        return result
    }

    @inline(__always)
    private static func scatter<Value: BitwiseCopyable>(
        _ source: [Value],
        _ ends: [UInt32],
        _ places: [UInt32],
        _ target: inout MutableSpan<Value>
    ) {
        let (source, ends, places) = (source.span, ends.span, places.span)
        var row = 0
        for position in 0..<ends.count {
            let end = Int(ends[position])
            var place = Int(places[position])
            while row < end {
                target[place] = source[row]
                row &+= 1
                place &+= 1
            }
        }
    }
}

extension SortedRun {
    static let empty = SortedRun(slots: [], ends: [], columns: BeliefColumns())

    /// All in one; of equal pairs the later run's value stays.
    static func merged(_ runs: [SortedRun]) -> SortedRun { RunMerge.merge(runs) }

    /// A run whose series are in order, but whose rows may not be; of equal pairs the last one given
    /// stays.
    static func sortingWithin(
        slots: [UInt32],
        ends: consuming [UInt32],
        columns: consuming BeliefColumns
    ) -> SortedRun {
        let unsorted = unsortedSeries(ends, columns)
        guard !unsorted.isEmpty else {
            return SortedRun(slots: slots, ends: ends, columns: columns)
        }
        // How many rows fewer there are, by series that had repeated ones.
        var repeated: [(position: Int, count: Int)] = []
        for position in unsorted {
            let first = position == 0 ? 0 : Int(ends[position - 1])
            let rows = first..<Int(ends[position])
            if columns.sort(rows) { continue }
            let sorted = columns.slice(rows).ascending()
            columns.replace(from: first, with: sorted)
            if sorted.count < rows.count {
                repeated.append((position, rows.count - sorted.count))
            }
        }
        guard !repeated.isEmpty else {
            return SortedRun(slots: slots, ends: ends, columns: columns)
        }
        // Close the gaps behind the shortened series.
        var (kept, start, surplus) = (BeliefColumns(), 0, 0)
        kept.reserveCapacity(columns.count)
        var next = repeated[...]
        for position in ends.indices {
            if let first = next.first, first.position == position {
                let end = Int(ends[position])
                kept.append(contentsOf: columns, in: start..<end - first.count)
                start = end
                surplus += first.count
                next = next.dropFirst()
            }
            ends[position] -= UInt32(surplus)
        }
        kept.append(contentsOf: columns, in: start..<columns.count)
        return SortedRun(slots: slots, ends: ends, columns: kept)
    }

    /// Positions of the series whose rows do not ascend strictly.
    private static func unsortedSeries(_ ends: [UInt32], _ columns: BeliefColumns) -> [Int] {
        let (events, beliefs) = (columns.eventStarts.span, columns.beliefTimes.span)
        var result: [Int] = []
        var row = 0
        for position in ends.indices {
            let end = Int(ends[position])
            var isAscending = true
            row &+= 1
            while row < end {
                let (event, before) = (events[row], events[row &- 1])
                if event < before || (event == before && beliefs[row] <= beliefs[row &- 1]) {
                    isAscending = false
                }
                row &+= 1
            }
            row = end
            if !isAscending { result.append(position) }
        }
        return result
    }
}

extension BeliefColumns {
    /// Sorts a few rows, or many of which few are out of place.
    ///
    /// - Returns: false if that takes too long, or if there are equal pairs: the rows may then have
    ///   changed their places, but not the order of equal ones.
    fileprivate mutating func sort(_ rows: Range<Int>) -> Bool {
        Self.sort(rows, &eventStarts, &beliefTimes, &values)
    }

    private static func sort(
        _ rows: Range<Int>,
        _ events: inout [Int64],
        _ beliefs: inout [Int64],
        _ values: inout [Double]
    ) -> Bool {
        var events = events.mutableSpan
        var beliefs = beliefs.mutableSpan
        var values = values.mutableSpan
        var moveCount = 8 * rows.count
        for row in rows.dropFirst() {
            let (event, belief, value) = (events[row], beliefs[row], values[row])
            var place = row
            while place > rows.lowerBound {
                let (eventBefore, beliefBefore) = (events[place &- 1], beliefs[place &- 1])
                if eventBefore < event || (eventBefore == event && beliefBefore < belief) { break }
                let isRepeated = eventBefore == event && beliefBefore == belief
                if isRepeated || moveCount == 0 {
                    (events[place], beliefs[place], values[place]) = (event, belief, value)
                    return false
                }
                (events[place], beliefs[place]) = (eventBefore, beliefBefore)
                values[place] = values[place &- 1]
                place &-= 1
                moveCount &-= 1
            }
            (events[place], beliefs[place], values[place]) = (event, belief, value)
        }
        return true
    }

    fileprivate mutating func replace(from first: Int, with other: BeliefColumns) {
        for index in 0..<other.count {
            eventStarts[first + index] = other.eventStarts[index]
            beliefTimes[first + index] = other.beliefTimes[index]
            values[first + index] = other.values[index]
        }
    }
}
