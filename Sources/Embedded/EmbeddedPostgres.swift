internal import Glibc
internal import Logging
internal import Postgres
internal import Synchronization

/// A Postgres of this data directory's own: reachable through a socket only, and there only for the
/// directory's owner and root.
///
/// Its superuser `postgres` is for this type alone. The role `penstock_owner` owns the database
/// `penstock` and what is in it, and is for migrations; Penstock works as `penstock_app`, which owns
/// nothing (docs/decisions/0009-database-roles.md).
final class EmbeddedPostgres: EmbeddedServer {
    let name = "postgres"
    let log: ServerLog
    /// SIGINT: fast shutdown, which writes everything to its place; a minute, as a slow disk may
    /// have much of it. SIGQUIT: at once, repaired from the log at the next start.
    let stopSteps = [
        StopStep(signal: SIGINT, graceMilliseconds: 60_000),
        StopStep(signal: SIGQUIT, graceMilliseconds: 10_000),
        StopStep(signal: SIGKILL, graceMilliseconds: 5_000),
    ]

    static let serverRole = "penstock_app"
    static let ownerRole = "penstock_owner"

    /// libpq's connection string of the database `penstock` for the server. Holds no secret: the
    /// socket asks the kernel who is calling.
    let conninfo: String

    private let directory: DataDirectory
    private var pidPath: String { directory.postgresPath + "/postmaster.pid" }
    private let programs: ProgramSearch.PostgresPrograms
    private let logger: Logger
    private let state = Mutex(State())

    private struct State: ~Copyable {
        var connection: PostgresConnection?
        var hasDatabase = false
    }

    /// Chooses the programs, and makes the data if there is none.
    ///
    /// - Throws: `.missingProgram`; `.directory` for data of another major; `.start` if initdb
    ///   fails.
    init(
        _ directory: DataDirectory,
        programs search: ProgramSearch,
        logger: Logger
    ) throws(EmbeddedError) {
        self.directory = directory
        self.logger = logger
        log = try ServerLog(directory.logPath + "/postgres.log", owner: directory.owner)
        conninfo = Self.conninfo(for: directory)
        let path = directory.postgresPath
        if try FileStatus.of(path) == nil {
            programs = try search.postgresForNewData()
            logger.info("making a new database", metadata: ["directory": "\(path)"])
            try makeData()
        } else {
            guard let text = SmallFile.text(path + "/PG_VERSION"),
                let major = Int(text.prefix { $0.isNumber })
            else {
                throw .directory("`\(path)` is not the data of a PostgreSQL: it has no PG_VERSION")
            }
            programs = try search.postgres(major: major, forDataIn: path)
        }
    }

    /// How to reach the Postgres of a directory, whoever started it.
    static func conninfo(
        for directory: DataDirectory,
        role: String = serverRole,
        database: String = "penstock"
    ) -> String {
        // The path has plain characters only (SocketDirectory).
        "host=\(directory.socketPath) port=5432 user=\(role) dbname=\(database)"
    }

