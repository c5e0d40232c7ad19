internal import Model
internal import Synchronization

/// Lets requests make series side by side that have none in common. Clients send the same new series
/// over several connections at once: whoever waited finds them made.
final class CreationTurns: Sendable {
    /// What a request is about to make.
    enum Claim: Sendable {
        /// The database itself: nobody else makes anything in it meanwhile.
        case database
        /// Hashes of the series' names: two that are equal by chance wait for each other.
        case series(Set<UInt64>)

        fileprivate var seriesCount: Int {
            if case .series(let names) = self { names.count } else { 0 }
        }

        fileprivate func overlaps(_ other: Claim) -> Bool {
            guard case .series(let names) = self, case .series(let others) = other else {
                return true
            }
            return !names.isDisjoint(with: others)
        }
    }

    fileprivate struct Turn {
        let number: Int
        let account: AccountID
        let database: String
        let claim: Claim
        /// Series that the account may still have.
        let room: @Sendable () -> Int
        var isUnderWay = false
        var continuation: CheckedContinuation<Void, Never>?
    }

    fileprivate struct State {
        /// Those under way and those that wait, in the order in which they came.
        var turns: [Turn] = []
        var lastNumber = 0
    }

    /// Requests that make something at a time: others, who read, also need connections to Postgres.
    fileprivate static let countMax = 2

    /// For the hashes, which nobody can make equal on purpose.
    let seed = UInt64.random(in: .min ... .max)
    private let state = Mutex(State())

    /// Runs `body` when it is this request's turn.
    ///
    /// - Parameters:
    ///   - claim: What the request will make.
    ///   - database: The database's name.
    ///   - account: Whose it is.
    ///   - room: How many series the account may still have: requests that together might make more
    ///     go one after the other.
    ///   - body: Is told whether it had to wait, so that what it knew may be out of date.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    func take<R>(
        _ claim: Claim,
        in database: String,
        of account: AccountID,
        room: @escaping @Sendable () -> Int,
        _ body: (_ hasWaited: Bool) async throws -> R
    ) async throws -> R {
        let (number, isFree) = state.withLock { state in
            state.lastNumber += 1
            state.turns.append(
                Turn(
                    number: state.lastNumber,
                    account: account,
                    database: database,
                    claim: claim,
                    room: room
                )
            )
            return (state.lastNumber, state.begin(state.turns.count - 1))
        }
        if !isFree { await wait(number) }
        defer { end(number) }
        return try await body(!isFree)
    }

    private func wait(_ number: Int) async {
        await withCheckedContinuation { continuation in
            let isUnderWay = state.withLock { state in
                guard let index = state.turns.firstIndex(where: { $0.number == number }),
                    !state.turns[index].isUnderWay
                else { return true }
                state.turns[index].continuation = continuation
                return false
            }
            // The turn may have come between the two locks.
            if isUnderWay { continuation.resume() }
        }
    }

    private func end(_ number: Int) {
        let next = state.withLock { state in
            state.turns.removeAll { $0.number == number }
            return state.turns.indices.compactMap { index in
                state.begin(index) ? state.turns[index].continuation : nil
            }
        }
        for continuation in next { continuation.resume() }
    }
}

extension CreationTurns.State {
    /// Begins a turn that waits, if it may.
    fileprivate mutating func begin(_ index: Int) -> Bool {
        let turn = turns[index]
        let underWayCount = turns.count { $0.isUnderWay }
        guard !turn.isUnderWay, underWayCount < CreationTurns.countMax else { return false }
        var count = 0
        for (place, other) in turns.enumerated() where other.account == turn.account {
            guard place < index || other.isUnderWay else { continue }
            // One behind that is under way has nothing in common with this one.
            if place < index, other.database == turn.database, turn.claim.overlaps(other.claim) {
                return false
            }
            count += other.claim.seriesCount
        }
        if count > 0, count + turn.claim.seriesCount > turn.room() { return false }
        turns[index].isUnderWay = true
        return true
    }
}
