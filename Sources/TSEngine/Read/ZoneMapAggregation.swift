internal import Model

/// Aggregates that take what they can from zone maps, and decode only the blocks for which that is
/// not exact.
///
/// A zone map speaks for its block if the block lies whole inside one bin and inside the window,
/// all its values are finite, nothing in memory concerns its events, no deletion hides any of them,
/// and the query asks for the latest beliefs of a single series: then each of its beliefs counts,
/// once. The sum over a block is the one that was computed when it was written, so sums and means
/// may differ from those of decoded values in their last digits.
struct ZoneMapAggregation {
    let query: SeriesQuery
    let edges: [Int64]
    let aggregate: Aggregate

    struct Answer {
        /// What the bins hold.
        var states: [BinState]
        /// How many blocks had to be decoded.
        var decodedCount = 0
    }

    /// Nil if several series can answer, or the query filters beliefs.
    func answer(_ parts: SensorParts) throws(CodecError) -> Answer? {
        guard !query.filtersBeliefs, let only = parts.onlySeries(for: query) else { return nil }
        var states = [BinState](repeating: BinState(), count: max(0, edges.count - 1))
        var decodedCount = 0
        let recent = parts.recent[only] ?? BeliefColumns()
        let rows = parts.current.filter { $0.series == only && query.concerns($0) }
        var decoded = BeliefColumns()
        // The block whose value stands for `first` or `last` of a bin, if it is not decoded.
        var ends: [(bin: Int, row: StoredBlock)] = []
        for (index, row) in rows.enumerated() {
            let isApart = index + 1 == rows.count || row.lastEvent < rows[index + 1].firstEvent
            let wasApart = index == 0 || rows[index - 1].lastEvent < row.firstEvent
            guard isApart, wasApart, let bin = bin(of: row),
                let state = state(of: row),
                recent.positions(ofEventsIn: row.zone.events).isEmpty,
                !parts.deletions.contains(where: { $0.concerns(row) })
            else {
                decoded.merge(try columns(of: row, parts.deletions))
                decodedCount += 1
                continue
            }
            if aggregate == .first || aggregate == .last {
                if ends.last?.bin != bin {
                    ends.append((bin, row))
                } else if aggregate == .last {
                    ends[ends.count - 1].row = row
                }
                // Counted here; the value follows.
                states[bin].count += row.validCount
                states[bin].belief = max(states[bin].belief, row.lastBelief)
            } else {
                states[bin].add(state, aggregate)
            }
        }
        for (bin, row) in ends {
            decodedCount += 1
            let columns = try row.columns()
            let place = aggregate == .first ? 0 : columns.count - 1
            (states[bin].value, states[bin].event) = (
                columns.values[place], columns.eventStarts[place]
            )
        }
        decoded.merge(recent)
        let rest = Selection.latestPerEvent(decoded)
        BinAggregation.add(rest, to: &states, edges: edges, aggregate)
        return Answer(states: states, decodedCount: decodedCount)
    }

    /// The bin in which the block lies whole.
    private func bin(of row: StoredBlock) -> Int? {
        guard row.firstEvent >= query.events.lowerBound, row.lastEvent <= query.events.upperBound
        else { return nil }
        let bin = BinAggregation.position(of: row.firstEvent, in: edges)
        guard bin >= 0, bin + 1 < edges.count, row.lastEvent < edges[bin + 1] else { return nil }
        return bin
    }

    /// What the zone map says; nil if it does not say enough.
    private func state(of row: StoredBlock) -> BinState? {
        guard row.validCount == row.valueCount else { return nil }
        var state = BinState()
        state.count = row.validCount
        state.belief = row.lastBelief
        switch aggregate {
        case .count, .first, .last: return state
        case .mean, .sum:
            guard let sum = row.valueSum, sum.isFinite else { return nil }
            state.value = sum
        case .min:
            guard let least = row.valueMin else { return nil }
            state.value = least
        case .max:
            guard let most = row.valueMax else { return nil }
            state.value = most
        }
        return state
    }

    private func columns(
        of row: StoredBlock,
        _ deletions: [Deletion]
    ) throws(CodecError) -> BeliefColumns {
        var columns = try row.columns()
        let range = columns.positions(ofEventsIn: query.events)
        if range.count < columns.count { columns = columns.slice(range) }
        return deletions.isEmpty ? columns : columns.applying(deletions, to: row.series)
    }
}

extension Deletion {
    fileprivate func concerns(_ row: StoredBlock) -> Bool {
        concerns(row.series) && events.overlaps(row.zone.events)
    }
}
