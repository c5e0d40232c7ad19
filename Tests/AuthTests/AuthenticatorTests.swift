import Model
import Postgres
import TestSupport
import Testing

@testable import Auth

/// An authenticator on a database, with clocks that the test sets.
struct AuthStand: Sendable {
    static let now: Int64 = 1_795_456_889
    let database: TestDatabase
    let clock: ManualWallClock
    let steadyClock: ManualSteadyClock
    let auth: Authenticator

    init(
        _ database: TestDatabase? = nil,
        clock: ManualWallClock = ManualWallClock(second: AuthStand.now),
        keys: SigningKeys? = nil,
        cost: Int = 4
    ) async throws {
        if let database { self.database = database } else { self.database = try await .init() }
        self.clock = clock
        steadyClock = ManualSteadyClock()
        auth = Authenticator(
            AuthConfiguration(
                signingKeys: try keys ?? TestKeys.signingKeys(),
                bcryptCost: cost,
                passwordWorkerCount: 2
            ),
            pool: self.database.pool,
            clock: clock,
            steadyClock: steadyClock
        )
        try await auth.directory.load()
    }

    func addUser(_ name: String, account: Int64 = 1, roles: UserRoles = []) async throws -> UserID {
        try await auth.createUser(
            email: "\(name)@example.com",
            username: name,
            password: "pw-\(name)-1234",
            account: AccountID(account),
            roles: roles
        ).user
    }

    func token(_ name: String) async throws -> String {
        try await auth.issueToken(
            email: "\(name)@example.com",
            password: "pw-\(name)-1234"
        ).token.exposed
    }
}

@Suite struct AuthenticatorTests {
    @Test func `the right password gives a token, the token a principal`() async throws {
        let stand = try await AuthStand()
        let user = try await stand.addUser("ada", account: 2, roles: [.accountAdmin, .consultant])
        let issued = try await stand.auth.issueToken(
            email: "ada@example.com",
            password: "pw-ada-1234"
        )
        #expect(issued.user == user)
        let token = issued.token.exposed
        let expected = Principal(
            user: user,
            account: AccountID(2),
            roles: [.accountAdmin, .consultant]
        )
        for header in [token, "Bearer " + token, "bearer " + token, "BEARER " + token] {
            #expect(try stand.auth.knownPrincipal(authorization: header) == expected)
            #expect(try await stand.auth.principal(authorization: header) == expected)
        }
        #expect(!"\(issued)".contains(token))
    }

