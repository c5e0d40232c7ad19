internal import Model
internal import Synchronization

/// The latest belief about the last event of a series.
package struct LastValue: Sendable, Equatable {
    /// Start of the event, µs since 1970 UTC.
    package let event: Int64
    /// Since when it is believed, µs since 1970 UTC.
    package let belief: Int64
    package let value: Double

    package init(event: Int64, belief: Int64, value: Double) {
        (self.event, self.belief, self.value) = (event, belief, value)
    }

    /// Whether this goes before `other`: the later event, then the later belief; of equal pairs the
    /// one that was written last.
    func replaces(_ other: LastValue) -> Bool {
        (event, belief) >= (other.event, other.belief)
    }
}

/// The last event of each series that somebody has asked for, in memory.
///
/// Filled at the first question about a sensor, from memtable and blocks, and kept right by
/// commits: a question then costs one look. Sensors that nobody asks for take no room.
///
/// A fill under way collects what is noted meanwhile, so it misses nothing: whatever was committed
/// before it began is in the memtable or in blocks, whatever is committed later is noted.
final class LastValues: Sendable {
    private struct Entry {
        /// Fills under way; the series are complete if there are none and there was one.
        var fillCount = 0
        var isComplete = false
        var series: [SeriesKey: LastValue] = [:]
    }

    /// A power of two, so that writers and readers seldom meet.
    private static let stripeCount = 64
    private let entryCount = Atomic(0)
    private let forgetCount = Atomic<UInt64>(0)
    private let stripes = (0..<stripeCount).map { _ in MutexBox<[SensorID: Entry]>([:]) }

    private func stripe(_ sensor: SensorID) -> MutexBox<[SensorID: Entry]> {
        stripes[Int(truncatingIfNeeded: sensor.rawValue) & (Self.stripeCount - 1)]
    }

    /// The last values of a sensor's series; nil if they must be filled in.
    func values(of sensor: SensorID) -> [SeriesKey: LastValue]? {
        stripe(sensor).withLock { entries in
            guard let entry = entries[sensor], entry.isComplete else { return nil }
            return entry.series
        }
    }

    /// The last values of many sensors' series, and the positions of those that must be filled in.
    func values(
        of sensors: [SensorID]
    ) -> (known: [[SeriesKey: LastValue]], unknown: [Int]) {
        var known: [[SeriesKey: LastValue]] = []
        var unknown: [Int] = []
        known.reserveCapacity(sensors.count)
        for (position, sensor) in sensors.enumerated() {
            let values = values(of: sensor)
            if values == nil { unknown.append(position) }
            known.append(values ?? [:])
        }
        return (known, unknown)
    }

    /// Takes in a committed run: after it is in the memtable, and before its requests are answered.
    ///
    /// `keys`: by slot.
    func note(_ run: SortedRun, _ keys: [SeriesKey]) {
        // The usual case: nobody has asked for anything. Who asks counts first and reads then.
        guard entryCount.load(ordering: .sequentiallyConsistent) > 0 else { return }
        for position in run.slots.indices {
            let row = run.rows(at: position).upperBound - 1
            let last = LastValue(
                event: run.columns.eventStarts[row],
                belief: run.columns.beliefTimes[row],
                value: run.columns.values[row]
            )
            note(last, of: keys[Int(run.slots[position])])
        }
    }

    /// Takes in the last belief of a series.
    func note(_ last: LastValue, of key: SeriesKey) {
        stripe(key.sensor).withLock { entries in
            guard entries[key.sensor] != nil else { return }
            if let old = entries[key.sensor]?.series[key], !last.replaces(old) { return }
            entries[key.sensor]?.series[key] = last
        }
    }

    /// What a fill must show at its end.
    struct Fill { fileprivate let forgetCount: UInt64 }

    /// Announces a fill: from now on what is noted is kept. Before the memtable is read.
    func beginFill(_ sensors: [SensorID]) -> Fill {
        let fill = Fill(forgetCount: forgetCount.load(ordering: .sequentiallyConsistent))
        for sensor in sensors {
            stripe(sensor).withLock { entries in
                if entries[sensor] == nil {
                    entryCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
                }
                entries[sensor, default: Entry()].fillCount += 1
            }
        }
        return fill
    }

    /// Ends a fill with what was read, or without if reading failed. Nothing is kept if anything
    /// was forgotten meanwhile: what was read may be older than that.
    ///
    /// - Returns: the last values, with what was noted meanwhile.
    @discardableResult
    func end(
        _ fill: Fill,
        of sensor: SensorID,
        with read: [SeriesKey: LastValue]?
    ) -> [SeriesKey: LastValue] {
        stripe(sensor).withLock { entries in
            guard var entry = entries[sensor] else { return read ?? [:] }
            entry.fillCount = max(0, entry.fillCount - 1)
            var values = entry.series
            for (key, value) in read ?? [:] {
                if let noted = values[key], noted.replaces(value) { continue }
                values[key] = value
            }
            let isCurrent = fill.forgetCount == forgetCount.load(ordering: .sequentiallyConsistent)
            if read != nil && isCurrent {
                entry.series = values
                entry.isComplete = true
            }
            if entry.isComplete || entry.fillCount > 0 {
                entries[sensor] = entry
            } else {
                entries[sensor] = nil
                entryCount.wrappingSubtract(1, ordering: .sequentiallyConsistent)
            }
            return values
        }
    }

    /// Forgets sensors: something of them was deleted.
    func forget(_ sensors: some Sequence<SensorID>) {
        forgetCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
        for sensor in sensors {
            stripe(sensor).withLock { entries in
                guard entries.removeValue(forKey: sensor) != nil else { return }
                entryCount.wrappingSubtract(1, ordering: .sequentiallyConsistent)
            }
        }
    }

    /// Forgets everything: commits may have gone by unseen.
    func forgetAll() {
        forgetCount.wrappingAdd(1, ordering: .sequentiallyConsistent)
        for stripe in stripes {
            stripe.withLock { entries in
                entryCount.wrappingSubtract(entries.count, ordering: .sequentiallyConsistent)
                entries = [:]
            }
        }
    }
}
