import Postgres
internal import Synchronization

/// Lets one reader of changed rows go at a time; all who wait meanwhile share the next turn.
///
/// As each read begins after the one before has been put into the tables, what is read later is
/// newer, and no slow read can put an old row over a new one.
final class CatalogRefreshQueue: Sendable {
    private enum Turn: Sendable {
        case lead
        case done(Result<Void, CatalogError>)
    }

    private struct State {
        /// Not read yet; kept when a read fails, so that the next one makes up for it.
        var pending = CatalogChanges()
        var isReading = false
        /// Those whose changes are in `pending` while another one reads.
        var waiters: [CheckedContinuation<Turn, Never>] = []
    }

    private let state = Mutex(State())

    /// Callers that may wait for a turn. Above, the change is remembered, and the caller told that
    /// it is not read yet.
    private static let waiterCountMax = 4_096

    /// Returns when a read that began after this call has put `changes` into the tables. What
    /// `read` throws is thrown to all who share the turn, and the changes are kept for the next.
    func refresh(
        _ changes: CatalogChanges,
        reading read: (CatalogChanges) async throws(CatalogError) -> Void
    ) async throws(CatalogError) {
        let turn = await withCheckedContinuation { continuation in
            let now = state.withLock { state -> Turn? in
                state.pending.formUnion(changes)
                if !state.isReading {
                    state.isReading = true
                    return .lead
                }
                guard state.waiters.count < Self.waiterCountMax else {
                    let cause = "too many wait for the catalog"
                    return .done(.failure(.unavailable(cause: .unavailable(cause))))
                }
                state.waiters.append(continuation)
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
        switch turn {
        case .done(let result): try result.get()
        case .lead: try await lead(reading: read)
        }
    }

    /// Has `changes` read with whatever is read next.
    func remember(_ changes: CatalogChanges) {
        state.withLock { $0.pending.formUnion(changes) }
    }

    private func lead(
        reading read: (CatalogChanges) async throws(CatalogError) -> Void
    ) async throws(CatalogError) {
        // The leader's own changes are in `pending`, with those of all who wait by now.
        let (changes, followers) = state.withLock { state in
            defer { (state.pending, state.waiters) = (CatalogChanges(), []) }
            return (state.pending, state.waiters)
        }
        let result: Result<Void, CatalogError>
        do {
            try await read(changes)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        let next = state.withLock { state -> CheckedContinuation<Turn, Never>? in
            if case .failure = result { state.pending.formUnion(changes) }
            if state.waiters.isEmpty {
                state.isReading = false
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume(returning: .lead)
        for follower in followers { follower.resume(returning: .done(result)) }
        try result.get()
    }
}
