import Glibc
import TestSupport
import Testing

@testable import Redis

/// Against a real redis-server.
@Suite(.timeLimit(.minutes(1))) struct RedisClientTests {
    /// Goal: bytes come back as they went. Method: every byte value, and lengths from none to 1
    /// MiB.
    @Test func `arguments and values are any bytes`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(.init(address: server.address))
            let every = (0...255).map { UInt8($0) }
            for value in [[], every, [UInt8](repeating: 0, count: 1 << 20), Array("%s %b".utf8)] {
                try await client.command([Array("SET".utf8), every, value])
                let reply = try await client.command([Array("GET".utf8), every])
                #expect(try reply.optionalBytes() == value)
            }
            #expect(try await client.command("GET", "no such key") == .null)
        }
    }

    /// Goal: every type of reply is read as what it is. Method: a script that returns all of them.
    @Test func `replies keep their types`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(.init(address: server.address))
            let reply = try await client.command(
                "EVAL",
                "return {1, 'a', false, {2, {}}, redis.status_reply('FINE'), redis.error_reply('BAD x y')}",
                "0"
            )
            #expect(
                reply
                    == .array([
                        .integer(1), .string([97]), .null, .array([.integer(2), .array([])]),
                        .status("FINE"), .error(.server(code: "BAD", message: "x y")),
                    ])
            )
            #expect(try await client.command("INCR", "n").integer() == 1)
            let wrong = await #expect(throws: RedisError.self) {
                try await client.command("INCR", "n").array()
            }
            #expect(wrong == .unexpected("an integer where an array was expected"))
        }
    }

    @Test func `a refused command is a server error, and the connection goes on`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(.init(address: server.address))
            try await client.command("SET", "text", "a")
            let before = try await client.command("CLIENT", "ID")
            let error = await #expect(throws: RedisError.self) {
                try await client.command("LPUSH", "text", "b")
            }
            guard case .server(code: "WRONGTYPE", _) = error else {
                Issue.record("wrong error: \(String(describing: error))")
                return
            }
            #expect(try await client.command("CLIENT", "ID") == before)
            await #expect(throws: RedisError.self) { try await client.command([]) }
        }
    }

    /// Goal: a pipeline answers in order and puts a refusal in its place.
    @Test func `a pipeline answers command by command`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(.init(address: server.address))
            let commands = [
                ["MULTI"], ["SET", "a", "1"], ["INCR", "a"], ["EXEC"], ["NOSUCH"], ["GET", "a"],
            ]
            let replies = try await client.pipeline(commands.map { $0.map { Array($0.utf8) } })
            #expect(replies.count == 6)
            #expect(replies[3] == .array([.status("OK"), .integer(2)]))
            #expect(throws: RedisError.self) { try replies[4].text() }
            #expect(try replies[5].text() == "2")
        }
    }

    /// Goal: a script runs by its digest, also on a server that forgot it.
    @Test func `a script survives a flush of the server's scripts`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(.init(address: server.address))
            let script = RedisScript("return KEYS[1] .. ARGV[1]")
            for _ in 0..<2 {
                let reply = try await client.evaluate(
                    script,
                    keys: [Array("k".utf8)],
                    arguments: [Array("v".utf8)]
                )
                #expect(try reply.text() == "kv")
            }
            try await client.command("SCRIPT", "FLUSH")
            let reply = try await client.evaluate(script, keys: [[65]], arguments: [[66]])
            #expect(try reply.text() == "AB")
        }
    }

    /// Goal: after a restart of the server the next command succeeds. Method: kill -9, start,
    /// command.
    @Test func `a restart of the server costs no later command`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(.init(address: server.address))
            try await client.ping()
            server.kill()
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            #expect(error?.isRetryable == true)
            try await server.started()
            try await client.ping()
            server.kill()
            try await server.started()
            try await client.ping()
        }
    }

    /// Goal: writing to a server that has gone is an error and not the end of this process. Method:
    /// SIGPIPE at its default action, a connection that does not look before it writes.
    @Test func `a broken pipe ends no process`() async throws {
        try await withPrivateRedis { server in
            signal(SIGPIPE, SIG_DFL)
            let connection = try RedisConnection.connect(to: server.address)
            try connection.ping()
            server.kill()
            for _ in 0..<2 {
                do throws(RedisError) {
                    try connection.ping()
                    Issue.record("answered by nobody")
                } catch {
                    #expect(error.isRetryable)
                }
            }
            let isIdle = connection.isIdle
            #expect(!isIdle)
        }
    }

    /// Goal: a server that hangs is an error in time, and the client recovers with it. Also that
    /// the bounded queue answers the one too many at once. Method: SIGSTOP, two waiting commands, a
    /// third.
    @Test func `a hanging server times out, and the queue is bounded`() async throws {
        try await withPrivateRedis { server in
            let client = RedisClient(
                .init(address: server.address, timeoutMilliseconds: 1_500, pendingCountMax: 2)
            )
            try await client.ping()
            server.pause()
            let errors = await withTaskGroup(of: RedisError?.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        do throws(RedisError) {
                            try await client.ping()
                            return nil
                        } catch { return error }
                    }
                }
                var errors: [RedisError?] = []
                for await error in group { errors.append(error) }
                return errors
            }
            #expect(errors.contains(.unavailable("too many commands wait")))
            // A second one may have waited too long for its turn by then.
            #expect(errors.contains(.unavailable("no answer within 1500 ms")))
            #expect(!errors.contains(nil))
            server.resume()
            // As soon as the machine gives it 1.5 s of its time.
            var hasAnswered = false
            for _ in 0..<100 where !hasAnswered {
                hasAnswered = (try? await client.ping()) != nil
            }
            #expect(hasAnswered)
        }
    }

    @Test func `a password is sent, a wrong one refused and not repeated`() async throws {
        try await withPrivateRedis(options: ["--requirepass", "right word"]) { server in
            var address = server.address
            address.password = "right word"
            address.database = 5
            try await RedisClient(.init(address: address)).ping()
            address.password = "hush"
            let client = RedisClient(.init(address: address))
            let error = await #expect(throws: RedisError.self) { try await client.ping() }
            guard case .server(code: "WRONGPASS", _) = error else {
                Issue.record("wrong error: \(String(describing: error))")
                return
            }
            #expect(error?.description.contains("hush") == false)
        }
    }

    @Test func `no server is one clear line`() async throws {
        let client = RedisClient(.init(address: RedisAddress(.unix(path: "/nonexistent/r.sock"))))
        let error = await #expect(throws: RedisError.self) { try await client.ping() }
        #expect(
            error?.description
                == "redis is unavailable: cannot connect to unix:///nonexistent/r.sock?db=0: No such file or directory"
        )
    }
}
