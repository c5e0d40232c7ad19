import Foundation
import Postgres
import Testing

@testable import Embedded

/// Penstock itself is killed, or is somebody else. Each in a process of its own.
@Suite(.timeLimit(.minutes(3))) struct EmbeddedCrashTests {
    /// Goal: kill -9 of Penstock loses nothing that was committed, and its servers end by
    /// themselves.
    /// Method: a process that starts servers, commits, and kills itself.
    @Test func `a killed Penstock ends its servers, and the next goes on`() async throws {
        try await withDirectory { path in
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                let servers = try await EmbeddedServers.start(dataDirectory: path, logger: quiet)
                try ask(servers.ownerConninfo, "CREATE TABLE kept AS SELECT 42 AS value")
                try "\(servers.processIDs.postgres) \(servers.processIDs.redis)"
                    .write(toFile: path + "/log/ids", atomically: false, encoding: .utf8)
                kill(getpid(), SIGKILL)
            }
            let text = try #require(SmallFile.text(path + "/log/ids"))
            let processIDs = text.split(separator: " ").compactMap { Int32($0) }
            #expect(processIDs.count == 2)
            try await eventually("they end") { !processIDs.contains(where: isRunning) }
            try await withServers(path) { servers in
                try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
            }
            let log = try #require(SmallFile.text(path + "/log/postgres.log"))
            #expect(!log.contains("was not properly shut down"))
        }
    }

    /// Goal: servers that outlived Penstock are ended, not met head-on. Method: both are started by
    /// hand, as no parent-death signal would end them, one of them with its postmaster killed.
    @Test(arguments: [false, true])
    func `orphans are ended before the start`(isLeaderKilled: Bool) async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                try ask(servers.ownerConninfo, "CREATE TABLE kept AS SELECT 42 AS value")
            }
            let directory = try DataDirectory.locate(path)
            let postgres = try EmbeddedPostgres(directory, programs: .init(), logger: quiet)
            let redis = try EmbeddedRedis(directory, programs: .init(), logger: quiet)
            let orphans = [
                try ChildProcess.start(try postgres.prepare(), output: postgres.log.file),
                try ChildProcess.start(try redis.prepare(), output: redis.log.file),
            ]
            for server in [postgres, redis] as [any EmbeddedServer] {
                try await eventually("\(server.name) answers") { (try? server.probe()) != nil }
                server.disconnect()
            }
            if isLeaderKilled { orphans[0].signal(SIGKILL) }
            try await withServers(path) { servers in
                #expect(orphans.allSatisfy { $0.exitStatus != nil })
                try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
            }
        }
    }

    /// Goal: a pid file that names a stranger does not keep Postgres from starting, and the
    /// stranger lives. Method: a `sleep` of the servers' user, its id written where a killed
    /// Postgres left one.
    @Test func `a stale pid file is no obstacle`() async throws {
        try await withDirectory { path in
            try await withServers(path) { _ in }
            let directory = try DataDirectory.locate(path)
            let log = try ServerLog(path + "/log/sleep.log", owner: directory.owner)
            let sleep = ChildCommand(
                program: "/usr/bin/sleep",
                arguments: ["600"],
                user: directory.serverUser
            )
            let stranger = try ChildProcess.start(sleep, output: log.file)
            let text = "\(stranger.processID)\n\(directory.postgresPath)\n"
            try text.write(
                toFile: directory.postgresPath + "/postmaster.pid",
                atomically: false,
                encoding: .utf8
            )
            try await withServers(path) { servers in
                try expect(servers.conninfo, "SELECT 1", "1")
            }
            #expect(stranger.exitStatus == nil)
            #expect(stranger.stop([StopStep(signal: SIGTERM, graceMilliseconds: 10_000)]) != nil)
        }
    }

    /// Goal: without root everything works the same, for one user alone; that user's directory is
    /// root's to use, and no other user's. Method: processes that become `postgres` and `nobody`.
    @Test(.enabled(if: isRoot)) func `a user without privileges has servers, too`() async throws {
        try await withDirectory { path in
            await #expect(processExitsWith: .success) { [path = path as String] in
                try become("postgres")
                try await withServers(path) { servers in
                    try ask(servers.ownerConninfo, "CREATE TABLE kept AS SELECT 42 AS value")
                    #expect(try FileStatus.of(path)?.mode == 0o700)
                    #expect(servers.health == (postgres: true, redis: true))
                }
            }
            try await withServers(path) { servers in
                try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
            }
            await #expect(processExitsWith: .success) { [path = path as String] in
                try become("postgres")
                try await withServers(path) { servers in
                    try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
                }
            }
            await #expect(processExitsWith: .success) { [path = path as String] in
                try become("nobody")
                let line = "belongs to user `postgres`: run this as `postgres` or as root"
                #expect(throws: EmbeddedError.directory("`\(path)` \(line)")) {
                    try DataDirectory.locate(path)
                }
            }
        }
    }
}

private func become(_ name: String) throws {
    let user = try #require(SystemUser(name: name))
    try #require(setgid(user.groupID) == 0 && setuid(user.id) == 0)
}
