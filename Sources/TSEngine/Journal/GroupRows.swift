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

    @inline(__always)
    mutating func append(_ event: Int64, _ belief: Int64, _ value: Double, to slot: UInt32) {
        slots.append(slot)
        starts.append(UInt32(count))
        columns.append(event, belief, value)
    }

    /// Forgets the rows from `count` on: of a request that turned out to be refused.
    mutating func truncate(to mark: Mark) {
        slots.removeLast(slots.count - mark.pieceCount)
        starts.removeLast(starts.count - mark.pieceCount)
        let surplus = columns.count - mark.rowCount
        columns.eventStarts.removeLast(surplus)
        columns.beliefTimes.removeLast(surplus)
        columns.values.removeLast(surplus)
    }

    /// Where the group ends now.
    struct Mark {
        fileprivate let pieceCount: Int
        fileprivate let rowCount: Int
    }

    var mark: Mark { Mark(pieceCount: slots.count, rowCount: count) }

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
        let order = SlotOrder.ascending(slots)
        var builder = RunBuilder(rowCapacity: count, seriesCapacity: min(slots.count, 1 << 16))
        if let order {
            for piece in order {
                builder.append(columns, rows(of: Int(piece)), of: slots[Int(piece)])
            }
        } else {
            for piece in slots.indices {
                builder.append(columns, rows(of: piece), of: slots[piece])
            }
        }
        return builder.run()
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
        var order = [UInt32](repeating: 0, count: slots.count)
        for index in order.indices { order[index] = UInt32(truncatingIfNeeded: index) }
        if slots.count < 512 {
            order.sort { (slots[Int($0)], $0) < (slots[Int($1)], $1) }
            return order
        }
        var target = order
        var counts = [UInt32](repeating: 0, count: 2_049)
        var shift: UInt32 = 0
        while shift < 32 && bits >> shift != 0 {
            for index in counts.indices { counts[index] = 0 }
            for slot in slots { counts[Int((slot >> shift) & 2_047) + 1] += 1 }
            for index in 1..<counts.count { counts[index] += counts[index - 1] }
            for position in order {
                let digit = Int((slots[Int(position)] >> shift) & 2_047)
                target[Int(counts[digit])] = position
                counts[digit] += 1
            }
            swap(&order, &target)
            shift += 11
        }
        return order
    }
}
