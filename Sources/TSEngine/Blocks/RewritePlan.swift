internal import Model

/// Which blocks of a series in one partition must be rewritten to take new beliefs, and with what.
struct RewritePlan {
    /// Blocks and the beliefs that belong into them; without blocks they make new ones.
    struct Step {
        let blocks: [PlacedZone]
        let columns: BeliefColumns
        /// Whether more is to be expected after it: then blocks are filled one after the other.
        var isTail = false
    }

    let steps: [Step]

    /// For the current layer: each belief goes to the block whose events surround it, so that few
    /// blocks change; what comes after the last block is appended to it or makes a new one.
    ///
    /// `blocks`: in order of their events.
    /// `isBusy`: whether much is written now. Then the last block is left as it is if it holds more
    /// than comes, and the small blocks that this leaves are joined when there is time.
    static func current(
        _ columns: BeliefColumns,
        into blocks: [PlacedZone],
        isBusy: Bool
    ) -> RewritePlan {
        guard let last = blocks.last else {
            return RewritePlan(steps: [Step(blocks: [], columns: columns, isTail: true)])
        }
        // Beliefs after the last block's events, and the blocks at the end that they are joined to.
        let inside = columns.positions(ofEventsIn: .min...last.lastEvent).upperBound
        let appended = columns.count - inside
        var tailCount = 0
        if appended > 0 {
            var total = appended
            for block in blocks.reversed() {
                if block.isFull(with: total) || (isBusy && block.valueCount > total) { break }
                total += block.valueCount
                tailCount += 1
            }
        }
        var steps: [Step] = []
        var first = 0
        for (index, block) in blocks.dropLast(tailCount).enumerated() {
            // A block owns the events up to the next block's first one.
            let upper =
                index + 1 < blocks.count ? blocks[index + 1].firstEvent - 1 : last.lastEvent
            let end = columns.positions(ofEventsIn: .min...upper).upperBound
            if end > first {
                steps.append(Step(blocks: [block], columns: columns.slice(first..<end)))
                first = end
            }
        }
        if first < columns.count {
            steps.append(
                Step(
                    blocks: Array(blocks.suffix(tailCount)),
                    columns: columns.slice(first..<columns.count),
                    isTail: true
                )
            )
        }
        return RewritePlan(steps: steps)
    }

    /// For the history layer: the newest block takes new beliefs until it is full enough, older ones
    /// stay as they are.
    static func history(_ columns: BeliefColumns, into blocks: [PlacedZone]) -> RewritePlan {
        let newest = blocks.max { $0.blockID < $1.blockID }
        let open = newest.flatMap { block in
            HistoryTiles.isOpen(valueCount: block.valueCount, payloadByteCount: block.payloadCount)
                ? [block] : nil
        }
        return RewritePlan(steps: [Step(blocks: open ?? [], columns: columns)])
    }
}
