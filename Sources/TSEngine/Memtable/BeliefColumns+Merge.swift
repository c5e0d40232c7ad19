package import Model

/// Sorting and merging of belief columns. The order everywhere is (event start, belief time), and a
/// pair occurs once: where two columns hold the same pair, the newer column's value stays.
extension BeliefColumns {
    /// Whether the beliefs ascend strictly by (event start, belief time).
    package var isAscending: Bool {
        guard var event = eventStarts.first, var belief = beliefTimes.first else { return true }
        for index in 1..<count {
            let (nextEvent, nextBelief) = (eventStarts[index], beliefTimes[index])
            if nextEvent < event || (nextEvent == event && nextBelief <= belief) { return false }
            (event, belief) = (nextEvent, nextBelief)
        }
        return true
    }

    /// The beliefs in order; of equal pairs the last one given stays.
    package func ascending() -> BeliefColumns {
        if isAscending { return self }
        let order = (0..<count).sorted { left, right in
            if eventStarts[left] != eventStarts[right] {
                return eventStarts[left] < eventStarts[right]
            }
            if beliefTimes[left] != beliefTimes[right] {
                return beliefTimes[left] < beliefTimes[right]
            }
            return left < right
        }
        var result = BeliefColumns()
        result.reserveCapacity(count)
        for index in order {
            result.appendOrReplaceLast(eventStarts[index], beliefTimes[index], values[index])
        }
        return result
    }

    /// Both in one; of equal pairs `newer`'s value stays. Both must be ascending.
    package func merged(with newer: BeliefColumns) -> BeliefColumns {
        guard !isEmpty else { return newer }
        guard !newer.isEmpty else { return self }
        if isBefore(newer) {
            var result = self
            result.append(contentsOf: newer)
            return result
        }
        var result = BeliefColumns()
        result.reserveCapacity(count + newer.count)
        var (old, new) = (0, 0)
        while old < count && new < newer.count {
            if Self.precedes(self, old, newer, new) {
                result.append(eventStarts[old], beliefTimes[old], values[old])
                old += 1
            } else {
                if !Self.precedes(newer, new, self, old) { old += 1 }
                result.append(newer.eventStarts[new], newer.beliefTimes[new], newer.values[new])
                new += 1
            }
        }
        result.append(contentsOf: self, in: old..<count)
        result.append(contentsOf: newer, in: new..<newer.count)
        return result
    }

    /// Whether all beliefs come before all of `other`, both ascending and not empty.
    package func isBefore(_ other: BeliefColumns) -> Bool {
        guard !isEmpty, !other.isEmpty else { return true }
        return Self.precedes(self, count - 1, other, 0)
    }

    private static func precedes(
        _ left: BeliefColumns,
        _ leftIndex: Int,
        _ right: BeliefColumns,
        _ rightIndex: Int
    ) -> Bool {
        let (leftEvent, rightEvent) = (left.eventStarts[leftIndex], right.eventStarts[rightIndex])
        if leftEvent != rightEvent { return leftEvent < rightEvent }
        return left.beliefTimes[leftIndex] < right.beliefTimes[rightIndex]
    }

    package mutating func append(_ event: Int64, _ belief: Int64, _ value: Double) {
        eventStarts.append(event)
        beliefTimes.append(belief)
        values.append(value)
    }

    package mutating func append(contentsOf other: BeliefColumns) {
        eventStarts += other.eventStarts
        beliefTimes += other.beliefTimes
        values += other.values
    }

    package mutating func append(contentsOf other: BeliefColumns, in range: Range<Int>) {
        eventStarts += other.eventStarts[range]
        beliefTimes += other.beliefTimes[range]
        values += other.values[range]
    }

    private mutating func appendOrReplaceLast(_ event: Int64, _ belief: Int64, _ value: Double) {
        if eventStarts.last == event && beliefTimes.last == belief {
            values[values.count - 1] = value
        } else {
            append(event, belief, value)
        }
    }

    /// The beliefs at `range`, as columns of their own.
    package func slice(_ range: Range<Int>) -> BeliefColumns {
        BeliefColumns(
            eventStarts: Array(eventStarts[range]),
            beliefTimes: Array(beliefTimes[range]),
            values: Array(values[range])
        )
    }

    /// Positions of the events that start in `events` (both ends belong to it); ascending columns.
    package func positions(ofEventsIn events: ClosedRange<Int64>) -> Range<Int> {
        let first = firstIndex(notBefore: events.lowerBound)
        let end =
            events.upperBound == .max ? count : firstIndex(notBefore: events.upperBound + 1)
        return first..<max(first, end)
    }

    /// Index of the first event that does not start before `event`; `count` if all do.
    private func firstIndex(notBefore event: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if eventStarts[middle] < event { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
