internal import Postgres
internal import Synchronization

/// Lets a read wait until all is applied that was committed, by any process, before it began.
///
/// One question to Postgres serves all reads that wait when it is asked.
final class ReadIndex: Sendable {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    private struct State {
        var isAsking = false
        /// They came after the question under way was asked.
        var waiters: [Waiter] = []
    }

    private let lease: PeerLease
    private let pool: PostgresPool
    private let queue: CommitQueue
    private let state = Mutex(State())

    init(lease: PeerLease, pool: PostgresPool, queue: CommitQueue) {
        self.lease = lease
        self.pool = pool
        self.queue = queue
    }

    /// - Throws: why Postgres did not say, or `.stopped`.
    func wait() async throws {
        if lease.isSole { return }
        try await withCheckedThrowingContinuation { (waiter: Waiter) in
            let begins = state.withLock { state in
                state.waiters.append(waiter)
                defer { state.isAsking = true }
                return !state.isAsking
            }
            if begins { Task { await ask() } }
        }
    }

    private func ask() async {
        while true {
            let waiters = state.withLock { state in
                defer { state.waiters = [] }
                state.isAsking = !state.waiters.isEmpty
                return state.waiters
            }
            if waiters.isEmpty { return }
            let result: Result<Void, any Error>
            do {
                try await catchUp()
                result = .success(())
            } catch {
                result = .failure(Committer.engineError(error))
            }
            for waiter in waiters { waiter.resume(with: result) }
        }
    }

    private func catchUp() async throws {
        let now = try await pool.withConnection(retryingOnce: true) { connection in
            try CommitSequence.read(on: connection)
        }
        try await withCheckedThrowingContinuation { (continuation: Waiter) in
            let runs = queue.run { committer in
                continuation.resume(with: Result { try committer.apply(through: now) })
            }
            if !runs {
                continuation.resume(throwing: EngineError(.stopped, "the store is closing"))
            }
        }
    }
}
