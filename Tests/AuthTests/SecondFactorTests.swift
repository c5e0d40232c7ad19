import Model
import Postgres
import Synchronization
import Testing

@testable import Auth

/// A stand with a user `ada`, and what a browser would do.
private struct FactorStand {
    let stand: AuthStand
    let ada: UserID
    let origin = AuditOrigin(.anonymous, address: "192.0.2.1")
    static let password = "pw-ada-1234"

    init() async throws {
        stand = try await AuthStand()
        ada = try await stand.addUser("ada")
    }

    var auth: Authenticator { stand.auth }

    func begin(device: Secret<String>? = nil) async throws -> LoginStep {
        try await auth.beginLogin(
            email: "ada@example.com",
            password: Self.password,
            device: device,
            by: origin
        )
    }

    func halfOpen(device: Secret<String>? = nil) async throws -> HalfOpenLogin {
        guard case .halfOpen(let login) = try await begin(device: device) else {
            throw TestFailure("the second factor is not asked for")
        }
        return login
    }

    func complete(
        _ login: HalfOpenLogin,
        _ code: String,
        remembers: Bool = false
    ) async throws -> CompletedLogin {
        try await auth.completeLogin(login.id, code: code, remembersDevice: remembers, by: origin)
    }

    func proof() async throws -> PasswordProof {
        try await auth.provePassword(of: ada, Self.password, by: origin)
    }

    /// Enrols an app.
    ///
    /// - Returns: its secret and the recovery codes.
    func enrol() async throws -> (secret: [UInt8], codes: [String]) {
        let enrolment = try await auth.beginApp(proof())
        let secret = try base32(enrolment.secret.exposed)
        #expect(enrolment.uri.exposed.contains("secret=\(enrolment.secret.exposed)&"))
        let codes = try await auth.confirmApp(of: ada, code: code(secret), by: origin)
        // The step of the confirmation is used up.
        stand.clock.advance(seconds: 30)
        return (secret, codes.map(\.exposed))
    }

    /// The app's code, `steps` away from now.
    func code(_ secret: [UInt8], steps: Int64 = 0) -> String {
        let step = TimeCode.step(second: auth.nowSecond()) + steps
        return String(decoding: TimeCode.code(secret, step: step), as: UTF8.self)
    }

    private func base32(_ text: String) throws -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        var (bits, count) = (0, 0)
        var bytes: [UInt8] = []
        for letter in text {
            guard let value = letters.firstIndex(of: letter) else { throw TestFailure("base32") }
            bits = (bits << 5 | value) & 0xFFFF
            count += 5
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }
}

/// Another code of six digits.
private func wrong(_ code: String) -> String {
    String(code.dropLast()) + (code.last == "0" ? "1" : "0")
}

