internal import Model
internal import Synchronization

/// Beliefs that are committed to the journal and not yet in blocks, in memory.
///
/// Two layers: `active` takes new commits; `frozen` is what a compaction is writing to blocks. Only
/// the committer's thread writes; readers copy what they need under the lock of one stripe.
final class Memtable: Sendable {
    /// The series of some sensors, by sensor.
    typealias Layer = [SensorID: [SeriesRuns]]

    private struct Stripe {
        var active: Layer = [:]
        var frozen: Layer = [:]
    }

    /// A power of two. Readers of different sensors seldom meet, and the committer holds a stripe
    /// only for one series' appends.
    private static let stripeCount = 16
    private let stripes: [MutexBox<Stripe>]

    init() {
        stripes = (0..<Self.stripeCount).map { _ in MutexBox(Stripe()) }
    }

    /// Makes a committed segment's beliefs visible.
    ///
    /// A request's beliefs of one sensor become visible at once, as they lie in one stripe.
    func append(_ segment: Segment) {
        var index = 0
        let parts = segment.parts
        while index < parts.count {
            let sensor = parts[index].series.sensor
            stripe(of: sensor).withLock { stripe in
                while index < parts.count, parts[index].series.sensor == sensor {
                    stripe.active[sensor, default: []].append(parts[index])
                    index += 1
                }
            }
        }
    }

    /// The beliefs of a sensor's events that start in `events`, by series; ascending, none empty.
    func columns(
        of sensor: SensorID,
        ofEventsIn events: ClosedRange<Int64>
    ) -> [SeriesKey: BeliefColumns] {
        stripe(of: sensor).withLock { stripe in
            var result: [SeriesKey: BeliefColumns] = [:]
            for layer in [stripe.frozen[sensor], stripe.active[sensor]] {
                for runs in layer ?? [] {
                    let columns = runs.columns(ofEventsIn: events)
                    guard !columns.isEmpty else { continue }
                    let key = runs.key(of: sensor)
                    result[key] = result[key]?.merged(with: columns) ?? columns
                }
            }
            return result
        }
    }

    /// As `columns(of:ofEventsIn:)` for one series.
    func columns(of series: SeriesKey, ofEventsIn events: ClosedRange<Int64>) -> BeliefColumns {
        stripe(of: series.sensor).withLock { stripe in
            var result = BeliefColumns()
            for layer in [stripe.frozen[series.sensor], stripe.active[series.sensor]] {
                guard let runs = layer?.first(where: { $0.key(of: series.sensor) == series }) else {
                    continue
                }
                result = result.merged(with: runs.columns(ofEventsIn: events))
            }
            return result
        }
    }

    /// The latest event of a series here, µs since 1970 UTC; nil if it has none.
    func lastEvent(of series: SeriesKey) -> Int64? {
        stripe(of: series.sensor).withLock { stripe in
            var latest: Int64?
            for layer in [stripe.frozen[series.sensor], stripe.active[series.sensor]] {
                for runs in layer ?? [] where runs.key(of: series.sensor) == series {
                    latest = max(latest ?? .min, runs.lastEvent)
                }
            }
            return latest
        }
    }

    /// Moves the active layer to the frozen one, which must be empty.
    func freeze() {
        for stripe in stripes {
            stripe.withLock { stripe in
                precondition(stripe.frozen.isEmpty, "one compaction at a time")
                swap(&stripe.active, &stripe.frozen)
            }
        }
    }

    /// Forgets the frozen layer: its beliefs are in blocks now.
    func dropFrozen() {
        // Freed after the lock: millions of arrays take a while.
        for stripe in stripes { _ = stripe.withLock { exchange(&$0.frozen, with: [:]) } }
    }

    /// Forgets everything: another process has written it to blocks.
    func dropAll() {
        for stripe in stripes { _ = stripe.withLock { exchange(&$0, with: Stripe()) } }
    }

    /// The frozen beliefs, series in order.
    func frozenSegment() -> Segment {
        var parts: [Segment.Part] = []
        for stripe in stripes {
            let layer = stripe.withLock { $0.frozen }
            for (sensor, series) in layer {
                for runs in series {
                    let columns = runs.columns(ofEventsIn: .min ... .max)
                    parts.append(Segment.Part(series: runs.key(of: sensor), columns: columns))
                }
            }
        }
        parts.sort { $0.series < $1.series }
        return Segment(parts: parts)
    }

    private func stripe(of sensor: SensorID) -> MutexBox<Stripe> {
        stripes[Int(truncatingIfNeeded: sensor.rawValue) & (Self.stripeCount - 1)]
    }
}

/// A lock with an identity, so that several fit into an array.
final class MutexBox<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    func withLock<R: Sendable>(_ body: (inout Value) -> R) -> R {
        mutex.withLock { value in body(&value) }
    }
}

extension SeriesRuns {
    func key(of sensor: SensorID) -> SeriesKey {
        SeriesKey(sensor: sensor, source: source, probability: probability)
    }
}

extension [SeriesRuns] {
    fileprivate mutating func append(_ part: Segment.Part) {
        let (source, probability) = (part.series.source, part.series.probability)
        // A sensor has few series; a search beats a dictionary and costs less memory.
        var position = firstIndex { $0.source == source && $0.probability == probability }
        if position == nil {
            append(SeriesRuns(source: source, probability: probability))
            position = count - 1
        }
        if let position { self[position].append(part.columns) }
    }
}

private func exchange<Value>(_ place: inout Value, with value: Value) -> Value {
    let old = place
    place = value
    return old
}
