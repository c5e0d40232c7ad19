import Model
import Postgres
import Testing

@testable import Auth

/// A stand with a user `ada` who logs in with a browser.
private struct SessionStand {
    let stand: AuthStand
    let ada: UserID
    let origin = AuditOrigin(.anonymous, address: "192.0.2.1")

    init() async throws {
        stand = try await AuthStand()
        ada = try await stand.addUser("ada")
    }

    var auth: Authenticator { stand.auth }

    func login() async throws -> CompletedLogin {
        let step = try await auth.beginLogin(
            email: "ada@example.com",
            password: "pw-ada-1234",
            by: origin
        )
        guard case .halfOpen(let login) = step else { throw TestFailure("no second factor") }
        let mail = try await auth.makeMailedCode(login: login.id)
        return try await auth.completeLogin(login.id, code: mail.code.exposed, by: origin)
    }

    func open(browser: String = "Firefox/140.0") async throws -> Secret<String> {
        try await auth.openSession(login(), browser: browser, by: origin)
    }

    func isOpen(_ id: Secret<String>) async throws -> Bool {
        do throws(AuthError) {
            return try await auth.principal(session: id).user == ada
        } catch .unauthenticated {
            return false
        }
    }
}

@Suite struct SessionTests {
    @Test func `a login opens a session that memory remembers`() async throws {
        let here = try await SessionStand()
        let id = try await here.open()
        #expect(try here.auth.knownPrincipal(session: id) == nil)
        let principal = Principal(user: here.ada, account: AccountID(1), roles: [])
        #expect(try await here.auth.principal(session: id) == principal)
        #expect(try here.auth.knownPrincipal(session: id) == principal)
        #expect(!"\(id)".contains(id.exposed))
        // It is stored as a hash only, and is no token.
        let rows = try await here.stand.database.pool.read("SELECT id_hash FROM browser_session")
        #expect(rows.bytes(0, 0) == SHA256Digest(of: utf8(id.exposed).span).bytes)
        await #expect(throws: AuthError.unauthenticated) {
            try await here.auth.principal(authorization: id.exposed)
        }
        for other in ["", "x", String(id.exposed.dropLast()), id.exposed + "A"] {
            #expect(throws: AuthError.unauthenticated) {
                try here.auth.knownPrincipal(session: Secret(other))
            }
        }
    }

    /// Goal (F02): what a half-open login has is no session.
    @Test func `a half-open login is no session`() async throws {
        let here = try await SessionStand()
        let step = try await here.auth.beginLogin(
            email: "ada@example.com",
            password: "pw-ada-1234",
            by: here.origin
        )
        guard case .halfOpen(let login) = step else { throw TestFailure("no second factor") }
        #expect(try await !here.isOpen(login.id))
    }

    /// Goal: age and disuse end a session, exactly, also one that is remembered.
    @Test func `sessions run out`() async throws {
        let here = try await SessionStand()
        let limits = SessionLimits()
        let (used, idle) = (try await here.open(), try await here.open())
        let start = here.auth.nowSecond()
        // Used once an hour, as a page that is left open.
        while here.auth.nowSecond() + 3_600 < start + limits.ageSecondsMax {
            here.stand.clock.advance(seconds: 3_600)
            #expect(try await here.isOpen(used))
            await here.auth.flushSessionUses()
            if here.auth.nowSecond() - start == limits.idleSecondsMax - 3_600 { break }
        }
        here.stand.clock.set(second: start + limits.idleSecondsMax - 1)
        #expect(try await here.isOpen(used))
        here.stand.clock.set(second: start + limits.idleSecondsMax)
        #expect(try await !here.isOpen(idle))
        #expect(try await here.isOpen(used))
        #expect(
            try await here.auth.sessions(of: here.ada, current: used).map(\.isCurrent) == [true]
        )
        await here.auth.flushSessionUses()
        // Up to the last second of its age, however much it is used.
        var second = start + limits.idleSecondsMax
        while second + 30_000 < start + limits.ageSecondsMax {
            second += 30_000
            here.stand.clock.set(second: second)
            #expect(try await here.isOpen(used))
            await here.auth.flushSessionUses()
        }
        here.stand.clock.set(second: start + limits.ageSecondsMax - 1)
        #expect(try await here.isOpen(used))
        here.stand.clock.set(second: start + limits.ageSecondsMax)
        #expect(try await !here.isOpen(used))
    }

    /// Goal: whatever ends tokens ends sessions, at once and from memory too.
    @Test func `changes of the user end sessions`() async throws {
        let here = try await SessionStand()
        let changes: [@Sendable () async throws -> Void] = [
            { _ = try await here.auth.setPassword(of: here.ada, to: "pw-ada-1234") },
            { try await here.auth.endTokens(of: here.ada) },
            { try await here.auth.setRoles(.adminReader, of: here.ada) },
            { try await here.auth.setActive(false, of: here.ada) },
        ]
        for (index, change) in changes.enumerated() {
            let id = try await here.open()
            #expect(try await here.isOpen(id))
            try await change()
            #expect(try await !here.isOpen(id), "change \(index)")
        }
        try await here.auth.setActive(true, of: here.ada)
        #expect(try await here.auth.sessions(of: here.ada).isEmpty)
    }

    /// Goal (T13): a logout counts at once here, and in another process by NOTIFY.
    @Test func `a logout ends one session everywhere`() async throws {
        let here = try await SessionStand()
        let (ended, other) = (try await here.open(), try await here.open())
        let away = try await AuthStand(here.stand.database)
        let following = Task { await away.auth.directory.run() }
        defer { following.cancel() }
        for id in [ended, other] {
            #expect(try await away.auth.principal(session: id).user == here.ada)
            #expect(try await here.isOpen(id))
        }
        #expect(try await here.auth.endSession(ended, by: here.origin))
        #expect(try await !here.auth.endSession(ended, by: here.origin))
        #expect(try await !here.isOpen(ended))
        let isEndedThere = try await eventually {
            do throws(AuthError) {
                _ = try await away.auth.principal(session: ended)
                return false
            } catch .unauthenticated {
                return true
            }
        }
        #expect(isEndedThere)
        #expect(try await here.isOpen(other))
        #expect(try await away.auth.principal(session: other).user == here.ada)
    }

    @Test func `a user ends own sessions by number only`() async throws {
        let here = try await SessionStand()
        let (id, other) = (try await here.open(browser: "A\u{1B}[31m\nB"), try await here.open())
        let sessions = try await here.auth.sessions(of: here.ada, current: other)
        #expect(sessions.count == 2 && sessions.filter(\.isCurrent).count == 1)
        let first = try #require(sessions.first { !$0.isCurrent })
        #expect(first.browser == "A[31mB" && first.address == "192.0.2.1")
        let bob = try await here.stand.addUser("bob")
        #expect(try await !here.auth.endSession(first.id, of: bob, by: here.origin))
        #expect(try await here.isOpen(id))
        #expect(try await here.auth.endSession(first.id, of: here.ada, by: here.origin))
        #expect(try await !here.isOpen(id))
    }

    /// Goal: whoever changes the password stays logged in, under a new id; nobody else does.
    @Test func `the session that asks for a change goes on`() async throws {
        let here = try await SessionStand()
        let (id, other) = (try await here.open(), try await here.open())
        let kept = try #require(KeptSession(id))
        _ = try await here.auth.setPassword(of: here.ada, to: "pw-ada-1234", keeping: kept)
        #expect(try await here.isOpen(kept.id))
        #expect(try await !here.isOpen(id))
        #expect(try await !here.isOpen(other))
        // One that has ended does not come back to life.
        let dead = try #require(KeptSession(other))
        _ = try await here.auth.setPassword(of: here.ada, to: "pw-ada-1234", keeping: dead)
        #expect(try await !here.isOpen(dead.id))
        #expect(try await !here.isOpen(kept.id))
    }

    /// Goal: a login that began before the user was changed opens nothing.
    @Test func `a change between the code and the session counts`() async throws {
        let here = try await SessionStand()
        let login = try await here.login()
        try await here.auth.endTokens(of: here.ada)
        await #expect(throws: AuthError.wrongCredentials) {
            try await here.auth.openSession(login, browser: nil, by: here.origin)
        }
    }

    @Test func `forms prove themselves to their holder only`() async throws {
        let here = try await SessionStand()
        let forms = here.auth.formToken
        let (one, two) = (FormToken.makeVisitor(), FormToken.makeVisitor())
        let text = try #require(forms.text(for: .session(one)))
        #expect(forms.accepts(text, from: .session(one)))
        #expect(!forms.accepts(text, from: .session(two)))
        #expect(!forms.accepts(text, from: .visitor(one)))
        for wrong in ["", String(text.dropLast()), text + "A", text.uppercased()] {
            #expect(!forms.accepts(wrong, from: .session(one)))
        }
        #expect(forms.text(for: .session(Secret("x"))) == nil)
        // A key that was rotated out of use still counts, until it is removed.
        let rotated = try await AuthStand(
            here.stand.database,
            keys: TestKeys.signingKeys(TestKeys.formerText, fallbacks: [TestKeys.currentText])
        )
        #expect(rotated.auth.formToken.accepts(text, from: .session(one)))
        #expect(rotated.auth.formToken.text(for: .session(one)) != text)
    }
}
