package import Logging
internal import Postgres

/// The database of a data directory for the length of one command, whether a Penstock serves it at
/// the moment or not.
///
/// Commands do not disturb each other: while one has started Postgres itself, the next one waits
/// for its turn; while a Penstock serves, all use its Postgres.
package struct EmbeddedAttachment: Sendable {
    /// libpq's connection string of the database, as the role of the server. Holds no secret.
    package let conninfo: String
    /// The same as the role that owns the tables: for migrations.
    package let ownerConninfo: String
    /// What was started here; nil if a serving Penstock's is used.
    private let own: EmbeddedServers?

    /// Whether Postgres was started for this command.
    package var isOwn: Bool { own != nil }

    /// Uses the running Postgres of `dataDirectory`, or starts it. Redis is not started.
    ///
    /// - Parameters:
    ///   - dataDirectory: made if it is missing.
    ///   - patience: how long to wait for another command, or a server that is starting.
    ///   - programs: where to look for Postgres.
    ///   - logger: told what is started.
    /// - Returns: the attachment; call `stop` at the end in any case.
    /// - Throws: `EmbeddedError`, one line for the person at the terminal; `CancellationError`.
    package static func attachOrStart(
        dataDirectory: String,
        patience: Duration = .seconds(60),
        programs: ProgramSearch = ProgramSearch(),
        logger: Logger
    ) async throws -> EmbeddedAttachment {
        let directory = try await onOwnThread { try DataDirectory.locate(dataDirectory) }
        let options = EmbeddedServers.Options(hasRedis: false, programs: programs)
        let end = ContinuousClock.now + patience
        while true {
            let ownerConninfo = EmbeddedPostgres.conninfo(
                for: directory,
                role: EmbeddedPostgres.ownerRole
            )
            if let lock = try DirectoryLock.take(directory.lockPath, owner: directory.owner) {
                let servers = try await EmbeddedServers.start(directory, lock, options, logger)
                return EmbeddedAttachment(
                    conninfo: servers.conninfo,
                    ownerConninfo: ownerConninfo,
                    own: servers
                )
            }
            let conninfo = EmbeddedPostgres.conninfo(for: directory)
            if DirectoryLock.isServed(directory.lockPath), await answers(conninfo) {
                return EmbeddedAttachment(
                    conninfo: conninfo,
                    ownerConninfo: ownerConninfo,
                    own: nil
                )
            }
            guard ContinuousClock.now < end else { throw EmbeddedServers.busy(directory) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Stops what was started here; leaves a serving Penstock's Postgres alone.
    package func stop() async {
        await own?.stop()
    }
}

private func answers(_ conninfo: String) async -> Bool {
    let rowCount = try? await onOwnThread {
        let connection = try PostgresConnection(conninfo, timeoutMilliseconds: 5_000)
        return try connection.query("SELECT 1").count
    }
    return rowCount == 1
}