@Suite struct SecondFactorTests {
    @Test func `a mailed code completes a login`() async throws {
        let here = try await FactorStand()
        let login = try await here.halfOpen()
        #expect(login.methods == .email && login.user == here.ada)
        let mail = try await here.auth.makeMailedCode(login: login.id)
        #expect(mail.email == "ada@example.com")
        #expect(mail.code.exposed.wholeMatch(of: /[0-9]{6}/) != nil)
        let complete = try await here.complete(login, " " + mail.code.exposed + "\n")
        #expect(complete.user == here.ada && complete.device == nil)
        let token = try await here.auth.issueToken(complete).token.exposed
        #expect(try await here.auth.principal(authorization: token).user == here.ada)
        // F04: neither the code nor the login is good again.
        await #expect(throws: SecondFactorError.loginEnded) {
            try await here.complete(login, mail.code.exposed)
        }
    }

    /// Goal (F02, T05): the id of a half-open login is no token and issues no token.
    @Test func `a half-open login opens nothing else`() async throws {
        let here = try await FactorStand()
        let login = try await here.halfOpen()
        await #expect(throws: AuthError.unauthenticated) {
            try await here.auth.principal(authorization: login.id.exposed)
        }
        await #expect(throws: AuthError.wrongCredentials) {
            try await here.auth.resetPassword(login.id, to: "tr0mbone-Quartz", by: here.origin)
        }
        await #expect(throws: AuthError.wrongCredentials) {
            try await here.auth.beginLoginError()
        }
    }

    /// Goal (F03): five tries, then dead, also for the right code; also if they come at once.
    @Test func `five tries end a login`() async throws {
        let here = try await FactorStand()
        let login = try await here.halfOpen()
        let right = try await here.auth.makeMailedCode(login: login.id).code.exposed
        for left in [4, 3, 2, 1, 0] {
            await #expect(throws: SecondFactorError.wrongCode(triesLeft: left)) {
                try await here.complete(login, wrong(right))
            }
        }
        await #expect(throws: SecondFactorError.loginEnded) {
            try await here.complete(login, right)
        }
        await #expect(throws: SecondFactorError.loginEnded) {
            _ = try await here.auth.makeMailedCode(login: login.id)
        }
        let other = try await here.halfOpen()
        let code = try await here.auth.makeMailedCode(login: other.id).code.exposed
        let wrongCount = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await here.complete(other, wrong(code))
                        return false
                    } catch {
                        if case SecondFactorError.wrongCode = error { return true }
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(wrongCount == 5)
    }

    /// Goal (F04): of many requests with the right code at once, one wins.
    @Test func `a code counts once, even in a race`() async throws {
        let here = try await FactorStand()
        let (secret, codes) = try await here.enrol()
        for code in [here.code(secret), codes[0]] {
            // Of several logins, and several requests of each.
            var logins: [HalfOpenLogin] = []
            for _ in 0..<4 { logins.append(try await here.halfOpen()) }
            let all = logins + logins
            let winners = await withTaskGroup(of: Bool.self) { group in
                for login in all {
                    group.addTask { (try? await here.complete(login, code)) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    /// Goal (F06): the code of one login is none of another, nor of another user.
    @Test func `mailed codes belong to their login`() async throws {
        let here = try await FactorStand()
        let (one, two) = (try await here.halfOpen(), try await here.halfOpen())
        let code = try await here.auth.makeMailedCode(login: one.id).code.exposed
        var other = try await here.auth.makeMailedCode(login: two.id).code.exposed
        while other == code {
            other = try await here.auth.makeMailedCode(login: two.id).code.exposed
        }
        await #expect(throws: SecondFactorError.wrongCode(triesLeft: 4)) {
            try await here.complete(two, code)
        }
        _ = try await here.complete(one, code)
    }

    /// Goal (F05): ten minutes to the second, for the code and the login.
    @Test func `mailed codes end after ten minutes`() async throws {
        let here = try await FactorStand()
        for (seconds, isGood) in [(599, true), (600, false)] as [(Int64, Bool)] {
            let login = try await here.halfOpen()
            let code = try await here.auth.makeMailedCode(login: login.id).code.exposed
            here.stand.clock.advance(seconds: seconds)
            let isComplete = (try? await here.complete(login, code)) != nil
            #expect(isComplete == isGood)
        }
    }

    @Test func `a new code voids the former one, and three are all`() async throws {
        let here = try await FactorStand()
        let login = try await here.halfOpen()
        let first = try await here.auth.makeMailedCode(login: login.id).code.exposed
        var last = first
        for _ in 0..<2 { last = try await here.auth.makeMailedCode(login: login.id).code.exposed }
        await #expect(throws: SecondFactorError.tooManyCodes) {
            _ = try await here.auth.makeMailedCode(login: login.id)
        }
        if first != last {
            await #expect(throws: SecondFactorError.wrongCode(triesLeft: 4)) {
                try await here.complete(login, first)
            }
        }
        _ = try await here.complete(login, last)
    }

    @Test func `an app's codes count once and in its window`() async throws {
        let here = try await FactorStand()
        let (secret, _) = try await here.enrol()
        let login = try await here.halfOpen()
        #expect(login.methods == [.email, .app, .recovery])
        for steps in [-2, 2] as [Int64] {
            await #expect(throws: SecondFactorError.self) {
                try await here.complete(login, here.code(secret, steps: steps))
            }
        }
        _ = try await here.complete(login, here.code(secret, steps: 1))
        // The step before the used one is used up with it.
        for steps in [-1, 0, 1] as [Int64] {
            let next = try await here.halfOpen()
            await #expect(throws: SecondFactorError.wrongCode(triesLeft: 4), "\(steps)") {
                try await here.complete(next, here.code(secret, steps: steps))
            }
        }
        here.stand.clock.advance(seconds: 60)
        _ = try await here.complete(here.halfOpen(), here.code(secret))
    }

    /// Goal (F07): ten codes, each once; the table holds hashes only, the secret is encrypted.
    @Test func `recovery codes work once and are stored hashed`() async throws {
        let here = try await FactorStand()
        let (secret, codes) = try await here.enrol()
        #expect(Set(codes).count == 10)
        for (used, code) in codes.enumerated() {
            let status = try await here.auth.factorStatus(of: here.ada)
            #expect(status.recoveryCodesLeft == 10 - used && status.hasApp)
            _ = try await here.complete(here.halfOpen(), code.uppercased())
            let login = try await here.halfOpen()
            await #expect(throws: SecondFactorError.wrongCode(triesLeft: 4)) {
                try await here.complete(login, code)
            }
        }
        let pool = here.stand.database.pool
        let dump = try await pool.read(
            """
            SELECT string_agg(f::text, '') || (SELECT string_agg(r::text, '') FROM recovery_code r)
                || (SELECT string_agg(h::text, '') FROM half_open_login h) FROM second_factor f
            """
        ).string(0, 0)
        #expect(!dump.contains(hexText(secret)))
        for code in codes { #expect(!dump.contains(hexText(utf8(code)))) }
        let fresh = try await here.auth.makeRecoveryCodes(here.proof(), by: here.origin)
        _ = try await here.complete(here.halfOpen(), fresh[3].exposed)
    }

    @Test func `a remembered device spares the factor until it ends`() async throws {
        let here = try await FactorStand()
        let login = try await here.halfOpen()
        let code = try await here.auth.makeMailedCode(login: login.id).code.exposed
        let device = try #require(try await here.complete(login, code, remembers: true).device)
        guard case .complete(let complete) = try await here.begin(device: device) else {
            throw TestFailure("the device is not remembered")
        }
        #expect(complete.user == here.ada)
        // Not of another user, not with a changed id.
        _ = try await here.stand.addUser("bob")
        guard
            case .halfOpen = try await here.auth.beginLogin(
                email: "bob@example.com",
                password: "pw-bob-1234",
                device: device,
                by: here.origin
            )
        else { throw TestFailure("another user's device counts") }
        _ = try await here.halfOpen(device: Secret(BearerID.random()))
        here.stand.clock.advance(seconds: 30 * 86_400 - 1)
        guard case .complete = try await here.begin(device: device) else {
            throw TestFailure("forgotten too early")
        }
        here.stand.clock.advance(seconds: 1)
        _ = try await here.halfOpen(device: device)
    }

    /// Goal: what renews the stamp ends half-open logins and remembered devices (T12, F09).
    @Test func `a new stamp ends what was begun`() async throws {
        let here = try await FactorStand()
        let login = try await here.halfOpen()
        let code = try await here.auth.makeMailedCode(login: login.id).code.exposed
        let device = try #require(try await here.complete(login, code, remembers: true).device)
        let open = try await here.halfOpen()
        let other = try await here.auth.makeMailedCode(login: open.id).code.exposed
        try await here.auth.endTokens(of: here.ada)
        _ = try await here.halfOpen(device: device)
        await #expect(throws: SecondFactorError.loginEnded) {
            try await here.complete(open, other)
        }
    }

    /// Goal (F09): changes ask for the password, just now; they end tokens.
    @Test func `changes need a fresh proof`() async throws {
        let here = try await FactorStand()
        await #expect(throws: AuthError.wrongCredentials) {
            try await here.auth.provePassword(of: here.ada, "wrong", by: here.origin)
        }
        let proof = try await here.proof()
        let token = try await here.stand.token("ada")
        here.stand.clock.advance(seconds: 301)
        await #expect(throws: SecondFactorError.proofNeeded) {
            _ = try await here.auth.beginApp(proof)
        }
        await #expect(throws: SecondFactorError.proofNeeded) {
            try await here.auth.removeApp(proof, by: here.origin)
        }
        await #expect(throws: SecondFactorError.proofNeeded) {
            try await here.auth.setEmailAlways(false, proof, by: here.origin)
        }
        await #expect(throws: SecondFactorError.proofNeeded) {
            _ = try await here.auth.makeRecoveryCodes(proof, by: here.origin)
        }
        #expect(try await here.auth.principal(authorization: token).user == here.ada)
        _ = try await here.enrol()
        await #expect(throws: AuthError.unauthenticated) {
            try await here.auth.principal(authorization: token)
        }
        try await here.auth.removeApp(here.proof(), by: here.origin)
        let status = try await here.auth.factorStatus(of: here.ada)
        #expect(!status.hasApp && status.recoveryCodesLeft == 0)
    }

    @Test func `an enrolment needs the app's first code in time`() async throws {
        let here = try await FactorStand()
        await #expect(throws: SecondFactorError.nothingPending) {
            _ = try await here.auth.confirmApp(of: here.ada, code: "123456", by: here.origin)
        }
        _ = try await here.auth.beginApp(here.proof())
        await #expect(throws: SecondFactorError.wrongCode(triesLeft: 1)) {
            _ = try await here.auth.confirmApp(of: here.ada, code: "12345", by: here.origin)
        }
        here.stand.clock.advance(seconds: 600)
        await #expect(throws: SecondFactorError.nothingPending) {
            _ = try await here.auth.confirmApp(of: here.ada, code: "123456", by: here.origin)
        }
        #expect(try await !here.auth.factorStatus(of: here.ada).hasApp)
    }

    /// Goal (F01): the API asks those who have enrolled a factor, by every way to send a password.
    @Test func `the API asks for an enrolled factor`() async throws {
        let here = try await FactorStand()
        let mails = Mutex<[CodeMail]>([])
        let issue = { (code: String?, requires: Bool) in
            try await here.auth.issueToken(
                email: "ada@example.com",
                password: FactorStand.password,
                code: code,
                requiresFactor: requires,
                by: here.origin,
                mail: { mail in mails.withLock { $0.append(mail) } }
            )
        }
        _ = try await issue(nil, false)
        #expect(mails.withLock(\.count) == 0)
        // The host asks everyone: the code comes by mail, once.
        for _ in 0..<3 {
            await #expect(throws: SecondFactorError.codeNeeded(.email)) {
                _ = try await issue(nil, true)
            }
        }
        let codes = mails.withLock { $0.map(\.code.exposed) }
        #expect(codes.count == 1)
        await #expect(throws: SecondFactorError.wrongCode(triesLeft: 4)) {
            _ = try await issue(wrong(codes[0]), true)
        }
        #expect(try await issue(codes[0], true).user == here.ada)

        let (secret, _) = try await here.enrol()
        await #expect(throws: SecondFactorError.codeNeeded([.email, .app, .recovery])) {
            _ = try await issue(nil, false)
        }
        #expect(mails.withLock(\.count) == 1)
        await #expect(throws: AuthError.wrongCredentials) { try await here.stand.token("ada") }
        await #expect(throws: AuthError.unauthenticated) {
            try await here.auth.principal(
                credentials: .pair(
                    name: "ada@example.com",
                    secret: Secret(FactorStand.password)
                )
            )
        }
        #expect(try await issue(here.code(secret), false).user == here.ada)
        // Five tries in ten minutes.
        for _ in 0..<5 {
            await #expect(throws: SecondFactorError.self) { _ = try await issue("000000x", false) }
        }
        here.stand.clock.advance(seconds: 60)
        await #expect(throws: SecondFactorError.loginEnded) {
            _ = try await issue(here.code(secret), false)
        }
        here.stand.clock.advance(seconds: 600)
        #expect(try await issue(here.code(secret), false).user == here.ada)
    }

    /// Goal (T16): after a rotation of SECRET_KEY apps work under the former key, and once their
    /// secrets are encrypted anew without it.
    @Test func `apps survive a key rotation`() async throws {
        let here = try await FactorStand()
        let (secret, _) = try await here.enrol()
        let rotated = try await AuthStand(
            here.stand.database,
            clock: here.stand.clock,
            keys: TestKeys.signingKeys(TestKeys.formerText, fallbacks: [TestKeys.currentText])
        )
        let removed = try await AuthStand(
            here.stand.database,
            clock: here.stand.clock,
            keys: TestKeys.signingKeys(TestKeys.formerText)
        )
        let isComplete = { (auth: Authenticator) in
            here.stand.clock.advance(seconds: 60)
            let login = try await here.halfOpen()
            return
                (try? await auth.completeLogin(
                    login.id,
                    code: here.code(secret),
                    by: here.origin
                )) != nil
        }
        #expect(try await isComplete(rotated.auth))
        #expect(try await !isComplete(removed.auth))
        #expect(try await rotated.auth.resealAppSecrets() == 1)
        #expect(try await rotated.auth.resealAppSecrets() == 0)
        #expect(try await isComplete(removed.auth))
    }

    @Test func `mailed codes can be asked for always`() async throws {
        let here = try await FactorStand()
        try await here.auth.setEmailAlways(true, here.proof(), by: here.origin)
        await #expect(throws: AuthError.wrongCredentials) { try await here.stand.token("ada") }
        try await here.auth.resetFactors(of: here.ada, by: .operator)
        _ = try await here.stand.token("ada")
    }

    /// Goal: whoever knows the password still cannot try codes for ever.
    @Test func `too many wrong codes block logins for a day`() async throws {
        let here = try await FactorStand()
        for _ in 0..<20 {
            let login = try await here.halfOpen()
            for _ in 0..<5 { _ = try? await here.complete(login, "xxxxxx") }
        }
        await #expect(throws: SecondFactorError.tooManyTries) { _ = try await here.halfOpen() }
        here.stand.clock.advance(seconds: 86_400)
        _ = try await here.halfOpen()
        var filter = AuditFilter()
        filter.actionPrefix = "login.locked"
        #expect(try await here.auth.audit.events(filter).count == 1)
    }
}

extension Authenticator {
    /// A login with a wrong password, as an error of Auth.
    fileprivate func beginLoginError() async throws {
        do {
            _ = try await beginLogin(
                email: "ada@example.com",
                password: "wrong",
                by: AuditOrigin(.anonymous)
            )
        } catch .auth(let error) {
            throw error
        }
    }
}
