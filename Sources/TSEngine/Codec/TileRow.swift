/// One row of a tile: a forecast post, or a part of one without missing events.
package struct TileRow: Sendable, Hashable {
    /// When the row's values were believed, µs since 1970 UTC.
    package var beliefTime: Int64
    /// Start of the row's first event, µs since 1970 UTC.
    package var firstEvent: Int64
    /// Number of events, each one step of the tile after the one before.
    package var count: Int

    /// A row of `count` events from `firstEvent`.
    package init(beliefTime: Int64, firstEvent: Int64, count: Int) {
        self.beliefTime = beliefTime
        self.firstEvent = firstEvent
        self.count = count
    }
}

/// The rows of a tile in their order: by belief time, then first event.
///
/// A tile stores revised forecasts: each post costs one row, not a belief time for each value.
package struct TileRows: Sendable, Equatable {
    /// By belief time, then first event.
    package let rows: [TileRow]
    /// Distance of neighbouring events, µs, at least 1.
    package let step: Int64
    let shape: TileShape

    /// `nil` unless every row starts on the grid of `step` through the earliest one, is not empty,
    /// and all rows together have at most 65,536 cells.
    package init?(_ rows: [TileRow], step: Int64) {
        let sorted = rows.sorted {
            ($0.beliefTime, $0.firstEvent) < ($1.beliefTime, $1.firstEvent)
        }
        guard step >= 1, let earliest = sorted.map(\.firstEvent).min() else { return nil }
        var starts: [Int] = []
        var cellCount = 0
        for row in sorted {
            let distance = row.firstEvent.subtractingReportingOverflow(earliest)
            guard !distance.overflow, distance.partialValue % step == 0, row.count >= 1,
                row.count <= BlockCodec.readValueCountMax - cellCount
            else { return nil }
            starts.append(Int(distance.partialValue / step))
            cellCount += row.count
        }
        let lengths = sorted.map(\.count)
        guard let shape = TileShape(starts: starts, lengths: lengths, cellCount: cellCount)
        else { return nil }
        self.rows = sorted
        self.step = step
        self.shape = shape
    }

    /// The rows of columns that are in cell order: by event, and within an event strictly by belief
    /// time. `nil` if they are not, or if posts are so short that a tile cannot be small.
    ///
    /// Cost O(n): the posts that cover an event are matched to those that cover the one before.
    package init?(eventStarts: Span<Int64>, beliefTimes: Span<Int64>) {
        guard let rows = TileRows.rows(eventStarts, beliefTimes) else { return nil }
        self.init(rows.rows, step: rows.step)
    }

    /// Cells of all rows together: the number of beliefs in the block.
    package var cellCount: Int { shape.cellCount }

    /// Calls `body` for every cell in the order of the block: by event, then by row.
    package func forEachCell(_ body: (_ row: Int, _ indexInRow: Int) -> Void) {
        shape.forEachStretch { slots, rows in
            for slot in slots {
                for row in rows { body(row, slot - shape.starts[row]) }
            }
        }
    }

    /// Fewest cells that a row has on average, when rows are made from columns.
    private static let rowLengthMin = 3

    private static func rows(
        _ events: Span<Int64>,
        _ beliefs: Span<Int64>
    ) -> (rows: [TileRow], step: Int64)? {
        guard let step = Int64(exactly: CommonDivisor.ofDifferences(events)) else { return nil }
        var rows: [TileRow] = []
        // Indices in `rows` of those that cover the current and the previous event, by belief time.
        var current: [Int] = []
        var previous: [Int] = []
        var candidate = 0
        for cell in events.indices {
            let (event, belief) = (events[cell], beliefs[cell])
            if cell > 0, event == events[cell - 1] {
                guard belief > beliefs[cell - 1] else { return nil }
            } else {
                let isNext = cell > 0 && event &- events[cell - 1] == step
                guard cell == 0 || event > events[cell - 1] else { return nil }
                swap(&previous, &current)
                current.removeAll(keepingCapacity: true)
                if !isNext { previous.removeAll(keepingCapacity: true) }
                candidate = 0
            }
            while candidate < previous.count, rows[previous[candidate]].beliefTime < belief {
                candidate += 1
            }
            if candidate < previous.count, rows[previous[candidate]].beliefTime == belief {
                rows[previous[candidate]].count += 1
                current.append(previous[candidate])
            } else {
                current.append(rows.count)
                rows.append(TileRow(beliefTime: belief, firstEvent: event, count: 1))
                if rows.count * rowLengthMin > events.count { return nil }
            }
        }
        return (rows, step)
    }
}
