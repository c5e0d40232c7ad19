import Postgres
import Testing

@testable import Embedded

/// The roles of a private Postgres (SECURITY D01).
@Suite struct EmbeddedRoleTests {
    @Test func `D01 the server's role owns and may create nothing`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                try expect(servers.conninfo, "SELECT current_user", "penstock_app")
                try expect(servers.ownerConninfo, "SELECT current_user", "penstock_owner")
                let rights = """
                    SELECT bool_or(rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
                        OR rolbypassrls) FROM pg_roles WHERE rolname LIKE 'penstock%'
                    """
                try expect(servers.conninfo, rights, "f")
                try expect(
                    servers.ownerConninfo,
                    "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'penstock'",
                    "penstock_owner"
                )
                for statement in [
                    "CREATE TABLE mine ()", "CREATE SCHEMA mine", "SET ROLE postgres",
                ] {
                    #expect(throws: PostgresError.self) { try ask(servers.conninfo, statement) }
                }
                // Neither role is let in elsewhere.
                for conninfo in [servers.conninfo, servers.ownerConninfo] {
                    #expect(throws: PostgresError.self) {
                        try ask(conninfo.replacing("dbname=penstock", with: "dbname=postgres"), "")
                    }
                }
            }
        }
    }

    /// Goal: a directory of before there were two roles is taken over: nothing is lost, and what was
    /// the server's role owns its tables under another name. Method: one role `penstock` that owns
    /// the database, as it was made then; started twice.
    @Test func `D01 an old data directory is taken over`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                let directory = try DataDirectory.locate(path)
                let admin = EmbeddedPostgres.conninfo(
                    for: directory,
                    role: "postgres",
                    database: "penstock"
                )
                try ask(servers.ownerConninfo, "CREATE TABLE kept AS SELECT 42 AS value")
                try ask(admin, "DROP OWNED BY penstock_app; DROP ROLE penstock_app")
                try ask(admin, "ALTER ROLE penstock_owner RENAME TO penstock")
            }
            for _ in 0..<2 {
                try await withServers(path) { servers in
                    try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
                    try expect(
                        servers.conninfo,
                        "SELECT tableowner FROM pg_tables WHERE tablename = 'kept'",
                        "penstock_owner"
                    )
                    try expect(
                        servers.conninfo,
                        "SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolname ~ 'penstock'",
                        "penstock_app penstock_owner"
                    )
                    #expect(throws: PostgresError.self) {
                        try ask(servers.conninfo, "SELECT value FROM kept")
                    }
                }
            }
        }
    }
}
