internal import Dispatch
internal import Synchronization

/// Requests that wait for the committer, bounded in bytes. While one group is committed the next one
/// collects here: the busier the store, the larger its groups.
final class CommitQueue: Sendable {
    /// One waiting request.
    struct Waiting: Sendable {
        let work: CommitWork
        let continuation: CheckedContinuation<AppendOutcome, any Error>
    }

    /// Work for the committer's thread between two groups.
    typealias Errand = @Sendable (Committer) -> Void

    fileprivate struct State {
        var waiting: [Waiting] = []
        var errands: [Errand] = []
        var byteCount = 0
        var isClosed = false
        /// Whether the committer's thread sleeps and must be woken.
        var isAsleep = false
    }

    private let byteCountMax: Int
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    /// Bytes that wait, and how many requests.
    var depth: (byteCount: Int, requestCount: Int) {
        state.withLock { ($0.byteCount, $0.waiting.count) }
    }

    /// Waits until the work is committed or has failed.
    ///
    /// - Throws: `.overloaded` if it does not fit (one larger than the whole queue fits when the
    ///   queue is empty), `.stopped`, or why the commit failed.
    func append(_ work: CommitWork) async throws -> AppendOutcome {
        let byteCount = work.byteCount
        return try await withCheckedThrowingContinuation { continuation in
            let refusal: EngineError? = state.withLock { state in
                if state.isClosed { return EngineError(.stopped, "the store is closing") }
                guard state.waiting.isEmpty || state.byteCount + byteCount <= byteCountMax
                else { return EngineError(.overloaded, "the write queue is full") }
                state.waiting.append(Waiting(work: work, continuation: continuation))
                state.byteCount += byteCount
                return nil
            }
            if let refusal {
                continuation.resume(throwing: refusal)
            } else {
                wake()
            }
        }
    }

    /// Has `errand` run on the committer's thread.
    ///
    /// - Returns: false if the committer has stopped and the errand will not run.
    func run(_ errand: @escaping Errand) -> Bool {
        let isOpen = state.withLock { state in
            if !state.isClosed { state.errands.append(errand) }
            return !state.isClosed
        }
        if isOpen { wake() }
        return isOpen
    }

    typealias Next = (group: [Waiting], errands: [Errand])

    /// What the committer does next. Blocks its thread until there is something.
    ///
    /// - Returns: nil once the queue is closed and empty.
    func next(valueCountMax: Int) -> Next? {
        while true {
            let next = state.withLock { state -> Next? in
                guard !state.waiting.isEmpty || !state.errands.isEmpty else {
                    state.isAsleep = !state.isClosed
                    return nil
                }
                return state.take(valueCountMax: valueCountMax)
            }
            if let next { return next }
            if state.withLock({ $0.isClosed }) { return nil }
            wakeUp.wait()
        }
    }

    /// What waits now; nil if nothing does.
    func nextIfAny(valueCountMax: Int) -> Next? {
        state.withLock { state in
            state.waiting.isEmpty && state.errands.isEmpty
                ? nil : state.take(valueCountMax: valueCountMax)
        }
    }

    /// Takes all that wait, to fail them at once.
    func drain() -> [Waiting] {
        state.withLock { state in
            defer { (state.waiting, state.byteCount) = ([], 0) }
            return state.waiting
        }
    }

    /// Refuses new requests; those that wait are still committed.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    private func wake() {
        let wasAsleep = state.withLock { state in
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        if wasAsleep { wakeUp.signal() }
    }
}

extension CommitQueue.State {
    fileprivate mutating func take(valueCountMax: Int) -> CommitQueue.Next {
        var (taken, valueCount) = (0, 0)
        for entry in waiting {
            if taken > 0 && valueCount + entry.work.valueCount > valueCountMax { break }
            if taken > 0 && entry.work.isDeletion { break }
            valueCount += entry.work.valueCount
            byteCount -= entry.work.byteCount
            taken += 1
            if entry.work.isDeletion { break }
        }
        let group = Array(waiting[..<taken])
        waiting.removeFirst(taken)
        defer { errands = [] }
        return (group, errands)
    }
}
