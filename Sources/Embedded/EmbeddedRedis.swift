internal import Glibc
internal import Logging
internal import Redis
internal import Synchronization

/// A Redis of this data directory's own, behind a socket that only the servers' user, and root, can
/// open. It needs no password then.
final class EmbeddedRedis: EmbeddedServer {
    let name = "redis"
    let log: ServerLog
    /// SIGTERM: saves what is not on the disk yet, and exits.
    let stopSteps = [
        StopStep(signal: SIGTERM, graceMilliseconds: 10_000),
        StopStep(signal: SIGKILL, graceMilliseconds: 5_000),
    ]

    let address: RedisAddress

    private let directory: DataDirectory
    private let program: String
    private let logger: Logger
    private let connection = Mutex<RedisConnection?>(nil)

    /// - Throws: `.missingProgram`; `.directory` if the log cannot be opened.
    init(
        _ directory: DataDirectory,
        programs: ProgramSearch,
        logger: Logger
    ) throws(EmbeddedError) {
        self.directory = directory
        self.logger = logger
        program = try programs.redisServer()
        log = try ServerLog(directory.logPath + "/redis.log", owner: directory.owner)
        address = RedisAddress(.unix(path: directory.socketPath + "/redis.sock"))
    }

    func prepare() throws(EmbeddedError) -> ChildCommand {
        let path = directory.redisPath
        let user = directory.serverUser
        let search = OrphanSearch(directory: path, program: "redis", user: user)
        if let count = try search.end(leader: nil, steps: stopSteps), count > 0 {
            logger.notice("ended a Redis that an earlier Penstock left running")
        }
        let settings = Self.settingsText(path: path, socketPath: directory.socketPath)
        try SmallFile.replace(path + "/redis.conf", with: settings, owner: user)
        return ChildCommand(program: program, arguments: [path + "/redis.conf"], user: user)
    }

    func probe() throws {
        try connection.withLock { slot in
            let open: RedisConnection
            if let kept = slot.take(), kept.isIdle {
                open = kept
            } else {
                open = try RedisConnection.connect(to: address)
            }
            try open.ping()
            slot = consume open
        }
    }

    func disconnect() {
        connection.withLock { $0 = nil }
    }

    static func settingsText(path: String, socketPath: String) -> String {
        // Redis reads a quoted word as C does.
        let quoted = path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return """
            # Written by Penstock at every start.

            # A socket for one user, and no port.
            port 0
            unixsocket \(socketPath)/redis.sock
            unixsocketperm 700
            protected-mode yes

            # Jobs survive a restart: every change is appended to a file, which is brought to the
            # disk once a second. A power cut loses at most that second; what must not be lost is in
            # Postgres. Snapshots would say the same once more.
            dir "\(quoted)"
            appendonly yes
            appendfsync everysec
            save ""

            # Full is an error for the writer, not the end of the machine; nothing is thrown away,
            # as a job is not a cache entry.
            maxmemory 256mb
            maxmemory-policy noeviction

            # In the foreground, as a child of Penstock; the log is its output.
            daemonize no
            logfile ""
            loglevel notice
            always-show-logo no

            """
    }
}
