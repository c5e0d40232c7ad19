import Foundation
import Postgres
import Redis
import Testing

@testable import Embedded

/// With the real programs.
@Suite(.timeLimit(.minutes(3))) struct EmbeddedServersTests {
    /// Goal: what is started is what was asked for: durable, private, without privileges.
    @Test func `the servers are durable and private`() async throws {
        try await withDirectory { path in
            try await withServers(path + "/below/here") { servers in
                let settings = [
                    "data_checksums": "on", "fsync": "on", "full_page_writes": "on",
                    "synchronous_commit": "on", "listen_addresses": "", "jit": "off",
                    "server_encoding": "UTF8", "lc_collate": "C", "log_statement": "none",
                    "unix_socket_permissions": "0700", "TimeZone": "UTC",
                    "log_min_error_statement": "panic", "log_error_verbosity": "terse",
                ]
                for (name, value) in settings {
                    try expect(servers.conninfo, "SHOW \(name)", value)
                }
                let hasRights = """
                    SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
                    FROM pg_roles WHERE rolname = current_user
                    """
                try expect(servers.conninfo, hasRights, "f")
                try expect(servers.conninfo, "SELECT upper('ä')", "Ä")
                #expect(servers.health == (postgres: true, redis: true))

                let address = try #require(servers.redisAddress)
                let redis = RedisClient(.init(address: address))
                let configured = try await redis.command("CONFIG", "GET", "port").array()
                #expect(try configured[1].text() == "0")

                let place = try DataDirectory.locate(path + "/below/here")
                let folders = [
                    place.postgresPath, place.redisPath, place.logPath, place.socketPath,
                ]
                for inner in folders {
                    let status = try #require(try FileStatus.of(inner))
                    #expect(status.mode == 0o700, "\(inner)")
                }
                for socket in ["/.s.PGSQL.5432", "/redis.sock"] {
                    let status = try #require(try FileStatus.of(place.socketPath + socket))
                    #expect(status.mode & 0o077 == 0, "\(socket)")
                    #expect(status.ownerID == place.serverUser.id)
                }
                let home = try #require(try FileStatus.of(place.path))
                #expect(home.mode == (isRoot ? 0o710 : 0o700))
            }
        }
    }

    /// Goal: stopping stops everything, and starting again keeps the data. Method: two rounds.
    @Test func `a stop ends every process, and a start finds the data`() async throws {
        try await withDirectory { path in
            var processIDs: [Int32] = []
            try await withServers(path) { servers in
                processIDs = [servers.processIDs.postgres, servers.processIDs.redis]
                processIDs += try ask(
                    servers.conninfo,
                    "SELECT string_agg(pid::text, ',') FROM pg_stat_activity"
                ).split(separator: ",").compactMap { Int32($0) }
                try ask(servers.ownerConninfo, "CREATE TABLE kept AS SELECT 42 AS value")
                let redis = RedisClient(.init(address: try #require(servers.redisAddress)))
                try await redis.command("SET", "kept", "43")
            }
            #expect(processIDs.count >= 4)
            #expect(!processIDs.contains(where: isRunning))
            let log = try #require(SmallFile.text(path + "/log/postgres.log"))
            #expect(log.contains("database system is shut down"))
            try await withServers(path) { servers in
                try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
                let redis = RedisClient(.init(address: try #require(servers.redisAddress)))
                #expect(try await redis.command("GET", "kept").text() == "43")
            }
        }
    }

    /// Goal: a killed server comes back by itself with what was committed; and the end of the task
    /// is the end of both. Method: kill -9 of each, twice, then a cancellation.
    @Test func `a killed server is started again, and a cancelled task ends both`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                let watch = Task { await servers.run() }
                try ask(servers.ownerConninfo, "CREATE TABLE kept AS SELECT 42 AS value")
                let redis = RedisClient(.init(address: try #require(servers.redisAddress)))
                for _ in 0..<2 {
                    let before = servers.processIDs
                    try signal(before.postgres, SIGKILL)
                    try signal(before.redis, SIGKILL)
                    try await eventually("both answer again") {
                        let now = servers.processIDs
                        return now.postgres != before.postgres && now.redis != before.redis
                            && now.postgres > 0 && now.redis > 0
                            && servers.health == (postgres: true, redis: true)
                    }
                    try expect(servers.ownerConninfo, "SELECT value FROM kept", "42")
                    try await redis.ping()
                }
                let last = servers.processIDs
                #expect(isRunning(last.postgres) && isRunning(last.redis))
                watch.cancel()
                await watch.value
                #expect(!isRunning(last.postgres) && !isRunning(last.redis))
                #expect(servers.health == (postgres: false, redis: false))
            }
        }
    }

    /// Goal: a server that cannot start is tried until it can, and waiting for that does not keep
    /// Penstock from stopping. Method: a setting that Postgres refuses, twice.
    @Test func `a server that cannot start is tried again`() async throws {
        try await withDirectory { path in
            let file = path + "/postgres/local.conf"
            func breakSettings() throws {
                try "nonsense = 1\n".write(toFile: file, atomically: false, encoding: .utf8)
            }
            try await withServers(path) { servers in
                let watch = Task { await servers.run() }
                try breakSettings()
                try signal(servers.processIDs.postgres, SIGKILL)
                try await eventually("postgres is down") { !servers.health.postgres }
                try await eventually("a start fails") {
                    SmallFile.text(path + "/log/postgres.log")?.contains("nonsense") == true
                }
                #expect(servers.health == (postgres: false, redis: true))
                try FileManager.default.removeItem(atPath: file)
                try await eventually("postgres is back") {
                    servers.health.postgres && servers.processIDs.postgres > 0
                }
                try expect(servers.conninfo, "SELECT 1", "1")
                try breakSettings()
                try signal(servers.processIDs.postgres, SIGKILL)
                try await eventually("postgres is down") { !servers.health.postgres }
                watch.cancel()
                await watch.value
                #expect(servers.processIDs == (postgres: 0, redis: 0))
            }
            try FileManager.default.removeItem(atPath: file)
            try await withServers(path) { _ in }
        }
    }

    /// Goal: a server that runs but does not answer is seen, not ended, and seen to recover.
    @Test func `a hanging server is reported and left alone`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                let watch = Task { await servers.run() }
                let hanging = servers.processIDs.redis
                try signal(hanging, SIGSTOP)
                try await eventually("the silence is noticed") { !servers.health.redis }
                try signal(hanging, SIGCONT)
                try await eventually("the answer is noticed") { servers.health.redis }
                #expect(servers.processIDs.redis == hanging)
                watch.cancel()
                await watch.value
            }
        }
    }

    /// Goal: a directory has one owner, and is free again after a stop.
    @Test func `a second owner is refused in one line`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                let error = try await startError(path)
                #expect(
                    error
                        == .busy(
                            "`\(path)` is in use by another Penstock (process \(getpid())): stop it first"
                        )
                )
                try expect(servers.conninfo, "SELECT 1", "1")
            }
            try await withServers(path) { _ in }
        }
    }

    /// Goal: sockets work where their path would be too long. Method: a directory of 180 bytes, and
    /// one with a comma, which separates hosts in a connection string.
    @Test(arguments: [String(repeating: "long", count: 40), "with, comma 'and' \"quote\""])
    func `any directory name will do`(name: String) async throws {
        try await withDirectory { path in
            var sockets = ""
            try await withServers("\(path)/\(name)") { servers in
                sockets = try DataDirectory.locate("\(path)/\(name)").socketPath
                #expect(sockets.hasPrefix("/tmp/penstock-") && !sockets.hasPrefix(path))
                #expect(try FileStatus.of(sockets)?.mode == 0o700)
                try expect(servers.conninfo, "SELECT 1", "1")
                try await RedisClient(.init(address: try #require(servers.redisAddress))).ping()
            }
            #expect(rmdir(sockets) == 0, "left something in \(sockets)")
        }
    }

    @Test func `a cancelled start leaves nothing behind`() async throws {
        try await withDirectory { path in
            let start = Task {
                try await EmbeddedServers.start(dataDirectory: path, logger: quiet)
            }
            try await eventually("initdb runs") { try FileStatus.of(path + "/postgres.new") != nil }
            start.cancel()
            await #expect(throws: CancellationError.self) { try await start.value }
            try await withServers(path) { servers in
                try expect(servers.conninfo, "SELECT 1", "1")
            }
        }
    }

    /// Goal: an initdb that was cut short does no harm. Method: what it leaves, made by hand.
    @Test func `a half-made database is made anew`() async throws {
        try await withDirectory { path in
            try DataDirectory.locate(path).prepare()
            let draft = path + "/postgres.new"
            try DataDirectory.makePrivate(draft, for: DataDirectory.locate(path).serverUser)
            try "15\n".write(toFile: draft + "/PG_VERSION", atomically: false, encoding: .utf8)
            try await withServers(path) { servers in
                try expect(servers.conninfo, "SELECT 1", "1")
            }
            #expect(try FileStatus.of(draft) == nil)
        }
    }
}
