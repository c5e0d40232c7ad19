package import Model
package import Postgres
internal import Synchronization

/// The users of the installation in memory, kept equal to the database by NOTIFY.
///
/// Loads run one after the other (`UserDirectory+Loading`), so that an older answer never replaces
/// a newer one. `lease` says up to when the directory is known to be complete.
package final class UserDirectory: Sendable {
    /// A user, and how a later check sees whether what it found still holds.
    struct Known: Sendable {
        fileprivate(set) var user: User
        let standing: Standing
        /// `standing`'s generation that `user` belongs to.
        let generation: UInt64
    }

    struct State {
        var users: [UserID: Known] = [:]
        var ids: [PublicID: UserID] = [:]
        var activeCount = 0
        /// Number of the last generation that was given out.
        var generation: UInt64 = 0
        var loading = Loading()
    }

    let pool: PostgresPool
    let lease: Lease
    let state = Mutex(State())
    /// Tells `run` that something is wanted; one pending signal is as good as many.
    let signals: AsyncStream<Void>
    let signal: AsyncStream<Void>.Continuation

    package init(
        pool: PostgresPool,
        limits: LeaseLimits = LeaseLimits(),
        clock: any SteadyClock = SystemSteadyClock()
    ) {
        self.pool = pool
        lease = Lease(limits: limits, clock: clock)
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { signal.finish() }

    /// The user, active or not, as far as the process has heard.
    package func user(_ id: UserID) -> User? { state.withLock { $0.users[id]?.user } }

    /// All users, active or not, by ascending id.
    package func users() -> [User] {
        state.withLock { $0.users.values.map(\.user) }.sorted { $0.id < $1.id }
    }

    /// The members of an account, active or not, by ascending id.
    package func users(of account: AccountID) -> [User] {
        users().filter { $0.account == account }
    }

    /// Number of users that may log in.
    var activeCount: Int { state.withLock(\.activeCount) }

    func known(_ publicID: PublicID) -> Known? {
        state.withLock { state in state.ids[publicID].flatMap { state.users[$0] } }
    }
}

/// The number of a user's present state; 0 once the user is gone. Whoever remembers something of a
/// user compares this number: an atomic load.
final class Standing: Sendable {
    private let value: Atomic<UInt64>

    init(generation: UInt64) { value = Atomic(generation) }

    var generation: UInt64 { value.load(ordering: .acquiring) }

    func advance(to generation: UInt64) { value.store(generation, ordering: .releasing) }
}

extension UserDirectory.State {
    /// Takes over the whole table.
    mutating func replaceAll(by found: [User]) {
        let present = Set(found.map(\.id))
        for id in Array(users.keys) where !present.contains(id) { remove(id) }
        for user in found { put(user) }
    }

    /// Takes over what a load of `keys` found; the others of them are gone.
    mutating func apply(_ found: [User], of keys: Set<UserDirectory.Key>) {
        let present = Set(found.map(\.id))
        for key in keys {
            let id =
                switch key {
                case .id(let id): id as UserID?
                case .publicID(let publicID): ids[publicID]
                }
            if let id, !present.contains(id) { remove(id) }
        }
        for user in found { put(user) }
    }

    private mutating func remove(_ id: UserID) {
        guard let known = users.removeValue(forKey: id) else { return }
        known.standing.advance(to: 0)
        ids[known.user.publicID] = nil
        if known.user.isActive { activeCount -= 1 }
    }

    private mutating func put(_ user: User) {
        let former = users[user.id]
        activeCount += (user.isActive ? 1 : 0) - (former?.user.isActive == true ? 1 : 0)
        if let former, former.user.isSamePrincipal(as: user) {
            users[user.id]?.user = user
            return
        }
        generation += 1
        let standing = former?.standing ?? Standing(generation: generation)
        standing.advance(to: generation)
        if let former { ids[former.user.publicID] = nil }
        ids[user.publicID] = user.id
        users[user.id] = UserDirectory.Known(
            user: user,
            standing: standing,
            generation: generation
        )
    }
}
