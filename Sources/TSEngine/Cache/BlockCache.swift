internal import Model
internal import Synchronization

/// Compressed blocks in memory, bounded in bytes.
///
/// An entry holds all blocks of one sensor in one partition of one table; also none, so that
/// asking for what is not there costs one round trip at most. Admission and eviction are S3-FIFO's
/// (Yang et al., SOSP 2023): a new entry waits in a small queue and moves to the main one only if it
/// is asked for again, so that one long scan does not push out what is used.
///
/// A fill can't be stale: whoever fills takes a ticket before reading from Postgres, and the entry
/// is dropped if anything was invalidated since.
final class BlockCache: Sendable {
    struct Key: Hashable, Sendable {
        let sensor: SensorID
        let table: BlockTable
        let window: PartitionWindow
    }

    /// What was the newest invalidation when a fill began to read.
    struct Ticket: Sendable { fileprivate let invalidationCount: UInt64 }

    struct Statistics: Sendable {
        var hitCount: UInt64 = 0
        var missCount: UInt64 = 0
        var evictionCount: UInt64 = 0
        var byteCount = 0
    }

    fileprivate struct Entry {
        var rows: [StoredBlock]
        var byteCount: Int
        /// Hits since the entry was last looked at by an eviction, at most 3.
        var useCount: UInt8 = 0
        var isMain = false
    }

    fileprivate struct State {
        var entries: [Key: Entry] = [:]
        var small = KeyQueue()
        var main = KeyQueue()
        /// Keys that left the small queue unused: asked for again, they go to the main one.
        var ghosts: Set<Key> = []
        var ghostQueue = KeyQueue()
        var smallByteCount = 0
        var invalidationCount: UInt64 = 0
        var statistics = Statistics()
    }

    /// Keys, oldest first.
    fileprivate struct KeyQueue {
        private var keys: [Key] = []
        private var head = 0
        var count: Int { keys.count - head }
        mutating func append(_ key: Key) { keys.append(key) }
        mutating func popFirst() -> Key? {
            guard head < keys.count else { return nil }
            defer {
                head += 1
                if head > 1_024 && head * 2 > keys.count {
                    keys.removeFirst(head)
                    head = 0
                }
            }
            return keys[head]
        }
    }

    private let byteCountMax: Int
    private let state = Mutex(State())

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    var statistics: Statistics { state.withLock { $0.statistics } }

    func ticket() -> Ticket { state.withLock { Ticket(invalidationCount: $0.invalidationCount) } }

    /// The rows of `key`, or nil if they must be fetched.
    func rows(_ key: Key) -> [StoredBlock]? {
        state.withLock { state in
            guard let index = state.entries.index(forKey: key) else {
                state.statistics.missCount += 1
                return nil
            }
            state.statistics.hitCount += 1
            if state.entries.values[index].useCount < 3 {
                state.entries.values[index].useCount += 1
            }
            return state.entries.values[index].rows
        }
    }

    /// Keeps what was read, unless it may be stale or is larger than a tenth of the cache.
    func fill(_ key: Key, with rows: [StoredBlock], ticket: Ticket) {
        let byteCount = rows.reduce(200) { $0 + $1.byteCount }
        guard byteCount <= byteCountMax / 10 else { return }
        state.withLock { state in
            guard state.invalidationCount == ticket.invalidationCount, state.entries[key] == nil
            else { return }
            var entry = Entry(rows: rows, byteCount: byteCount)
            if state.ghosts.remove(key) != nil {
                entry.isMain = true
                state.main.append(key)
            } else {
                state.small.append(key)
                state.smallByteCount += byteCount
            }
            state.entries[key] = entry
            state.statistics.byteCount += byteCount
            while state.statistics.byteCount > byteCountMax { state.evict(byteCountMax) }
        }
    }

    /// Forgets `keys`, and makes fills that are under way void.
    func invalidate(_ keys: some Sequence<Key>) {
        state.withLock { state in
            state.invalidationCount += 1
            for key in keys { state.remove(key) }
        }
    }

    /// Forgets everything.
    func invalidateAll() {
        state.withLock { state in
            let (count, statistics) = (state.invalidationCount, state.statistics)
            state = State()
            state.invalidationCount = count + 1
            state.statistics = statistics
            state.statistics.byteCount = 0
        }
    }
}

extension BlockCache.State {
    /// Frees one entry, or moves one on.
    fileprivate mutating func evict(_ byteCountMax: Int) {
        if smallByteCount > byteCountMax / 10 || main.count == 0 {
            guard let key = small.popFirst() else { return }
            // The key may have been invalidated, and even filled again, since it was queued.
            guard var entry = entries[key], !entry.isMain else { return }
            if entry.useCount > 0 {
                smallByteCount -= entry.byteCount
                entry.isMain = true
                entry.useCount = 0
                entries[key] = entry
                main.append(key)
            } else {
                remove(key)
                statistics.evictionCount += 1
                ghosts.insert(key)
                ghostQueue.append(key)
                while ghostQueue.count > max(64, entries.count) {
                    if let old = ghostQueue.popFirst() { ghosts.remove(old) }
                }
            }
        } else {
            guard let key = main.popFirst() else { return }
            guard let entry = entries[key], entry.isMain else { return }
            if entry.useCount > 0 {
                entries[key]?.useCount -= 1
                main.append(key)
            } else {
                remove(key)
                statistics.evictionCount += 1
            }
        }
    }

    fileprivate mutating func remove(_ key: BlockCache.Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        statistics.byteCount -= entry.byteCount
        if !entry.isMain { smallByteCount -= entry.byteCount }
    }
}
