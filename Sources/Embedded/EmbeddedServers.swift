internal import Dispatch
package import Logging
package import Redis

/// A private Postgres and Redis for one machine, in one directory.
///
///     let servers = try await EmbeddedServers.start(dataDirectory: "/var/lib/penstock", logger:
///     logger) // … open stores on servers.conninfo and servers.redisAddress …
///     await servers.run()   // until the task is cancelled; then both are stopped
///
/// The directory is made if it is missing. Its servers stop with Penstock, also when Penstock is
/// killed, and a later start goes on with the data.
package final class EmbeddedServers: Sendable {
    /// How the servers are started.
    package struct Options: Sendable {
        /// Whether there shall be a Redis; default yes.
        package var hasRedis: Bool
        /// Where to look for the servers' programs.
        package var programs: ProgramSearch
        /// How long to wait for another Penstock to leave the directory: one that is stopping, or a
        /// single command. Default 5 s.
        package var lockPatience: Duration

        package init(
            hasRedis: Bool = true,
            programs: ProgramSearch = ProgramSearch(),
            lockPatience: Duration = .seconds(5)
        ) {
            self.hasRedis = hasRedis
            self.programs = programs
            self.lockPatience = lockPatience
        }
    }

    /// libpq's connection string of the database, as the role of the server. Holds no secret.
    package let conninfo: String
    /// The same as the role that owns the tables: for migrations, not for serving.
    package var ownerConninfo: String {
        EmbeddedPostgres.conninfo(for: directory, role: EmbeddedPostgres.ownerRole)
    }
    /// Nil if there is no Redis.
    package let redisAddress: RedisAddress?

    private let directory: DataDirectory
    private let lock: DirectoryLock
    private let postgres: ServerSupervisor
    private let redis: ServerSupervisor?

    /// Starts both and returns when they answer.
    ///
    /// - Throws: `EmbeddedError`, one line for the person at the terminal; `CancellationError`.
    ///   Nothing runs then.
    package static func start(
        dataDirectory: String,
        options: Options = Options(),
        logger: Logger
    ) async throws -> EmbeddedServers {
        let directory = try await onOwnThread { try DataDirectory.locate(dataDirectory) }
        let end = ContinuousClock.now + options.lockPatience
        while true {
            let lock = try DirectoryLock.take(directory.lockPath, owner: directory.owner)
            if let lock {
                let servers = try await start(directory, lock, options, logger)
                lock.announce(serving: true)
                return servers
            }
            guard ContinuousClock.now < end else { throw busy(directory) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Starts the servers of a directory that `lock` owns.
    static func start(
        _ directory: DataDirectory,
        _ lock: DirectoryLock,
        _ options: Options,
        _ logger: Logger
    ) async throws -> EmbeddedServers {
        do {
            let servers = try await onOwnThread {
                try directory.prepare()
                if directory.serverUser.name == "nobody" {
                    logger.warning(
                        "the servers run as `nobody`, whom other services may share: add a user `penstock`"
                    )
                }
                let programs = options.programs
                let postgres = try EmbeddedPostgres(directory, programs: programs, logger: logger)
                let redis =
                    options.hasRedis
                    ? try EmbeddedRedis(directory, programs: programs, logger: logger) : nil
                return EmbeddedServers(directory, lock, postgres, redis, logger)
            }
            do {
                try await servers.postgres.start()
                try await servers.redis?.start()
            } catch {
                await servers.stop()
                throw error
            }
            return servers
        } catch {
            lock.release()
            throw error
        }
    }

    static func busy(_ directory: DataDirectory) -> EmbeddedError {
        let owner = DirectoryLock.ownerText(directory.lockPath).map { " (process \($0))" } ?? ""
        return .busy("`\(directory.path)` is in use by another Penstock\(owner): stop it first")
    }

    private init(
        _ directory: DataDirectory,
        _ lock: DirectoryLock,
        _ postgres: EmbeddedPostgres,
        _ redis: EmbeddedRedis?,
        _ logger: Logger
    ) {
        self.directory = directory
        self.lock = lock
        conninfo = postgres.conninfo
        redisAddress = redis?.address
        self.postgres = ServerSupervisor(postgres, logger: logger)
        self.redis = redis.map { ServerSupervisor($0, logger: logger) }
    }

    /// Looks after the servers: one that ends is started again at once. Returns when the task is
    /// cancelled or `stop` was called, after both are stopped.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.postgres.run() }
            if let redis { group.addTask { await redis.run() } }
        }
        await stop()
    }

    /// Stops both, and leaves the directory to others. Again is harmless; works in a cancelled
    /// task.
    package func stop() async {
        lock.announce(serving: false)
        await redis?.stop()
        await postgres.stop()
        lock.release()
    }

    /// Which of the servers answered when last asked, at most a few seconds ago.
    package var health: (postgres: Bool, redis: Bool) {
        (postgres.isHealthy, redis?.isHealthy ?? true)
    }

    /// Their processes, 0 for one that does not run: for tests and for the operator.
    package var processIDs: (postgres: Int32, redis: Int32) {
        (postgres.serverProcessID, redis?.serverProcessID ?? 0)
    }
}

/// Runs what blocks (files, short programs) on a thread that may.
func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue(label: "embedded-files").async {
            continuation.resume(with: Result { try body() })
        }
    }
}
