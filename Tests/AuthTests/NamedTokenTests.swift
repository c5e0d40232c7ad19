import Model
import Postgres
import TestSupport
import Testing

@testable import Auth

@Suite struct NamedTokenTests {
    private func create(
        _ stand: AuthStand,
        _ user: UserID,
        _ name: String = "meter",
        _ restriction: Restriction = Restriction([.read, .write]),
        expiresAt: Int64? = nil
    ) async throws -> CreatedNamedToken {
        try await stand.auth.createNamedToken(
            NewNamedToken(user: user, name: name, restriction: restriction, expiresAt: expiresAt)
        )
    }

    @Test func `a token has one spelling and a checksum`() throws {
        let token = NamedTokenText.random().bytes.exposed
        let text = String(decoding: token, as: UTF8.self)
        #expect(text.hasPrefix("penstock_") && token.count == 57)
        #expect(NamedTokenText(token)?.hash.count == 32)
        #expect(Set((0..<2_000).map { _ in NamedTokenText.random().hash }).count == 2_000)
        var random = SeededGenerator(seed: 7)
        for index in token.indices {
            var other = token
            repeat {
                other[index] = UInt8.random(in: 33...126, using: &random)
            } while other[index] == token[index]
            #expect(NamedTokenText(other) == nil, "letter \(index)")
        }
        for altered in [text + "=", " " + text, text + " ", text.uppercased(), text + "A"] {
            #expect(NamedTokenText(utf8(altered)) == nil)
        }
    }

