import Foundation
import TestSupport
import Testing

/// The database role of a whole server (SECURITY D01).
@Suite(.serialized) struct DatabaseRoleProcessTests {
    /// Goal: a data directory of before there were two roles is taken over with everything in it,
    /// and serves. Method: the roles are put back to the one of then, and all privileges with them.
    @Test func `D01 an old data directory is taken over and serves`() async throws {
        try await onThread {
            let process = try PenstockProcess()
            try process.start()
            _ = try process.makeStructure(sensorCount: 1)
            let address = "host=\(process.dataDirectory)/run user=postgres dbname=penstock"
            let back = "DROP OWNED BY penstock_app; DROP ROLE penstock_app"
            let owner = "ALTER ROLE penstock_owner RENAME TO penstock"
            try Program.run(["psql", "-q", address, "-c", back, "-c", owner])
            process.killHard()
            try process.start()
            _ = try process.token()
            let check = try process.command(["db", "check"])
            #expect((check["role"] as? [Any])?.count == 0)
            #expect(try process.command(["db", "grants"])["mended"] as? Int == 0)
            #expect((try process.command(["show", "sensors"])["list"] as? [Any])?.count == 1)
            let verified = try process.command(["audit", "verify"])
            #expect(!verified.isEmpty)
            // The server's own sessions.
            let role = """
                DO $$ BEGIN
                    IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = 'penstock'
                        AND application_name LIKE 'penstock%' AND usename <> 'penstock_app')
                    THEN RAISE EXCEPTION 'a session of another role'; END IF;
                END $$
                """
            try Program.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", address, "-c", role])
            #expect(process.stop() == 0)
        }
    }

    /// Goal: an external database is set up as docs/operations.md says, and used so; a superuser and
    /// a link to another machine are refused before anything happens.
    @Test func `D01 D04 an external database`() async throws {
        try await onThread {
            let owner = try PrivatePostgres.shared().makeDatabase()
            let server = PrivatePostgres.conninfo(owner, as: PrivatePostgres.serverRole)
            let key = "SECRET_KEY=0123456789abcdef0123456789abcdef-\(UUID().uuidString)"
            func run(_ words: [String], _ environment: [String]) throws -> (Int32, String) {
                let output =
                    NSTemporaryDirectory() + "penstock-dbrole-\(UUID().uuidString.prefix(8))"
                defer { try? FileManager.default.removeItem(atPath: output) }
                let program = try PenstockProcess().program
                let pid = try Program.start(
                    ["env", key] + environment + [program] + words,
                    output: output
                )
                let status = Program.wait(pid)
                return (status, (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
            }
            let both = ["DATABASE_URL=\(server)", "DATABASE_OWNER_URL=\(owner)"]
            let early = try run(["add", "account", "--name", "A"], [both[0]])
            #expect(early.0 == 1 && early.1.contains("DATABASE_OWNER_URL"), "\(early)")
            #expect(try run(["db", "upgrade"], both).0 == 0)
            let added = try run(["add", "account", "--name", "A", "--json"], [both[0]])
            #expect(added.0 == 0 && added.1.contains("\"id\""), "\(added)")
            let check = try run(["db", "check"], [both[0]])
            #expect(check.0 == 0, "\(check)")
            // One role that owns everything works, and is reported.
            let single = try run(["db", "check"], ["DATABASE_URL=\(owner)"])
            #expect(single.0 == 1 && single.1.contains("owns the database"), "\(single)")
            let admin = PrivatePostgres.conninfo(owner)
            let superuser = try run(["show", "accounts"], ["DATABASE_URL=\(admin)"])
            #expect(superuser.0 == 1 && superuser.1.contains("is a superuser"), "\(superuser)")
            let far = "DATABASE_URL=postgresql://u:secret@db.invalid/p?sslmode=verify-ca"
            let refused = try run(["show", "accounts"], [far])
            #expect(refused.0 == 1 && refused.1.contains("sslmode=verify-full"), "\(refused)")
            #expect(!refused.1.contains("secret"))
        }
    }
}
