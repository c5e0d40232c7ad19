internal import Synchronization

/// Answers by status code, for /metrics.
final class RequestCounters: Sendable {
    private let counts = Mutex<[Int: UInt64]>([:])

    func count(_ status: Int) { counts.withLock { $0[status, default: 0] += 1 } }

    /// Status codes that were answered, ascending, with how often.
    var byStatus: [(status: Int, count: UInt64)] {
        counts.withLock { counts in counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    }
}