    @Test func `a token gives a principal with its limits`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada", roles: .accountAdmin)
        let restriction = Restriction(
            [.write],
            reach: .only(assets: [AssetID(3)], sensors: [SensorID(9), SensorID(5)])
        )
        let created = try await create(stand, ada, "plant", restriction)
        let text = created.text.exposed
        #expect(!"\(created)".contains(text))
        // Not yet remembered: the database must be asked.
        #expect(try stand.auth.knownPrincipal(authorization: text) == nil)
        let expected = Principal(
            user: ada,
            account: AccountID(1),
            roles: .accountAdmin,
            restriction: restriction
        )
        for header in [text, "Bearer " + text] {
            #expect(try await stand.auth.principal(authorization: header) == expected)
            #expect(try stand.auth.knownPrincipal(authorization: header) == expected)
        }
        // Line protocol sends it as the password of a pair.
        let pair = Credentials.pair(name: "anything", secret: created.text)
        #expect(try stand.auth.knownPrincipal(credentials: pair) == expected)
        let stored = try await stand.database.pool.read("SELECT api_token::text FROM api_token")
        #expect(!stored.string(0, 0).contains(text.dropFirst(9)))
        #expect(try await stand.auth.namedTokens(of: ada) == [created.token])
    }

    /// Goal: a remembered token of an unlimited login is not one with limits, and the reverse (T20).
    @Test func `tokens of one user keep apart`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let login = try await stand.token("ada")
        let first = try await create(stand, ada, "a", Restriction([.read])).text.exposed
        let second = try await create(stand, ada, "b", Restriction([.admin])).text.exposed
        for _ in 0..<3 {
            let auth = stand.auth
            #expect(try await auth.principal(authorization: login).restriction == nil)
            #expect(
                try await auth.principal(authorization: first).restriction == Restriction([.read])
            )
            #expect(
                try await auth.principal(authorization: second).restriction
                    == Restriction([.admin])
            )
        }
    }

    /// Goal: unknown tokens of the right form, and those of inactive users, are refused.
    @Test func `unknown tokens are refused`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let text = try await create(stand, ada).text.exposed
        let forged = String(decoding: NamedTokenText.random().bytes.exposed, as: UTF8.self)
        for bad in [forged, text + "A", String(text.dropLast()), "penstock_", text.uppercased()] {
            await #expect(throws: AuthError.unauthenticated) {
                try await stand.auth.principal(authorization: bad)
            }
        }
        try await stand.auth.setActive(false, of: ada)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: text)
        }
        // T12: and it stays dead.
        try await stand.auth.setActive(true, of: ada)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: text)
        }
    }

    /// Goal (T07): the end is exact, from the cache too.
    @Test func `a token ends on its second`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let end = AuthStand.now + 10
        let text = try await create(stand, ada, expiresAt: end).text.exposed
        #expect(try await stand.auth.principal(authorization: text).user == ada)
        stand.clock.set(second: end - 1, microsecond: 999_999)
        #expect(try stand.auth.knownPrincipal(authorization: text)?.user == ada)
        stand.clock.set(second: end)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: text)
        }
    }

    @Test func `a revoked token is dead at once`() async throws {
        let stand = try await AuthStand()
        let (ada, bob) = (try await stand.addUser("ada"), try await stand.addUser("bob"))
        let created = try await create(stand, ada)
        let text = created.text.exposed
        _ = try await stand.auth.principal(authorization: text)
        #expect(try await !stand.auth.revokeNamedToken(created.token.id, of: bob))
        #expect(try stand.auth.knownPrincipal(authorization: text)?.user == ada)
        #expect(try await stand.auth.revokeNamedToken(created.token.id, of: ada))
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: text)
        }
        #expect(try await !stand.auth.revokeNamedToken(created.token.id, of: ada))
        #expect(try await stand.auth.namedTokens(of: ada).first?.revokedAt != nil)
        // Its name is free again.
        _ = try await create(stand, ada)
    }

    /// Goal: other processes feel it by NOTIFY. Method: two authenticators, one of them listening.
    @Test func `revoking is felt elsewhere`() async throws {
        let here = try await AuthStand()
        let ada = try await here.addUser("ada")
        let created = try await create(here, ada)
        let there = Authenticator(
            AuthConfiguration(signingKeys: try TestKeys.signingKeys(), bcryptCost: 4),
            pool: PostgresPool(.init(conninfo: here.database.conninfo)),
            clock: here.clock
        )
        try await there.directory.load()
        let running = Task { await there.run() }
        let text = created.text.exposed
        #expect(
            await eventually {
                // On a busy machine the lease may have run out for a moment.
                _ = try? await there.principal(authorization: text)
                return (try? there.knownPrincipal(authorization: text))?.user == ada
            }
        )
        #expect(try await here.auth.revokeNamedToken(created.token.id))
        #expect(
            await eventually {
                do {
                    return try there.knownPrincipal(authorization: text) == nil
                } catch {
                    return (error as? AuthError) == .unauthenticated
                }
            }
        )
        await #expect(throws: AuthError.unauthenticated) {
            try await there.principal(authorization: text)
        }
        running.cancel()
        await running.value
        await there.pool.close()
    }

    /// Goal: what ends and what spares named tokens.
    @Test func `log out everywhere ends them, a new password does not`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let text = try await create(stand, ada).text.exposed
        _ = try await stand.auth.setPassword(of: ada, to: "tr0mbone-Quartz")
        #expect(try await stand.auth.principal(authorization: text).user == ada)
        try await stand.auth.endTokens(of: ada)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(authorization: text)
        }
    }

    @Test func `last uses are written in batches`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let text = try await create(stand, ada).text.exposed
        _ = try await stand.auth.principal(authorization: text)
        stand.clock.advance(seconds: 42)
        // From the cache, and noted all the same.
        #expect(try stand.auth.knownPrincipal(authorization: text) != nil)
        #expect(try await stand.auth.namedTokens(of: ada).first?.lastUsedAt == nil)
        await stand.auth.flushNamedTokenUses()
        let used = (AuthStand.now + 42) * 1_000_000
        #expect(try await stand.auth.namedTokens(of: ada).first?.lastUsedAt == used)
        #expect(stand.auth.namedTokenUses.pending().isEmpty)
        // Writing it is no change that anyone must hear of.
        #expect(try stand.auth.knownPrincipal(authorization: text) != nil)
    }

    @Test func `wrong wishes are refused`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        _ = try await create(stand, ada, "taken")
        let everything = Restriction([.read])
        let many = Restriction(
            [.read],
            reach: .only(assets: [], sensors: (1...1_001).map { SensorID($0) })
        )
        let wishes: [(String, Restriction, Int64?, String)] = [
            ("", everything, nil, "name"), ("a\u{0}b", everything, nil, "name"),
            ("a\nb", everything, nil, "name"), ("taken", everything, nil, "name"),
            (String(repeating: "x", count: 256), everything, nil, "name"),
            ("x", Restriction([]), nil, "scope"),
            ("x", Restriction([.read], reach: .only(assets: [], sensors: [])), nil, "reach"),
            ("x", many, nil, "reach"), ("x", everything, AuthStand.now, "expires"),
            ("x", everything, .max, "expires"),
        ]
        for (name, restriction, expiresAt, field) in wishes {
            do {
                _ = try await create(stand, ada, name, restriction, expiresAt: expiresAt)
                Issue.record("accepted: \(field)")
            } catch AuthError.invalid(let problems) {
                #expect(problems.map(\.field) == [field])
            }
        }
        await #expect(throws: AuthError.unknownUser) {
            _ = try await create(stand, UserID(99))
        }
    }

    /// Goal (8.3.2): a role that reaches beyond the account ends the user's tokens.
    @Test(arguments: [.admin, .adminReader] as [UserRoles])
    func `role-critical changes end tokens`(role: UserRoles) async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        for roles in [role, []] as [UserRoles] {
            let token = try await stand.token("ada")
            _ = try await stand.auth.principal(authorization: token)
            try await stand.auth.setRoles(roles, of: ada)
            stand.clock.advance(seconds: 60)
            await #expect(throws: AuthError.unauthenticated) {
                try await stand.auth.principal(authorization: token)
            }
        }
    }
}
