internal import Model
internal import Synchronization

/// Lets one request at a time make the series of a database. Clients send the same new series over
/// several connections at once: whoever waited finds them made.
final class CreationTurns: Sendable {
    private struct Key: Hashable {
        let account: AccountID
        let database: String
    }

    /// Requests that wait, by database; there is an entry while somebody has the turn.
    private let waiting = Mutex<[Key: [CheckedContinuation<Void, Never>]]>([:])

    /// Runs `body` when it is this request's turn.
    ///
    /// `body` is told whether it had to wait, so that what it knew may be out of date.
    func take<R>(
        _ database: String,
        of account: AccountID,
        _ body: (_ hasWaited: Bool) async throws -> R
    ) async throws -> R {
        let key = Key(account: account, database: database)
        let isFirst = waiting.withLock { waiting in
            if waiting[key] != nil { return false }
            waiting[key] = []
            return true
        }
        if !isFirst { await wait(key) }
        defer { pass(key) }
        return try await body(!isFirst)
    }

    private func wait(_ key: Key) async {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                // The turn may have ended between the two locks.
                if waiting[key] == nil {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func pass(_ key: Key) {
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard var others = waiting[key], !others.isEmpty else {
                waiting[key] = nil
                return nil
            }
            let next = others.removeFirst()
            waiting[key] = others
            return next
        }
        next?.resume()
    }
}
