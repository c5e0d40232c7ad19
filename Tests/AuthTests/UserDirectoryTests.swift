import Model
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Auth

@Suite struct UserDirectoryTests {
    /// Goal: what is too old is asked about; what is much too old is refused as unavailable, never
    /// as unauthenticated (L03). Method: two processes, one steady clock moved by hand.
    @Test func `a stale directory asks, a lost one refuses`() async throws {
        let here = try await AuthStand()
        let ada = try await here.addUser("ada", roles: .accountAdmin)
        let token = try await here.token("ada")
        let there = try await AuthStand(here.database)
        try await here.auth.directory.load()
        #expect(try here.auth.knownPrincipal(authorization: token)?.user == ada)

        try await there.auth.setRoles([], of: ada)
        #expect(try here.auth.knownPrincipal(authorization: token)?.roles == .accountAdmin)
        here.steadyClock.advance(milliseconds: 2_001)
        #expect(try here.auth.knownPrincipal(authorization: token) == nil)
        #expect(try await here.auth.principal(authorization: token).roles == [])
        // One answer is about one user: the next check asks again.
        #expect(try here.auth.knownPrincipal(authorization: token) == nil)
        try await there.auth.endTokens(of: ada)
        await #expect(throws: AuthError.unauthenticated) {
            try await here.auth.principal(authorization: token)
        }

