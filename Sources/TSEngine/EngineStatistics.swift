internal import Dispatch
internal import Synchronization

/// What the engine counts about itself, for /metrics. Counting is one lock a group commit.
package final class EngineStatistics: Sendable {
    /// Upper bounds of the commit latency histogram's buckets, in seconds; a last one has none.
    package static let latencyBounds: [Double] = [
        0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10,
    ]

    /// A consistent copy of the counters.
    package struct Snapshot: Sendable {
        /// Requests that were answered after a commit.
        package var requestCount: UInt64 = 0
        /// Beliefs that were committed.
        package var valueCount: UInt64 = 0
        /// Group commits.
        package var groupCount: UInt64 = 0
        /// Group commits by latency, one more entry than `latencyBounds`; not cumulative.
        package var latencyCounts = [UInt64](repeating: 0, count: latencyBounds.count + 1)
        /// Seconds spent in group commits.
        package var latencySum: Double = 0
        package var compactionCount: UInt64 = 0
        /// Seconds spent in compactions.
        package var compactionSeconds: Double = 0
        /// Beliefs in the memtable's active layer.
        package var activeValueCount = 0
        /// Beliefs in the memtable's frozen layer.
        package var frozenValueCount = 0
        /// Deletions that are not yet carried out in blocks.
        package var deletionCount = 0
        /// When the oldest belief of the active layer was committed, in monotonic ns; 0 if none.
        package var activeSince: UInt64 = 0
        package var cacheHitCount: UInt64 = 0
        package var cacheMissCount: UInt64 = 0
        package var cacheEvictionCount: UInt64 = 0
        package var cacheByteCount = 0
        /// Bytes and requests that wait for a commit.
        package var queueByteCount = 0
        package var queueRequestCount = 0
    }

    private let state = Mutex(Snapshot())

    package var snapshot: Snapshot { state.withLock { $0 } }

    var memtableValueCount: Int {
        state.withLock { $0.activeValueCount + $0.frozenValueCount }
    }

    func committed(_ valueCount: Int, _ requestCount: Int, since began: DispatchTime) {
        let nanoseconds = DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds
        let seconds = Double(nanoseconds) / 1e9
        let bucket =
            Self.latencyBounds.firstIndex { seconds <= $0 } ?? Self.latencyBounds.count
        state.withLock { state in
            state.requestCount += UInt64(requestCount)
            state.valueCount += UInt64(valueCount)
            state.groupCount += 1
            state.latencyCounts[bucket] += 1
            state.latencySum += seconds
        }
    }

    func compacted(since began: DispatchTime) {
        let nanoseconds = DispatchTime.now().uptimeNanoseconds - began.uptimeNanoseconds
        state.withLock { state in
            state.compactionCount += 1
            state.compactionSeconds += Double(nanoseconds) / 1e9
        }
    }

    func addToMemtable(_ valueCount: Int) {
        state.withLock { state in
            if state.activeValueCount == 0 && state.deletionCount == 0 {
                state.activeSince = DispatchTime.now().uptimeNanoseconds
            }
            state.activeValueCount += valueCount
        }
    }

    /// A deletion has changed what is in the active layer.
    func setActive(_ valueCount: Int, deletionCount: Int) {
        state.withLock { state in
            if state.activeValueCount == 0 && state.deletionCount == 0 {
                state.activeSince = DispatchTime.now().uptimeNanoseconds
            }
            (state.activeValueCount, state.deletionCount) = (valueCount, deletionCount)
        }
    }

    func freeze() {
        state.withLock { state in
            (state.frozenValueCount, state.activeValueCount) = (state.activeValueCount, 0)
        }
    }

    /// `deletionCount`: those that came after the freeze.
    func dropFrozen(deletionCount: Int) {
        state.withLock { state in
            (state.frozenValueCount, state.deletionCount) = (0, deletionCount)
        }
    }

    func dropAll() {
        state.withLock { state in
            (state.activeValueCount, state.frozenValueCount, state.deletionCount) = (0, 0, 0)
        }
    }
}
