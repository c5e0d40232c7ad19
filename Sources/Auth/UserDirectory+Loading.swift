internal import Model
package import Postgres
internal import Synchronization

/// How the directory follows the table.
///
/// Whoever wants something loaded notes it and, if no load is under way, leads one for all that is
/// noted; others wait for the next. So loads never overlap, a caller's load begins after its call,
/// and a burst of changes costs two statements.
extension UserDirectory {
    /// A user to load.
    enum Key: Hashable, Sendable {
        case id(UserID)
        case publicID(PublicID)
    }

    /// What is noted for the next load.
    struct Loading {
        /// More keys than this are loaded as the whole table.
        static let keyCountMax = 1_000

        var isUnderWay = false
        var wantsAll = false
        /// Whether something is known to have changed, so that nothing may be trusted if the load
        /// fails.
        var followsChange = false
        var keys: Set<Key> = []
        /// The moment that the next load may confirm: all that was notified before it is noted.
        var heardUpTo: Int64?
        /// Resumed with whether the load succeeded; with nil to lead the next one.
        var waiters: [CheckedContinuation<Bool?, Never>] = []
        /// Whether notifications arrive.
        var isListening = false
        /// When the listener last told something; see `handle`.
        var lastEventAt: Int64?
        var lastFullLoadAt: Int64?

        var isWanting: Bool { wantsAll || !keys.isEmpty || heardUpTo != nil }

        mutating func want(_ key: Key) {
            if keys.count < Self.keyCountMax { keys.insert(key) } else { wantsAll = true }
        }
    }

    /// Loads all users.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func load() async throws(AuthError) {
        try await settle { $0.wantsAll = true }
    }

    /// Asks the database about one user. After it `known` is what was so at some moment after the
    /// call.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    func refresh(_ id: PublicID) async throws(AuthError) {
        try await settle { $0.want(.publicID(id)) }
    }

    /// Takes over a change that this process has committed. If that fails, the lease ends: checks
    /// ask the database until the change is loaded. So the change counts either way.
    func followChange(of user: UserID) async {
        try? await settle { loading in
            loading.want(.id(user))
            loading.followsChange = true
        }
    }

    /// Follows the table until the task is cancelled.
    package func run() async {
        let listener = PostgresListener(
            conninfo: pool.conninfo,
            channels: [AuthMigrations.channel]
        )
        async let listening: Void = listener.run { [self] event in handle(event) }
        for await _ in signals {
            // A failed load stays noted; the listener's next event signals again.
            try? await settle { _ in }
        }
        await listening
    }

    /// Notes what the listener tells.
    ///
    /// The question behind a tick was asked after the event before it. So a tick confirms the
    /// moment of that event, however long the answer took.
    package func handle(_ event: PostgresListener.Event) {
        let now = lease.now
        let needsLoad = state.withLock { state -> Bool in
            let lastEventAt = state.loading.lastEventAt
            state.loading.lastEventAt = now
            switch event {
            case .connected:
                state.loading.isListening = true
                state.loading.wantsAll = true
            case .disconnected:
                // Without notifications the whole table is asked for once a second.
                state.loading.isListening = false
                let isDue = state.loading.lastFullLoadAt.map { now - $0 >= 1_000_000 } ?? true
                if isDue { state.loading.wantsAll = true }
            case .notification(_, let payload):
                if let key = Self.key(payload) {
                    state.loading.want(key)
                } else {
                    state.loading.wantsAll = true
                }
                state.loading.followsChange = true
            case .tick:
                guard state.loading.isListening, let lastEventAt else { break }
                if state.loading.isUnderWay || state.loading.isWanting {
                    state.loading.heardUpTo = lastEventAt
                } else {
                    lease.confirm(upTo: lastEventAt)
                }
            }
            return state.loading.isWanting
        }
        if needsLoad { signal.yield() }
    }

    /// The user of a payload `<table>:<user id>`.
    private static func key(_ payload: String) -> Key? {
        let parts = payload.split(separator: ":")
        guard parts.count == 2, let id = Int64(parts[1]) else { return nil }
        return .id(UserID(id))
    }

    /// Notes a wish and waits until it is loaded.
    private func settle(
        _ note: @Sendable (inout Loading) -> Void
    ) async throws(AuthError) {
        while true {
            let leads = state.withLock { state in
                guard !state.loading.isUnderWay else { return false }
                note(&state.loading)
                state.loading.isUnderWay = true
                return true
            }
            if leads { return try await lead() }
            let isLoaded: Bool? = await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard state.loading.isUnderWay else { return false }
                    note(&state.loading)
                    state.loading.waiters.append(continuation)
                    return true
                }
                if !isWaiting { continuation.resume(returning: nil) }
            }
            if let isLoaded {
                guard isLoaded else { throw .unavailable }
                return
            }
        }
    }

    /// Loads all that is noted, then hands over to one who waits.
    private func lead() async throws(AuthError) {
        let (wish, waiters) = state.withLock { state in
            let wish = state.loading
            state.loading.wantsAll = false
            state.loading.followsChange = false
            state.loading.keys = []
            state.loading.heardUpTo = nil
            state.loading.waiters = []
            return (wish, wish.waiters)
        }
        let outcome: Result<Void, AuthError>
        do throws(AuthError) {
            try await perform(wish)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        let (next, isWanting) = state.withLock { state in
            if case .failure = outcome { state.loading.restore(wish) }
            state.loading.isUnderWay = false
            return (state.loading.waiters.popLast(), state.loading.isWanting)
        }
        for waiter in waiters { waiter.resume(returning: (try? outcome.get()) != nil) }
        if let next {
            next.resume(returning: nil)
        } else if isWanting, case .success = outcome {
            signal.yield()
        }
        try outcome.get()
    }

    private func perform(_ wish: Loading) async throws(AuthError) {
        let startedAt = lease.now
        do {
            if wish.wantsAll {
                let users = try UserTable.users(await pool.read(UserTable.selectAll()))
                state.withLock { state in
                    state.replaceAll(by: users)
                    state.loading.lastFullLoadAt = startedAt
                }
                lease.confirm(upTo: startedAt)
            } else if !wish.keys.isEmpty {
                let rows = try await pool.read(UserTable.select(wish.keys))
                let users = try UserTable.users(rows)
                state.withLock { $0.apply(users, of: wish.keys) }
            }
        } catch {
            if wish.followsChange { lease.revoke() }
            throw AuthError(error)
        }
        if let heardUpTo = wish.heardUpTo { lease.confirm(upTo: heardUpTo) }
    }
}

extension UserDirectory.Loading {
    /// Notes again what a load did not bring.
    fileprivate mutating func restore(_ wish: UserDirectory.Loading) {
        wantsAll = wantsAll || wish.wantsAll
        followsChange = followsChange || wish.followsChange
        for key in wish.keys { want(key) }
    }
}
