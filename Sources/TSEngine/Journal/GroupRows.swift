internal import Model

/// Collects what a group of requests stores: rows in the order of arrival, which become one sorted
/// run.
struct GroupRows {
    private(set) var columns = BeliefColumns()
    /// Consecutive rows of one series are a piece: its slot, and where it begins.
    private var slots: [UInt32] = []
    private var starts: [UInt32] = []

    var count: Int { columns.count }
    var isEmpty: Bool { columns.isEmpty }

    mutating func reserveCapacity(_ capacity: Int, pieceCapacity: Int) {
        columns.reserveCapacity(capacity)
        slots.reserveCapacity(pieceCapacity)
        starts.reserveCapacity(pieceCapacity)
    }

    /// `columns`: ascending.
    mutating func append(_ columns: BeliefColumns, to slot: UInt32) {
        guard !columns.isEmpty else { return }
        slots.append(slot)
        starts.append(UInt32(count))
        self.columns.append(contentsOf: columns)
    }

    mutating func append(_ event: Int64, _ belief: Int64, _ value: Double, to slot: UInt32) {
        slots.append(slot)
        starts.append(UInt32(count))
        columns.append(event, belief, value)
    }

    /// Appends rows of several series; `beliefTimes` has one for each.
    mutating func append(_ batch: MixedBatch, beliefTimes: [Int64]) {
        slots += batch.slots
        starts += UInt32(count)..<UInt32(count + batch.count)
        columns.eventStarts += batch.eventStarts
        columns.beliefTimes += beliefTimes
        columns.values += batch.values
    }

    /// What the group holds so far about some series; ascending.
    func columns(of wanted: Set<UInt32>) -> [UInt32: BeliefColumns] {
        var result: [UInt32: BeliefColumns] = [:]
        for piece in slots.indices where wanted.contains(slots[piece]) {
            let added = columns.slice(rows(of: piece))
            result[slots[piece]] = result[slots[piece]]?.merged(with: added) ?? added
        }
        return result
    }

    private func rows(of piece: Int) -> Range<Int> {
        Int(starts[piece])..<(piece + 1 < starts.count ? Int(starts[piece + 1]) : count)
    }

    /// Everything, sorted.
    func run() -> SortedRun {
        guard let order = SlotOrder.ascending(slots) else {
            let (slots, ends) = distinct(0..<UInt32(slots.count))
            return SortedRun.sortingWithin(slots: slots, ends: ends, columns: columns)
        }
        let (distinctSlots, ends) = distinct(order)
        if starts.count == count {
            // A row a piece, as requests about many series are.
            return SortedRun.sortingWithin(
                slots: distinctSlots,
                ends: ends,
                columns: BeliefColumns(
                    eventStarts: gathered(columns.eventStarts, order),
                    beliefTimes: gathered(columns.beliefTimes, order),
                    values: gathered(columns.values, order)
                )
            )
        }
        var (pieceStarts, pieceEnds) = (order, order)
        for index in order.indices {
            let piece = Int(order[index])
            pieceStarts[index] = starts[piece]
            pieceEnds[index] = piece + 1 < starts.count ? starts[piece + 1] : UInt32(count)
        }
        return SortedRun.sortingWithin(
            slots: distinctSlots,
            ends: ends,
            columns: BeliefColumns(
                eventStarts: gathered(columns.eventStarts, pieceStarts, pieceEnds),
                beliefTimes: gathered(columns.beliefTimes, pieceStarts, pieceEnds),
                values: gathered(columns.values, pieceStarts, pieceEnds)
            )
        )
    }

    /// The series in the order of their pieces, and where each one's rows end.
    private func distinct(_ order: some Sequence<UInt32>) -> (slots: [UInt32], ends: [UInt32]) {
        var (result, ends): ([UInt32], [UInt32]) = ([], [])
        result.reserveCapacity(self.slots.count)
        ends.reserveCapacity(self.slots.count)
        let (slots, starts, count) = (slots.span, starts.span, UInt32(count))
        var (end, last): (UInt32, UInt32?) = (0, nil)
        for piece in order {
            let index = Int(piece)
            let slot = slots[index]
            if let last, last != slot {
                result.append(last)
                ends.append(end)
            }
            last = slot
            end += (index + 1 < starts.count ? starts[index + 1] : count) - starts[index]
        }
        if let last {
            result.append(last)
            ends.append(end)
        }
        return (result, ends)
    }

    @inline(__always)
    private func gathered<Value: BitwiseCopyable>(
        _ column: [Value],
        _ order: [UInt32]
    ) -> [Value] {
        var result: [Value] = []
        result.appendUninitialized(order.count) { target in
            let (source, order) = (column.span, order.span)
            for place in 0..<order.count { target[place] = source[Int(order[place])] }
        }
        return result
    }

    @inline(__always)
    private func gathered<Value: BitwiseCopyable>(
        _ column: [Value],
        _ starts: [UInt32],
        _ ends: [UInt32]
    ) -> [Value] {
        guard var result = column.first.map({ [Value](repeating: $0, count: column.count) }) else {
            return []
        }
        let (source, starts, ends) = (column.span, starts.span, ends.span)
        var target = result.mutableSpan
        var place = 0
        for piece in 0..<starts.count {
            var row = Int(starts[piece])
            while row < Int(ends[piece]) {
                target[place] = source[row]
                row &+= 1
                place &+= 1
            }
        }
        return result
    }
}

/// Sorting of slots by radix: linear, stable, eleven bits at a time.
enum SlotOrder {
    /// - Returns: the positions of `slots` in ascending order, equal ones as given; nil if they
    ///   ascend already.
    static func ascending(_ slots: [UInt32]) -> [UInt32]? {
        var isAscending = true
        var bits: UInt32 = 0
        var previous: UInt32 = 0
        for slot in slots {
            if slot < previous { isAscending = false }
            previous = slot
            bits |= slot
        }
        if isAscending { return nil }
        var order = [UInt32](0..<UInt32(slots.count))
        if slots.count < 512 {
            order.sort { (slots[Int($0)], $0) < (slots[Int($1)], $1) }
            return order
        }
        var target = order
        var counts = [UInt32](repeating: 0, count: 2_049)
        var shift: UInt32 = 0
        while shift < 32 && bits >> shift != 0 {
            sort(order.span, by: slots.span, shift, &counts, into: &target)
            swap(&order, &target)
            shift += 11
        }
        return order
    }

    /// One pass: the positions by eleven bits of their slots, those with equal bits as given.
    private static func sort(
        _ order: Span<UInt32>,
        by slots: Span<UInt32>,
        _ shift: UInt32,
        _ counts: inout [UInt32],
        into target: inout [UInt32]
    ) {
        // Spans, so that no write asks whether the array is shared.
        var counts = counts.mutableSpan
        var target = target.mutableSpan
        for index in 0..<counts.count { counts[index] = 0 }
        for index in 0..<slots.count {
            counts[Int((slots[index] &>> shift) & 2_047) + 1] &+= 1
        }
        for index in 1..<counts.count { counts[index] &+= counts[index - 1] }
        for index in 0..<order.count {
            let position = order[index]
            let digit = Int((slots[Int(position)] &>> shift) & 2_047)
            target[Int(counts[digit])] = position
            counts[digit] &+= 1
        }
    }
}
