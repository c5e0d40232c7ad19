import Foundation
import Postgres
import Testing

@testable import Embedded

/// What keeps the servers from starting is one clear line each.
@Suite(.timeLimit(.minutes(3))) struct EmbeddedRefusalTests {
    @Test func `data of another major is refused with a way out`() async throws {
        try await withDirectory { path in
            try await withServers(path) { _ in }
            let file = path + "/postgres/PG_VERSION"
            try "14\n".write(toFile: file, atomically: false, encoding: .utf8)
            let error = try await startError(path)
            guard case .directory(let text) = error else {
                Issue.record("wrong error: \(String(describing: error))")
                return
            }
            let start = "`\(path)/postgres` was made by PostgreSQL 14, and this machine has"
            #expect(text.hasPrefix(start))
            #expect(text.contains("postgresql-14") && text.contains("pg_upgrade"))
        }
    }

    @Test func `a missing program names its package`() async throws {
        try await withDirectory { path in
            let none = ProgramSearch(postgresRoots: ["/nonexistent"], paths: ["/nonexistent"])
            let first = try await startError(path, options: .init(programs: none))
            guard case .missingProgram(let text) = first else {
                Issue.record("wrong error: \(String(describing: first))")
                return
            }
            #expect(text.contains("package postgresql-15"))
            // Postgres alone: found through PATH, which is asked for its version.
            let root = "/usr/lib/postgresql/15/bin"
            let half = ProgramSearch(postgresRoots: [], paths: [root])
            let second = try await startError(path, options: .init(programs: half))
            guard case .missingProgram(let text) = second else {
                Issue.record("wrong error: \(String(describing: second))")
                return
            }
            #expect(text.contains("package redis-server"))
            let alone = EmbeddedServers.Options(hasRedis: false, programs: half)
            try await withServers(path, options: alone) { servers in
                try expect(servers.conninfo, "SELECT 1", "1")
                #expect(servers.redisAddress == nil)
            }
        }
    }

    /// Goal: a setting that Postgres refuses is reported in its own words, and no lock stays.
    @Test func `a server that does not start is quoted`() async throws {
        try await withDirectory { path in
            try await withServers(path) { _ in }
            let file = path + "/postgres/local.conf"
            try "nonsense = 1\n".write(toFile: file, atomically: false, encoding: .utf8)
            let error = try await startError(path)
            guard case .start(let text) = error else {
                Issue.record("wrong error: \(String(describing: error))")
                return
            }
            #expect(text.contains("FATAL") && text.contains("local.conf"))
            #expect(text.contains("\(path)/log/postgres.log"))
            try "max_connections = 33\n".write(toFile: file, atomically: false, encoding: .utf8)
            try await withServers(path) { servers in
                try expect(servers.conninfo, "SHOW max_connections", "33")
            }
        }
    }

    @Test func `a directory that is not ours is refused`() async throws {
        try await withDirectory { path in
            let files = FileManager.default
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
            try "x".write(toFile: path + "/notes", atomically: false, encoding: .utf8)
            #expect(
                try await startError(path)
                    == .directory(
                        "`\(path)` is not empty and not a data directory of Penstock: choose another"
                    )
            )
            #expect(try files.contentsOfDirectory(atPath: path) == ["notes"])
            #expect(
                try await startError(path + "/notes")
                    == .directory("`\(path)/notes` is not a directory")
            )
            #expect(try await startError("") != nil)
            #expect(try await startError("/tmp/two\nlines") != nil)
        }
    }

    @Test func `a directory of a newer layout is refused`() async throws {
        try await withDirectory { path in
            try DataDirectory.locate(path).prepare()
            try "2\n".write(toFile: path + "/penstock.layout", atomically: false, encoding: .utf8)
            #expect(
                try await startError(path)
                    == .directory(
                        "`\(path)` was made by a newer Penstock (layout 2, this one knows 1): install that one"
                    )
            )
        }
    }

    /// Goal: root is told which directory keeps the servers' user out.
    @Test(.enabled(if: isRoot)) func `a way that the servers cannot pass is named`() async throws {
        try await withDirectory { path in
            try DataDirectory.makePrivate(path, for: .current())
            let error = try await startError(path + "/data")
            guard case .directory(let text) = error else {
                Issue.record("wrong error: \(String(describing: error))")
                return
            }
            #expect(text.contains("may not enter `\(path)`"))
        }
    }

    /// Goal: nobody but root and the owner gets in. Method: real psql, as `nobody` (who cannot open
    /// the socket) and as the servers' own user (who can, and is refused by name).
    @Test(.enabled(if: isRoot)) func `other users cannot connect`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                let directory = try DataDirectory.locate(path)
                let query = ["-At", "-d", servers.conninfo, "-c", "SELECT 41 + 1"]
                let cases = [
                    (SystemUser(id: 0), "42\n"), (SystemUser(name: "nobody"), "Permission denied"),
                    (directory.serverUser, "Peer authentication failed"),
                ]
                for (user, expected) in cases {
                    let result = try ChildProcess.run(
                        ChildCommand(
                            program: "/usr/bin/psql",
                            arguments: query,
                            user: try #require(user)
                        ),
                        timeoutMilliseconds: 30_000
                    )
                    #expect(result.output.contains(expected), "\(result.output)")
                    #expect((result.status == .exited(code: 0)) == (user?.id == 0))
                }
                let superuser = EmbeddedPostgres.conninfo(for: directory, role: "postgres")
                try expect(superuser, "SHOW is_superuser", "on")
            }
        }
    }
}