    func prepare() throws(EmbeddedError) -> ChildCommand {
        try endOrphans()
        try writeSettings()
        // On the command line, where neither a settings file nor ALTER SYSTEM can undo it: no TCP,
        // and sockets for one user.
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(directory.socketPath)",
            "unix_socket_permissions=0700", "port=5432",
        ]
        return ChildCommand(
            program: programs.postgres,
            arguments: ["-D", directory.postgresPath] + settings.flatMap { ["-c", $0] },
            user: directory.serverUser
        )
    }

    func probe() throws {
        try state.withLock { state in
            let open: PostgresConnection
            if let kept = state.connection.take(), kept.isIdle {
                open = kept
            } else {
                guard isReady else { throw EmbeddedError.busy("not ready for connections yet") }
                if !state.hasDatabase {
                    try makeDatabase()
                    state.hasDatabase = true
                }
                // Patience for a busy machine, but less than what hides a server that hangs.
                open = try PostgresConnection(
                    conninfo,
                    applicationName: "penstock-health",
                    timeoutMilliseconds: 5_000
                )
            }
            try open.query("SELECT 1")
            state.connection = consume open
        }
    }

    /// What the server says of itself in the eighth line of its pid file, as pg_ctl reads it.
    /// Asking by connecting would fill its log with refusals while it repairs itself.
    private var isReady: Bool {
        let text = SmallFile.text(pidPath) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[7].hasPrefix("ready")
    }

    func disconnect() {
        state.withLock { $0.connection = nil }
    }

    /// initdb beside the data's place, then a rename: a crash in between leaves nothing half.
    private func makeData() throws(EmbeddedError) {
        let draft = directory.postgresPath + ".new"
        if try FileStatus.of(draft) != nil {
            try runTool("/bin/rm", ["-rf", "--", draft + "/"], mayFail: true)
            guard unsafe rmdir(draft) == 0 || errno == ENOENT else {
                throw .directory("cannot remove `\(draft)`: \(systemErrorText())")
            }
        }
        try DataDirectory.makePrivate(draft, for: directory.serverUser)
        try runTool(programs.initdb, ["-D", draft] + Self.initdbOptions, mayFail: false)
        guard unsafe rename(draft, directory.postgresPath) == 0 else {
            throw .directory("cannot create `\(directory.postgresPath)`: \(systemErrorText())")
        }
        SmallFile.syncDirectory(directory.path)
    }

    private func runTool(
        _ program: String,
        _ arguments: [String],
        mayFail: Bool
    ) throws(EmbeddedError) {
        let user = directory.serverUser
        let command = ChildCommand(program: program, arguments: arguments, user: user)
        // initdb writes 40 MB and syncs them.
        let result = try ChildProcess.run(command, timeoutMilliseconds: 300_000)
        guard mayFail || result.status == .exited(code: 0) else {
            throw .start(
                "\(program) failed: \(ServerLog.reason(in: result.output) ?? "\(result.status)")"
            )
        }
    }

    /// Ends a server that an earlier Penstock left, and removes its pid file if that has become the
    /// id of another process: Postgres would take that one for a server and not start.
    private func endOrphans() throws(EmbeddedError) {
        let pid = SmallFile.text(pidPath).flatMap { pid_t($0.prefix { $0.isNumber }) }
        let search = OrphanSearch(
            directory: directory.postgresPath,
            program: "postgres",
            user: directory.serverUser
        )
        guard let count = try search.end(leader: pid, steps: stopSteps) else { return }
        if count > 0 { logger.notice("ended a Postgres that an earlier Penstock left running") }
        // None of its processes is left, so the file guards nothing any more.
        if let pid, kill(pid, 0) == 0 { unsafe unlink(pidPath) }
    }

    private func writeSettings() throws(EmbeddedError) {
        let path = directory.postgresPath
        let owners = [SystemUser(id: 0), directory.owner].compactMap { $0?.name }
        let settings = Self.settingsText(
            walCompression: try walCompression(),
            recoverySync: Self.recoverySync
        )
        var files = [
            ("pg_hba.conf", Self.accessText),
            ("pg_ident.conf", Self.identityText(systemUsers: owners)),
            ("penstock.conf", settings),
            ("postgresql.conf", Self.mainText),
        ]
        if try FileStatus.of(path + "/local.conf") == nil {
            files.insert(("local.conf", Self.localText), at: 0)
        }
        for (name, text) in files {
            try SmallFile.replace("\(path)/\(name)", with: text, owner: directory.serverUser)
        }
    }

    /// LZ4 where this Postgres was built with it: its own answer to a trial.
    private func walCompression() throws(EmbeddedError) -> String {
        let arguments = [
            "-D", directory.postgresPath, "-C", "wal_compression", "-c", "wal_compression=lz4",
        ]
        let user = directory.serverUser
        let trial = ChildCommand(program: programs.postgres, arguments: arguments, user: user)
        let result = try ChildProcess.run(trial, timeoutMilliseconds: 60_000)
        return result.status == .exited(code: 0) ? "lz4" : "on"
    }

    /// The roles and the database of Penstock, if they are not there yet. Each step stands alone, so
    /// that a crash between them is mended by the next start.
    ///
    /// A directory of before there were two roles has one, `penstock`, which owns everything: it
    /// becomes the owner by its name alone.
    private func makeDatabase() throws(PostgresError) {
        let admin = try PostgresConnection(
            Self.conninfo(for: directory, role: "postgres", database: "postgres"),
            applicationName: "penstock-setup",
            timeoutMilliseconds: 60_000
        )
        func has(_ role: String) throws(PostgresError) -> Bool {
            try admin.query("SELECT FROM pg_roles WHERE rolname = \(role)").count > 0
        }
        let (owner, server) = (Self.ownerRole, Self.serverRole)
        if try !has(owner) {
            try admin.execute(
                try has("penstock")
                    ? "ALTER ROLE penstock RENAME TO \(owner)" : "CREATE ROLE \(owner) LOGIN"
            )
        }
        if try !has(server) { try admin.execute("CREATE ROLE \(server) LOGIN") }
        let database = try admin.query("SELECT FROM pg_database WHERE datname = 'penstock'")
        if database.count == 0 { try admin.execute("CREATE DATABASE penstock OWNER \(owner)") }
    }
}
