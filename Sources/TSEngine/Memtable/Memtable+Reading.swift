internal import Model

extension Memtable.Snapshot {
    /// The beliefs of a series' events that start in `events`, ascending.
    func columns(
        of slot: UInt32,
        _ key: SeriesKey,
        ofEventsIn events: ClosedRange<Int64>
    ) -> BeliefColumns {
        var result = BeliefColumns()
        for run in frozen { result.merge(run, slot, events) }
        if !activeDeletions.isEmpty { result = result.applying(activeDeletions, to: key) }
        for run in active { result.merge(run, slot, events) }
        return result
    }

    /// With one more run, the newest.
    func appending(_ run: SortedRun) -> Memtable.Snapshot {
        guard run.count > 0 else { return self }
        var result = self
        result.active.append(run)
        return result
    }

    /// The latest event of each of some series, µs since 1970 UTC; nil for those that have none.
    /// It may have been deleted.
    ///
    /// `slots`: ascending.
    func lastEvents(of slots: [UInt32]) -> [Int64?] {
        var result = [Int64?](repeating: nil, count: slots.count)
        for run in frozen + active {
            var position = 0
            for (index, slot) in slots.enumerated() {
                position = run.position(of: slot, from: position)
                guard position < run.slots.count else { break }
                guard run.slots[position] == slot else { continue }
                let last = run.columns.eventStarts[Int(run.ends[position]) - 1]
                result[index] = max(result[index] ?? .min, last)
            }
        }
        return result
    }

    /// Beliefs in the active layer.
    var activeValueCount: Int { active.reduce(0) { $0 + $1.count } }
}

extension Memtable {
    /// The beliefs of a sensor's events that start in `events`, by series; ascending, none empty.
    func columns(
        of sensor: SensorID,
        ofEventsIn events: ClosedRange<Int64>
    ) -> [SeriesKey: BeliefColumns] {
        columns(of: sensor, ofEventsIn: events, in: snapshot)
    }

    func columns(
        of sensor: SensorID,
        ofEventsIn events: ClosedRange<Int64>,
        in snapshot: Snapshot
    ) -> [SeriesKey: BeliefColumns] {
        var result: [SeriesKey: BeliefColumns] = [:]
        for (slot, key) in series.series(of: sensor) {
            let columns = snapshot.columns(of: slot, key, ofEventsIn: events)
            if !columns.isEmpty { result[key] = columns }
        }
        return result
    }
}

extension BeliefColumns {
    fileprivate mutating func merge(
        _ run: SortedRun,
        _ slot: UInt32,
        _ events: ClosedRange<Int64>
    ) {
        let rows = run.rows(of: slot)
        guard !rows.isEmpty else { return }
        let range = run.narrow(rows, toEventsIn: events)
        guard !range.isEmpty else { return }
        merge(run.columns.slice(range))
    }
}