    /// Goal: only the token, alone or after `Bearer` and a blank.
    @Test func `other headers are refused`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        let token = try await stand.token("ada")
        for header in [
            "", " ", "Bearer", "Bearer ", "Bearer  \(token)", " \(token)", "\(token) ",
            "Basic \(token)", "Token \(token)", "Bearer\(token)", "Bearer Bearer \(token)",
            "Bearer:\(token)", "Bearer\t\(token)", "\(token), \(token)", "\(token)\n",
            "b\u{5}arer \(token)", "Bearer\u{0}\(token)", String(repeating: "a", count: 1_000_000),
            "Basic YWRhQGV4YW1wbGUuY29tOnB3LWFkYS0xMjM0", "pw-ada-1234",
        ] {
            #expect(throws: AuthError.unauthenticated, "\(header.prefix(80))") {
                try stand.auth.knownPrincipal(authorization: header)
            }
        }
    }

    /// Goal (P01): one answer for an unknown e-mail, a wrong password and an inactive user.
    @Test func `wrong credentials look alike`() async throws {
        let stand = try await AuthStand()
        let bob = try await stand.addUser("bob")
        _ = try await stand.addUser("ada")
        try await stand.auth.setActive(false, of: bob)
        for (email, password) in [
            ("ada@example.com", "pw-bob-1234"), ("ada@example.com", ""),
            ("nobody@example.com", "pw-ada-1234"), ("", ""), ("ada", "pw-ada-1234"),
            ("ADA@example.com", "pw-ada-1234"), ("ada@example.com ", "pw-ada-1234"),
            ("bob@example.com", "pw-bob-1234"), ("bob@example.com", "wrong"),
            ("ada@example.com' OR '1'='1", "pw-ada-1234"), ("%", "pw-ada-1234"),
        ] {
            await #expect(throws: AuthError.wrongCredentials, "\(email)") {
                try await stand.auth.issueToken(email: email, password: password)
            }
        }
    }

    /// Goal (P08, P13): odd credentials are refused before any work.
    @Test func `odd credentials are invalid`() async throws {
        let stand = try await AuthStand()
        let odd = [
            ("a\u{0}@example.com", "x", "email"),
            (String(repeating: "a", count: 256), "x", "email"),
            ("ada@example.com", String(repeating: "x", count: 5_000_000), "password"),
        ]
        for (email, password, field) in odd {
            let error = await #expect(throws: AuthError.self) {
                try await stand.auth.issueToken(email: email, password: password)
            }
            guard case .invalid(let problems) = error else { throw TestFailure("\(field)") }
            #expect(problems.map(\.field) == [field])
        }
    }

    /// Goal (T07): the age border, to the second, from the cache and without it.
    @Test func `a token is accepted for six hours and not a second longer`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        let token = try await stand.token("ada")
        for age in [-100, -1, 0, 1, 21_599, 21_600, 21_601, 100_000] as [Int64] {
            for microsecond in [0, 999_999] as [Int64] {
                let cached = try await AuthStand(stand.database)
                _ = try cached.auth.knownPrincipal(authorization: token)
                let uncached = try await AuthStand(stand.database)
                for other in [cached, uncached] {
                    other.clock.set(second: AuthStand.now + age, microsecond: microsecond)
                    let isAccepted = (try? other.auth.knownPrincipal(authorization: token)) != nil
                    #expect(isAccepted == (0...21_600).contains(age), "age \(age)")
                }
            }
        }
    }

    /// Goal (T09): a time in the other epoch is refused, both ways.
    @Test func `epochs are not confused`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let user = try #require(stand.auth.directory.user(ada))
        let format = TokenFormat(try TestKeys.signingKeys())
        for (shift, isAccepted) in [
            (0, true), (TokenFormat.epoch, false), (-TokenFormat.epoch / 2, false), (5, false),
            (1 << 31, false), (1 << 40, false),
        ] as [(Int64, Bool)] {
            let claims = TokenFormat.Claims(
                user: user.publicID,
                part: user.part.exposed,
                issuedAt: max(AuthStand.now + shift, TokenFormat.epoch + 1)
            )
            let token = format.text(claims)
            let found = try? stand.auth.knownPrincipal(authorization: token)
            #expect((found != nil) == isAccepted, "\(shift)")
        }
    }

    /// Goal (T18): the token tells nothing but an opaque id.
    @Test func `a token discloses nothing`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada", roles: .admin)
        let token = try await stand.token("ada")
        let fields = try #require(TokenFields(utf8(token)))
        let user = try #require(stand.auth.directory.user(ada))
        let part = String(decoding: user.part.exposed.bytes, as: UTF8.self)
        let payload = String(decoding: fields.payload, as: UTF8.self)
        #expect(payload == "[\"\(user.publicID)\",\"\(part)\"]")
        #expect(part.wholeMatch(of: /\$5\$[.\/A-Za-z0-9]{16}\$[.\/A-Za-z0-9]{43}/) != nil)
        #expect(token.utf8.count == 187)
    }

    /// Goal (T11): a password change ends all tokens at once, also remembered ones.
    @Test func `a new password ends tokens`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        _ = try await stand.addUser("bob")
        let (token, others) = (try await stand.token("ada"), try await stand.token("bob"))
        _ = try stand.auth.knownPrincipal(authorization: token)
        let generated = try await stand.auth.setPassword(of: ada, to: "another password")
        #expect(generated == nil)
        stand.clock.advance(seconds: 60)
        #expect(throws: AuthError.unauthenticated) {
            try stand.auth.knownPrincipal(authorization: token)
        }
        await #expect(throws: AuthError.wrongCredentials) { try await stand.token("ada") }
        let renewed = try await stand.auth.issueToken(
            email: "ada@example.com",
            password: "another password"
        )
        let header = renewed.token.exposed
        #expect(try stand.auth.knownPrincipal(authorization: header)?.user == ada)
        #expect(try stand.auth.knownPrincipal(authorization: others) != nil)
        let text = try #require(try await stand.auth.setPassword(of: ada)).exposed
        _ = try await stand.auth.issueToken(email: "ada@example.com", password: text)
    }

    /// Goal (T12): deactivation kills tokens, and activation does not bring them back.
    @Test func `deactivation ends tokens for good`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let token = try await stand.token("ada")
        _ = try stand.auth.knownPrincipal(authorization: token)
        try await stand.auth.setActive(true, of: ada)
        #expect(try stand.auth.knownPrincipal(authorization: token)?.user == ada)
        for isActive in [false, true] {
            try await stand.auth.setActive(isActive, of: ada)
            stand.clock.advance(seconds: 60)
            #expect(throws: AuthError.unauthenticated) {
                try stand.auth.knownPrincipal(authorization: token)
            }
        }
        let renewed = try await stand.token("ada")
        #expect(try stand.auth.knownPrincipal(authorization: renewed)?.user == ada)
    }

    /// Goal (A08): a change of roles within the account counts at once, with the same token.
    @Test func `roles change under a living token`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada", roles: .accountAdmin)
        let token = try await stand.token("ada")
        for roles in [[], .consultant, [.accountAdmin, .consultant], .accountAdmin] as [UserRoles] {
            try await stand.auth.setRoles(roles, of: ada)
            #expect(try stand.auth.knownPrincipal(authorization: token)?.roles == roles)
        }
    }

    @Test func `tokens can be ended without another change`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let token = try await stand.token("ada")
        try await stand.auth.endTokens(of: ada)
        stand.clock.advance(seconds: 60)
        #expect(throws: AuthError.unauthenticated) {
            try stand.auth.knownPrincipal(authorization: token)
        }
    }

    /// Goal (T16): a former key verifies until it is removed, and signs nothing new.
    @Test func `signing keys rotate`() async throws {
        let former = try await AuthStand(keys: TestKeys.signingKeys(TestKeys.formerText))
        let ada = try await former.addUser("ada")
        let old = try await former.token("ada")
        let rotated = try await AuthStand(
            former.database,
            keys: TestKeys.signingKeys(fallbacks: [TestKeys.formerText])
        )
        #expect(try rotated.auth.knownPrincipal(authorization: old)?.user == ada)
        let new = try await rotated.token("ada")
        let removed = try await AuthStand(former.database)
        #expect(try removed.auth.knownPrincipal(authorization: new)?.user == ada)
        for (auth, token) in [(removed.auth, old), (former.auth, new)] {
            #expect(throws: AuthError.unauthenticated) {
                try auth.knownPrincipal(authorization: token)
            }
        }
        // The password was stored under the former key and went over at the login.
        _ = try await removed.token("ada")
    }

    /// Goal (P11, P12): a login stores the hash anew at today's cost; the stamp stays, and so do
    /// tokens.
    @Test func `a login renews an old hash`() async throws {
        let old = try await AuthStand(cost: 4)
        _ = try await old.addUser("ada")
        let before = try await old.token("ada")
        let new = try await AuthStand(old.database, cost: 5)
        let columns: SQL = "SELECT password_hash, security_stamp FROM app_user"
        let first = try await old.database.pool.read(columns)
        #expect(first.string(0, 0).hasPrefix("$2b$04$"))
        await #expect(throws: AuthError.wrongCredentials) {
            try await new.auth.issueToken(email: "ada@example.com", password: "wrong")
        }
        #expect(try await old.database.pool.read(columns).string(0, 0) == first.string(0, 0))
        _ = try await new.token("ada")
        let second = try await old.database.pool.read(columns)
        #expect(second.string(0, 0).wholeMatch(of: /\$2b\$05\$[.\/A-Za-z0-9]{53}/) != nil)
        #expect(second.bytes(0, 1) == first.bytes(0, 1))
        #expect(try new.auth.knownPrincipal(authorization: before) != nil)
        _ = try await new.token("ada")
        #expect(try await old.database.pool.read(columns).string(0, 0) == second.string(0, 0))
    }

    /// Goal (T20): no request is taken for another user. Method: 1,000 tokens of 50 users, 64
    /// tasks.
    @Test func `users never mix`() async throws {
        let stand = try await AuthStand()
        var tokens: [(header: String, user: UserID)] = []
        for number in 0..<50 { _ = try await stand.addUser("user\(number)") }
        let format = TokenFormat(try TestKeys.signingKeys())
        stand.clock.advance(seconds: 100)
        for user in stand.auth.directory.users() {
            for second in 0..<20 as Range<Int64> {
                let claims = TokenFormat.Claims(
                    user: user.publicID,
                    part: user.part.exposed,
                    issuedAt: AuthStand.now + second
                )
                tokens.append((format.text(claims), user.id))
            }
        }
        #expect(Set(tokens.map(\.header)).count == 1_000)
        let all = tokens
        let mixUps = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<64 {
                group.addTask {
                    var random = SeededGenerator(seed: UInt64(task))
                    var mixUps = 0
                    for _ in 0..<300 {
                        let (header, user) = all[Int.random(in: 0..<all.count, using: &random)]
                        let found = try await stand.auth.principal(authorization: header)
                        if found.user != user { mixUps += 1 }
                    }
                    return mixUps
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(mixUps == 0)
    }
}
