/// Which slots of the event grid each row of a tile covers, and the order of the cells.
///
/// A row is one post (or a contiguous part of one); it covers `lengths[r]` slots from `starts[r]`.
/// Cells are ordered by slot, and within a slot by row.
struct TileShape: Equatable {
    let starts: [Int]
    let lengths: [Int]
    /// Cells of all rows together.
    let cellCount: Int

    /// `nil` if a row is empty, starts before slot 0 or ends past `Int.max`, or if the rows do not
    /// have `cellCount` cells.
    init?(starts: [Int], lengths: [Int], cellCount: Int) {
        guard starts.count == lengths.count, !starts.isEmpty else { return nil }
        var remainingCount = cellCount
        for (start, length) in zip(starts, lengths) {
            guard start >= 0, length >= 1, length <= remainingCount,
                !start.addingReportingOverflow(length).overflow
            else { return nil }
            remainingCount -= length
        }
        guard remainingCount == 0 else { return nil }
        self.starts = starts
        self.lengths = lengths
        self.cellCount = cellCount
    }

    /// Calls `body` with each stretch of slots that the same rows cover, in cell order.
    ///
    /// Cost O(cells + rows log rows), whatever the slots are: a stretch has at least as many cells
    /// as rows, and slots that no row covers are jumped over.
    func forEachStretch(_ body: (_ slots: Range<Int>, _ rows: [Int]) -> Void) {
        let order = starts.indices.sorted { (starts[$0], $0) < (starts[$1], $1) }
        var next = 0
        var rows: [Int] = []
        var slot = 0
        while next < order.count || !rows.isEmpty {
            if rows.isEmpty { slot = starts[order[next]] }
            var added: [Int] = []
            while next < order.count, starts[order[next]] == slot {
                added.append(order[next])
                next += 1
            }
            rows = TileShape.merged(rows, added)
            var end = next < order.count ? starts[order[next]] : Int.max
            for row in rows { end = min(end, starts[row] + lengths[row]) }
            body(slot..<end, rows)
            rows.removeAll { starts[$0] + lengths[$0] == end }
            slot = end
        }
    }

    /// Two ascending lists as one.
    private static func merged(_ left: [Int], _ right: [Int]) -> [Int] {
        if right.isEmpty { return left }
        if let last = left.last, let first = right.first, last > first {
            return (left + right).sorted()
        }
        return left + right
    }
}
