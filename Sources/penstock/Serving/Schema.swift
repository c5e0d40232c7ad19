import Auth
import Catalog
import Logging
import Postgres
import TSEngine

/// The schemas of all modules, in the order in which they refer to each other, and what the server's
/// role may do with them (docs/decisions/0009-database-roles.md).
enum Schema {
    static let modules = [
        CatalogMigrations.migrations, AuthMigrations.migrations, EngineMigrations.migrations,
        ImportMigrations.migrations,
    ]

    /// What one module's schema is at, and what this program needs.
    struct Version: Equatable {
        let module: String
        let current: Int
        let needed: Int
    }

    static func versions(_ pool: PostgresPool) async throws -> [Version] {
        do {
            return try await pool.withConnection(retryingOnce: true) { connection in
                var versions: [Version] = []
                for module in modules {
                    let current = try module.version(on: connection)
                    versions.append(
                        Version(module: module.module, current: current, needed: module.version)
                    )
                }
                return versions
            }
        } catch PostgresError.server(sqlState: "42501", _) {
            throw CommandError(
                "the role of DATABASE_URL may not read the schema: run `penstock db grants` with DATABASE_OWNER_URL"
            )
        }
    }

    /// Runs what is missing, as the owner of the tables.
    ///
    /// - Returns: how many steps were run.
    @discardableResult
    static func upgrade(_ owner: PostgresPool) async throws -> Int {
        // A step may write all blocks anew.
        let long = PostgresPool(
            .init(
                conninfo: owner.conninfo,
                connectionCountMax: 1,
                timeoutMilliseconds: StoreMaintenance.longTimeoutMilliseconds
            )
        )
        let result: Result<Int, any Error>
        do {
            result = .success(try await run(long))
        } catch {
            result = .failure(error)
        }
        await long.close()
        return try result.get()
    }

    private static func run(_ owner: PostgresPool) async throws -> Int {
        try await owner.withConnection { connection in
            // Functions with their owner's rights would have all rights.
            guard try !ServerRole.current(on: connection).isSuperuser(on: connection) else {
                throw CommandError(
                    "a superuser must not own the schema: set DATABASE_OWNER_URL to a plain role that owns the database"
                )
            }
            var count = 0
            for module in modules { count += try module.run(on: connection).count }
            return count
        }
    }

    /// Gives the server's role what it needs, and takes what it does not.
    ///
    /// - Parameters:
    ///   - owner: connections of the role that owns the tables.
    ///   - server: those of the role that the server works as.
    /// - Returns: how many things were mended, and what only the operator can.
    /// - Throws: `PostgresError`.
    @discardableResult
    static func grant(
        _ owner: PostgresPool,
        to server: PostgresPool
    ) async throws -> (count: Int, left: [ServerRole.Finding]) {
        let role = try await server.withConnection(retryingOnce: true) { connection in
            try ServerRole.current(on: connection)
        }
        return try await owner.withConnection { connection in
            try role.repair(modules, on: connection)
        }
    }

    /// What is not right with the role of a pool.
    static func findings(
        _ server: PostgresPool
    ) async throws -> (role: String, findings: [ServerRole.Finding]) {
        try await server.withConnection(retryingOnce: true) { connection in
            let role = try ServerRole.current(on: connection)
            return (role.name, try role.findings(of: modules, on: connection))
        }
    }

    /// Makes the schema of an empty database, and that of an embedded one whatever its version.
    ///
    /// - Parameters:
    ///   - server: connections of the role that the server works as.
    ///   - embeddedOwner: the connection string of an embedded database's owner; its connection is
    ///     closed before this returns.
    /// - Throws: `CommandError` for an external database of another version: its operator decides
    ///   when to change it; and for one whose role is a superuser.
    static func prepare(_ server: PostgresPool, embeddedOwner: String?) async throws {
        if let embeddedOwner {
            let owner = PostgresPool(.init(conninfo: embeddedOwner, connectionCountMax: 1))
            do {
                let isCurrent = try await versions(owner).allSatisfy { $0.current == $0.needed }
                if !isCurrent { try await upgrade(owner) }
                try await grant(owner, to: server)
            } catch {
                await owner.close()
                throw error
            }
            return await owner.close()
        }
        let isSuperuser = try await server.withConnection(retryingOnce: true) { connection in
            try ServerRole.current(on: connection).isSuperuser(on: connection)
        }
        if isSuperuser {
            throw CommandError(
                "the role of DATABASE_URL is a superuser, whom nothing in the database stops: use a plain role"
            )
        }
        let versions = try await versions(server)
        if versions.allSatisfy({ $0.current == $0.needed }) { return }
        guard versions.allSatisfy({ $0.current == 0 }) else {
            let list = versions.map { "\($0.module) \($0.current) of \($0.needed)" }
            throw CommandError(
                "the database's schema is not this program's (\(list.joined(separator: ", "))): run `penstock db upgrade`"
            )
        }
        do {
            try await upgrade(server)
        } catch PostgresError.server(sqlState: "42501", _) {
            throw CommandError(
                "the database is empty: run `penstock db upgrade` with DATABASE_OWNER_URL first"
            )
        }
    }

    /// Says at a server's start what its role may do and should not.
    static func warn(_ server: PostgresPool, _ logger: Logger) async throws {
        let (role, findings) = try await findings(server)
        guard let first = findings.first else { return }
        let more = findings.count > 1 ? ", and \(findings.count - 1) more" : ""
        logger.warning(
            "the database role `\(role)` \(first.text)\(more): see `penstock db check`, and mend it by `penstock db grants` with DATABASE_OWNER_URL"
        )
    }
}