        here.steadyClock.advance(milliseconds: 3_000)
        let fresh = try await there.token("ada")
        #expect(throws: AuthError.unavailable) {
            try here.auth.knownPrincipal(authorization: fresh)
        }
        await #expect(throws: AuthError.unavailable) {
            try await here.auth.principal(authorization: fresh)
        }
        #expect(throws: AuthError.unauthenticated) {
            try here.auth.knownPrincipal(authorization: fresh + "A")
        }
        try await here.auth.directory.load()
        #expect(try here.auth.knownPrincipal(authorization: fresh)?.user == ada)
    }

    /// Goal: a token that another process issued a moment ago is accepted, though this one has not
    /// heard of its user or stamp yet; an old one that fits nobody is refused without a question.
    @Test func `a young token is asked about`() async throws {
        let here = try await AuthStand()
        let there = try await AuthStand(here.database)
        let ada = try await there.addUser("ada")
        let token = try await there.token("ada")
        #expect(try here.auth.knownPrincipal(authorization: token) == nil)
        #expect(try await here.auth.principal(authorization: token).user == ada)
        #expect(try here.auth.knownPrincipal(authorization: token)?.user == ada)

        _ = try await there.auth.setPassword(of: ada, to: "another password")
        let renewed = try await there.auth.issueToken(
            email: "ada@example.com",
            password: "another password"
        ).token.exposed
        #expect(try await here.auth.principal(authorization: renewed).user == ada)
        await #expect(throws: AuthError.unauthenticated) {
            try await here.auth.principal(authorization: token)
        }
        here.clock.advance(seconds: 6)
        #expect(throws: AuthError.unauthenticated) {
            try here.auth.knownPrincipal(authorization: token)
        }
    }

    /// Goal (L03): without the database, a token that was just checked passes while the lease is
    /// fresh; afterwards the answer is unavailable. Logins are unavailable at once.
    @Test func `an absent database is no refusal`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let token = try await stand.token("ada")
        try await stand.auth.directory.load()
        try await stand.database.shut()
        #expect(try await stand.auth.principal(authorization: token).user == ada)
        await #expect(throws: AuthError.unavailable) { try await stand.token("ada") }
        stand.steadyClock.advance(milliseconds: 2_001)
        await #expect(throws: AuthError.unavailable) {
            try await stand.auth.principal(authorization: token)
        }
        await #expect(throws: AuthError.unavailable) { try await stand.auth.directory.load() }
        try await stand.database.open()
        #expect(try await stand.auth.principal(authorization: token).user == ada)
        try await stand.auth.directory.load()
        #expect(try stand.auth.knownPrincipal(authorization: token)?.user == ada)
    }

    /// Goal: a change that is known but cannot be loaded ends the trust in what is remembered.
    @Test func `a missing change ends the lease`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let bob = try await stand.addUser("bob")
        let token = try await stand.token("ada")
        #expect(try stand.auth.knownPrincipal(authorization: token)?.user == ada)
        try await stand.database.execute("UPDATE app_user SET active = false WHERE id = \(ada)")
        try await stand.database.shut()
        await stand.auth.directory.followChange(of: ada)
        #expect(try stand.auth.knownPrincipal(authorization: token) == nil)
        await #expect(throws: AuthError.unavailable) {
            try await stand.auth.principal(authorization: token)
        }
        // Ticks confirm nothing while the change is missing.
        stand.auth.directory.handle(.tick)
        #expect(try stand.auth.knownPrincipal(authorization: token) == nil)
        // The next load, whatever it is for, brings what the failed one did not.
        try await stand.database.open()
        await stand.auth.directory.followChange(of: bob)
        #expect(stand.auth.directory.user(ada)?.isActive == false)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: token)
        }
    }

    /// Goal: a tick confirms the moment of the event before it, and nothing while a load is wanted.
    @Test func `ticks extend the lease`() async throws {
        let stand = try await AuthStand()
        let directory = stand.auth.directory
        directory.handle(.connected)
        try await directory.load()
        for _ in 0..<20 {
            stand.steadyClock.advance(milliseconds: 500)
            directory.handle(.tick)
            #expect(directory.lease.state == .fresh)
        }
        // The answer to this tick took long: only the tick before it counts.
        stand.steadyClock.advance(milliseconds: 4_000)
        directory.handle(.tick)
        #expect(directory.lease.state == .stale)
        stand.steadyClock.advance(milliseconds: 500)
        directory.handle(.tick)
        #expect(directory.lease.state == .fresh)

        directory.handle(.notification(channel: AuthMigrations.channel, payload: "app_user:1"))
        stand.steadyClock.advance(milliseconds: 500)
        directory.handle(.tick)
        stand.steadyClock.advance(milliseconds: 2_000)
        #expect(directory.lease.state == .stale)
        try await directory.load()
        #expect(directory.lease.state == .fresh)

        directory.handle(.disconnected("gone"))
        stand.steadyClock.advance(milliseconds: 2_500)
        directory.handle(.tick)
        #expect(directory.lease.state == .stale)
    }

    /// Goal: changes of rights are notified with the user's id, logins are not.
    @Test func `triggers tell which user changed`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        let events = AsyncStream<String>.makeStream(bufferingPolicy: .bufferingNewest(100))
        let listener = PostgresListener(
            conninfo: stand.database.conninfo,
            channels: [AuthMigrations.channel]
        )
        let listening = Task {
            await listener.run { event in
                if case .connected = event { events.continuation.yield("connected") }
                if case .notification(_, let payload) = event { events.continuation.yield(payload) }
            }
        }
        var heard = events.stream.makeAsyncIterator()
        #expect(await heard.next() == "connected")
        for (statement, expected) in [
            ("UPDATE app_user SET login_count = 7, last_seen_at = now()", nil),
            ("UPDATE app_user SET active = false", "app_user:1"),
            ("INSERT INTO app_user_role VALUES (1, 2)", "app_user_role:1"),
            ("DELETE FROM app_user_role", "app_user_role:1"),
            ("UPDATE user_role SET name = 'x' WHERE id = 2", "user_role:*"),
            ("DELETE FROM app_user", "app_user:1"),
        ] {
            try await stand.database.execute(statement)
            if let expected { #expect(await heard.next() == expected, "\(statement)") }
        }
        listening.cancel()
        await listening.value
    }

    /// Goal (T11, T12, A08): a running process hears of what others change, and goes on doing so
    /// after the connection was lost. Method: changes by plain SQL and by a second authenticator.
    @Test func `a running directory follows the table`() async throws {
        let there = try await AuthStand()
        let ada = try await there.addUser("ada")
        let token = try await there.token("ada")
        let here = Authenticator(
            AuthConfiguration(signingKeys: try TestKeys.signingKeys(), bcryptCost: 4),
            pool: PostgresPool(.init(conninfo: there.database.conninfo, connectionCountMax: 2)),
            clock: there.clock
        )
        let running = Task { await here.run() }
        there.clock.advance(seconds: 60)
        #expect(
            try await eventually {
                do {
                    return try here.knownPrincipal(authorization: token)?.user == ada
                } catch AuthError.unavailable {
                    return false
                }
            }
        )
        try await there.auth.setRoles(.admin, of: ada)
        #expect(await eventually { here.directory.user(ada)?.roles == .admin })
        try await there.database.execute("UPDATE app_user SET username = 'countess'")
        #expect(await eventually { here.directory.user(ada)?.username == "countess" })
        let bob = try await there.addUser("bob")
        #expect(await eventually { here.directory.users().map(\.id) == [ada, bob] })

        try await there.database.shut()
        #expect(
            await eventually {
                do {
                    return try await here.principal(authorization: token).user != ada
                } catch {
                    return (error as? AuthError) == .unavailable
                }
            }
        )
        try await there.database.open()
        try await there.auth.endTokens(of: ada)
        try await there.database.execute("DELETE FROM app_user WHERE id = \(bob)")
        #expect(
            await eventually {
                do {
                    return try here.knownPrincipal(authorization: token) != nil
                } catch {
                    return (error as? AuthError) == .unauthenticated
                }
            }
        )
        #expect(await eventually { here.directory.users().map(\.id) == [ada] })
        running.cancel()
        await running.value
        await here.pool.close()
    }

    /// Goal: loads do not overlap, and every caller sees what was committed before its call.
    /// Method: 16 tasks change a user of their own 20 times and read it back from the directory.
    @Test func `every change is seen by its author`() async throws {
        let stand = try await AuthStand()
        for number in 0..<16 { _ = try await stand.addUser("user\(number)") }
        let users = stand.auth.directory.users()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (task, user) in users.enumerated() {
                group.addTask {
                    var random = SeededGenerator(seed: UInt64(task))
                    for _ in 0..<20 {
                        let roles = UserRoles(rawValue: UInt8.random(in: 0...15, using: &random))
                        try await stand.auth.setRoles(roles, of: user.id)
                        guard stand.auth.directory.user(user.id)?.roles == roles else {
                            throw TestFailure("seed \(task): an older state came back")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Goal: a user's generation moves with what rights depend on, and with nothing else.
    @Test func `generations follow rights`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let publicID = try #require(stand.auth.directory.user(ada)).publicID
        let generation = {
            try await stand.auth.directory.load()
            return stand.auth.directory.known(publicID)?.standing.generation
        }
        let first = try await generation()
        try await stand.database.execute(
            "UPDATE app_user SET username = 'x', timezone = 'UTC', login_count = 3"
        )
        #expect(try await generation() == first)
        var last = first
        for statement in [
            "UPDATE app_user SET active = false", "UPDATE app_user SET active = true",
            "UPDATE app_user SET account_id = 2", "UPDATE app_user SET token_part = '$5$x'",
            "INSERT INTO app_user_role VALUES (1, 1)", "DELETE FROM app_user_role",
        ] {
            try await stand.database.execute(statement)
            let next = try #require(try await generation())
            #expect(next > last ?? 0, "\(statement)")
            last = next
        }
        let standing = try #require(stand.auth.directory.known(publicID)).standing
        try await stand.database.execute("DELETE FROM app_user")
        #expect(try await generation() == nil)
        #expect(standing.generation == 0)
        #expect(stand.auth.directory.activeCount == 0)
    }
}
