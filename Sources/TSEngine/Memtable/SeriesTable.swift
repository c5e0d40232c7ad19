internal import Model
internal import Synchronization

/// Numbers the series that this process has met, from 0 on.
///
/// Some 100 bytes a series: one entry for each sensor in a dictionary, and a chain of its series.
final class SeriesTable: Sendable {
    fileprivate struct State {
        /// The sensor's series that was met last.
        var newest: [SensorID: UInt32] = [:]
        /// By slot: the sensor's series that was met before, or `none`.
        var older: [UInt32] = []
        /// By slot.
        var keys: [SeriesKey] = []
    }

    private static let none = UInt32.max
    private let state = Mutex(State())

    /// How many series have a slot: slots are 0..<count.
    var count: Int { state.withLock { $0.keys.count } }

    /// The slot of a series, which gets one if it has none.
    func slot(of key: SeriesKey) -> UInt32 { state.withLock { $0.slot(of: key) } }

    /// As `slot(of:)`, for many under one lock. What was numbered in the same order, as segments of one
    /// process are, is found without a look into the dictionary.
    func slots(of keys: [SeriesKey]) -> [UInt32] {
        state.withLock { state in
            var next = 0
            return keys.map { key in
                let isNext = next < state.keys.count && state.keys[next] == key
                let slot = isNext ? UInt32(next) : state.slot(of: key)
                next = Int(slot) + 1
                return slot
            }
        }
    }

    /// The series of a sensor, with their slots.
    func series(of sensor: SensorID) -> [(slot: UInt32, key: SeriesKey)] {
        state.withLock { state in
            var result: [(slot: UInt32, key: SeriesKey)] = []
            var slot = state.newest[sensor] ?? Self.none
            while slot != Self.none {
                result.append((slot, state.keys[Int(slot)]))
                slot = state.older[Int(slot)]
            }
            return result
        }
    }

    /// The series' slot, if it has one.
    func knownSlot(of key: SeriesKey) -> UInt32? { state.withLock { $0.find(key) } }

    /// Appends the keys that `keys` lacks, which is a copy of the first ones.
    func update(_ keys: inout [SeriesKey]) {
        state.withLock { state in
            if keys.count < state.keys.count { keys += state.keys[keys.count...] }
        }
    }
}

extension SeriesTable.State {
    fileprivate func find(_ key: SeriesKey) -> UInt32? {
        var slot = newest[key.sensor]
        while let candidate = slot, candidate != .max {
            if keys[Int(candidate)] == key { return candidate }
            slot = older[Int(candidate)]
        }
        return nil
    }

    fileprivate mutating func slot(of key: SeriesKey) -> UInt32 {
        if let known = find(key) { return known }
        let slot = UInt32(keys.count)
        precondition(slot < UInt32.max, "four billion series do not fit into one process")
        older.append(newest[key.sensor] ?? .max)
        newest[key.sensor] = slot
        keys.append(key)
        return slot
    }
}
