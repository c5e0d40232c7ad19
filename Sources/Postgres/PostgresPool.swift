internal import Dispatch
internal import Synchronization

/// Connections for short statements from async code. Each has a thread of its own, so that libpq
/// never blocks the cooperative pool.
package final class PostgresPool: Sendable {
    /// How the pool is sized.
    package struct Configuration: Sendable {
        /// libpq's connection string.
        package var conninfo: String
        /// Connections, default 4. Opened when first needed.
        package var connectionCountMax: Int
        /// Callers that may wait for a connection, default 4,096; one more is refused at once.
        package var waiterCountMax: Int
        /// As `PostgresConnection.timeoutMilliseconds`, default 10,000.
        package var timeoutMilliseconds: Int32

        package init(
            conninfo: String,
            connectionCountMax: Int = 4,
            waiterCountMax: Int = 4_096,
            timeoutMilliseconds: Int32 = 10_000
        ) {
            self.conninfo = conninfo
            self.connectionCountMax = connectionCountMax
            self.waiterCountMax = waiterCountMax
            self.timeoutMilliseconds = timeoutMilliseconds
        }
    }

    private struct State {
        var idle: [PooledSession]
        var waiters: [CheckedContinuation<PooledSession, Never>] = []
    }

    private let configuration: Configuration
    private let state: Mutex<State>

    package init(_ configuration: Configuration) {
        self.configuration = configuration
        let sessions = (0..<configuration.connectionCountMax).map {
            PooledSession(name: "postgres-\($0)", configuration)
        }
        state = Mutex(State(idle: sessions))
    }

    /// The connection string, for parts that keep a connection of their own.
    package var conninfo: String { configuration.conninfo }

    /// Lends a connection to `body` on the connection's thread.
    ///
    /// `retryingOnce`: for statements that may run twice (reads): a connection that turns
    ///   out to be dead, as all are after a restart of the server, is replaced and `body` run again.
    /// - Throws: what `body` throws; `.unavailable` if there is no connection or too many wait.
    package func withConnection<R: Sendable>(
        retryingOnce: Bool = false,
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws -> R {
        let session = try await acquire()
        defer { release(session) }
        do {
            return try await session.run(body)
        } catch let error as PostgresError {
            guard retryingOnce, case .unavailable = error else { throw error }
            return try await session.run(body)
        }
    }

    /// One statement that may run twice; see `withConnection`.
    package func read(_ sql: SQL) async throws -> PostgresRows {
        try await withConnection(retryingOnce: true) { connection in try connection.query(sql) }
    }

    /// Closes idle connections. For a clean end; the pool opens new ones if it is used again.
    package func close() async {
        let sessions = state.withLock { $0.idle }
        for session in sessions { await session.close() }
    }

    private func acquire() async throws(PostgresError) -> PooledSession {
        enum Place { case session(PooledSession), wait, full }
        let place: Place = state.withLock { state in
            if let session = state.idle.popLast() { return .session(session) }
            return state.waiters.count < configuration.waiterCountMax ? .wait : .full
        }
        switch place {
        case .session(let session): return session
        case .full: throw .unavailable("all connections are busy")
        case .wait: break
        }
        return await withCheckedContinuation { continuation in
            let session = state.withLock { state -> PooledSession? in
                if let session = state.idle.popLast() { return session }
                state.waiters.append(continuation)
                return nil
            }
            if let session { continuation.resume(returning: session) }
        }
    }

    private func release(_ session: PooledSession) {
        let waiter = state.withLock { state -> CheckedContinuation<PooledSession, Never>? in
            if state.waiters.isEmpty {
                state.idle.append(session)
                return nil
            }
            return state.waiters.removeFirst()
        }
        waiter?.resume(returning: session)
    }
}

/// A connection and its thread.
///
/// `@unchecked Sendable`: `connection` is touched on `queue` only, which is serial.
private final class PooledSession: @unchecked Sendable {
    private let queue: DispatchQueue
    private let configuration: PostgresPool.Configuration
    private var connection: PostgresConnection?

    init(name: String, _ configuration: PostgresPool.Configuration) {
        queue = DispatchQueue(label: name)
        self.configuration = configuration
    }

    func run<R: Sendable>(
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try self.runHere(body) }) }
        }
    }

    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.connection = nil
                continuation.resume()
            }
        }
    }

    private func runHere<R>(_ body: (borrowing PostgresConnection) throws -> R) throws -> R {
        if connection == nil {
            connection = try PostgresConnection(
                configuration.conninfo,
                timeoutMilliseconds: configuration.timeoutMilliseconds
            )
        }
        // Taken out while it works, so that it is closed if `body` leaves it unusable: lost, timed
        // out, or inside a transaction.
        guard let open = connection.take() else { preconditionFailure("connected above") }
        do {
            let result = try body(open)
            if open.isIdle { connection = consume open }
            return result
        } catch {
            if open.isIdle { connection = consume open }
            throw error
        }
    }
}
