import Foundation
import Model
import Postgres
import TestSupport

@testable import Auth

/// A database of its own for one test, with two accounts (1 and 2) and Auth's tables.
final class TestDatabase: Sendable {
    /// As the role of the server.
    let conninfo: String
    let pool: PostgresPool
    private let name: String

    init() async throws {
        let owner = try PrivatePostgres.shared().makeDatabase()
        let role = ServerRole(PrivatePostgres.serverRole)
        conninfo = PrivatePostgres.conninfo(owner, as: role.name)
        name = conninfo.split(separator: "=").last.map(String.init) ?? ""
        pool = PostgresPool(.init(conninfo: conninfo, timeoutMilliseconds: 30_000))
        let owners = PostgresPool(.init(conninfo: owner, connectionCountMax: 1))
        let catalog = Migrations(
            module: "catalog",
            steps: [],
            grants: Grants([.init("account", [.select])])
        )
        _ = try await owners.withConnection { connection in
            // The catalog's table, as far as Auth knows it.
            try connection.execute(
                """
                CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);
                INSERT INTO account VALUES (1, 'one'), (2, 'two');
                """
            )
            _ = try AuthMigrations.migrations.run(on: connection)
            return try role.repair([catalog, AuthMigrations.migrations], on: connection).count
        }
        await owners.close()
    }

    /// Cuts everyone off: open sessions are ended and new ones refused, as when a server is away.
    func shut() async throws {
        await pool.close()
        try await admin(
            """
            ALTER DATABASE \(name) ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
            """
        )
    }

    func open() async throws { try await admin("ALTER DATABASE \(name) ALLOW_CONNECTIONS true") }

    /// Runs a statement as any other program would, which may do what it likes.
    func execute(_ text: String) async throws {
        try await Self.execute(text, on: PrivatePostgres.conninfo(conninfo))
    }

    private func admin(_ text: String) async throws {
        let postgres = PrivatePostgres.conninfo(conninfo)
            .replacingOccurrences(of: "dbname=\(name)", with: "dbname=postgres")
        for statement in text.split(separator: ";") {
            try await Self.execute(String(statement), on: postgres)
        }
    }

    private static func execute(_ text: String, on conninfo: String) async throws {
        let pool = PostgresPool(.init(conninfo: conninfo, connectionCountMax: 1))
        _ = try await pool.withConnection { connection in
            try connection.execute(text)
            return true
        }
        await pool.close()
    }
}

/// Waits until something becomes true, at most half a minute: then the test fails by `false`. For
/// what another thread does; the time is no part of what is tested.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<3_000 {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
