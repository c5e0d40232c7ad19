internal import Dispatch
internal import Glibc
internal import Synchronization

/// Redis from async code: one connection, and a thread of its own, so that hiredis never blocks the
/// cooperative pool. Connects when first needed and again after a loss.
///
/// Commands run one after the other in the order they came. Who waits in Redis (BLMOVE, XREAD
/// BLOCK) takes a client of its own, with a timeout longer than the wait.
///
/// A command is never sent twice: after `.unavailable` only the caller knows whether it may be.
///
/// `@unchecked Sendable`: `connection` and `digests` are touched on `queue` only, which is serial.
package final class RedisClient: @unchecked Sendable {
    /// How a client behaves.
    package struct Configuration: Sendable {
        package var address: RedisAddress
        /// Default 2,000.
        package var connectTimeoutMilliseconds: Int
        /// How long a command may wait for its turn, and then for its answer; default 5,000.
        package var timeoutMilliseconds: Int
        /// Commands that may wait for their turn, default 1,024; one more is refused at once.
        package var pendingCountMax: Int

        package init(
            address: RedisAddress,
            connectTimeoutMilliseconds: Int = 2_000,
            timeoutMilliseconds: Int = 5_000,
            pendingCountMax: Int = 1_024
        ) {
            self.address = address
            self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
            self.timeoutMilliseconds = timeoutMilliseconds
            self.pendingCountMax = pendingCountMax
        }
    }

    private let configuration: Configuration
    private let queue = DispatchQueue(label: "redis")
    private let pendingCount = Atomic(0)
    private var connection: RedisConnection?
    /// Scripts the server was given, by text. Bounded by the scripts in this program's source.
    private var digests: [RedisScript: String] = [:]

    package init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    /// Runs one command; arguments are any bytes.
    ///
    /// - Throws: `.server` if Redis refuses it; `.unavailable` without a connection, without an
    ///   answer in time, or if too many commands wait.
    @discardableResult
    package func command(_ arguments: [[UInt8]]) async throws(RedisError) -> RedisReply {
        try await withConnection { (connection) throws(RedisError) in
            try connection.command(arguments)
        }
    }

    /// As `command(_:)` with bytes.
    @discardableResult
    package func command(_ arguments: String...) async throws(RedisError) -> RedisReply {
        try await command(arguments.map { Array($0.utf8) })
    }

    /// Runs several commands in one round trip; see `RedisConnection.pipeline`.
    package func pipeline(_ commands: [[[UInt8]]]) async throws(RedisError) -> [RedisReply] {
        try await withConnection { (connection) throws(RedisError) in
            try connection.pipeline(commands)
        }
    }

    /// Runs a script; see `RedisConnection.evaluate`.
    @discardableResult
    package func evaluate(
        _ script: RedisScript,
        keys: [[UInt8]] = [],
        arguments: [[UInt8]] = []
    ) async throws(RedisError) -> RedisReply {
        try await withConnection { (connection) throws(RedisError) in
            // On `queue`, as all of this closure.
            try connection.evaluate(
                script,
                digest: &self.digests[script],
                keys: keys,
                arguments: arguments
            )
        }
    }

    /// PING.
    package func ping() async throws(RedisError) {
        try await withConnection { (connection) throws(RedisError) in
            try connection.ping()
        }
    }

    /// Lends the connection to `body` on the client's thread; nobody else's command comes between.
    package func withConnection<R: Sendable>(
        _ body: @escaping @Sendable (borrowing RedisConnection) throws(RedisError) -> R
    ) async throws(RedisError) -> R {
        guard pendingCount.add(1, ordering: .relaxed).newValue <= configuration.pendingCountMax
        else {
            pendingCount.subtract(1, ordering: .relaxed)
            throw .unavailable("too many commands wait")
        }
        let deadline = monotonicMilliseconds() + Int64(configuration.timeoutMilliseconds)
        let result: Result<R, RedisError> = await withCheckedContinuation { continuation in
            queue.async {
                let result = self.runHere(body, startingBefore: deadline)
                self.pendingCount.subtract(1, ordering: .relaxed)
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// Closes the connection after the commands under way. The client opens a new one if it is used
    /// again.
    package func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.connection = nil
                continuation.resume()
            }
        }
    }

    private func runHere<R>(
        _ body: (borrowing RedisConnection) throws(RedisError) -> R,
        startingBefore deadline: Int64
    ) -> Result<R, RedisError> {
        guard monotonicMilliseconds() < deadline else {
            return .failure(.unavailable("busy for \(configuration.timeoutMilliseconds) ms"))
        }
        do throws(RedisError) {
            // Taken out while it works, so that it is closed if it ends up unusable.
            let open = try idleConnection()
            do throws(RedisError) {
                let value = try body(open)
                if open.isIdle { connection = consume open }
                return .success(value)
            } catch {
                if open.isIdle { connection = consume open }
                throw error
            }
        } catch {
            return .failure(error)
        }
    }

    /// The kept connection if it is still good, so that a restart of the server costs no command;
    /// else a new one.
    private func idleConnection() throws(RedisError) -> RedisConnection {
        // Not `kept?.isIdle` on a `var kept`: debug builds of Swift 6.3.1 call the getter of a
        // noncopyable type on an optional that `take()` has emptied, too.
        if let kept = connection.take(), kept.isIdle { return kept }
        return try RedisConnection.connect(
            to: configuration.address,
            connectTimeoutMilliseconds: configuration.connectTimeoutMilliseconds,
            timeoutMilliseconds: configuration.timeoutMilliseconds
        )
    }
}

/// Time that no clock change moves, for deadlines.
private func monotonicMilliseconds() -> Int64 {
    var moment = timespec()
    // Fails only for a clock id that the kernel does not know, and this one is in POSIX.
    unsafe clock_gettime(CLOCK_MONOTONIC, &moment)
    return Int64(moment.tv_sec) * 1_000 + Int64(moment.tv_nsec) / 1_000_000
}
