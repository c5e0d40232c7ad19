package import Model
internal import Postgres

/// Logins with a second factor. The pages ask every user for it; the API those who have enrolled one.
extension Authenticator {
    /// How long a half-open login and its codes live.
    static let halfOpenSeconds: Int64 = 600
    /// How long a device is remembered: 30 days.
    static let deviceSeconds: Int64 = 30 * 86_400

    /// The first step of a login on the pages: the password.
    ///
    /// - Parameters:
    ///   - email: as `issueToken`.
    ///   - password: as `issueToken`.
    ///   - device: what the browser keeps of an earlier login, if anything.
    ///   - origin: for the audit log.
    /// - Returns: a login that is half open, or complete on a remembered device.
    /// - Throws: `.auth` as `issueToken` throws, `.tooManyTries`.
    package func beginLogin(
        email: String,
        password: String,
        device: Secret<String>? = nil,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) -> LoginStep {
        let user = try await lifted { () async throws(AuthError) in
            try await self.checkFirstFactor(email: email, password: password, by: origin).user
        }
        let now = microsecondsNow()
        if let device, let hash = BearerID.hash(device.exposed) {
            let remembered = try await factorQuery(
                SecondFactorTable.isRemembered(hash, of: user, now: now)
            )
            if remembered.count == 1 {
                try await lifted { () async throws(AuthError) in
                    let details = ["factor": "remembered device"]
                    try await self.audit.record(
                        AuditEvent(.loginSucceeded, by: origin, user: user, details: details)
                    )
                }
                let stamp = Secret(remembered.bytes(0, 0))
                return .complete(CompletedLogin(user: user, stamp: stamp))
            }
        }
        let id = BearerID.random()
        let idHash = BearerID.hash(id) ?? []
        let methods = try await open(idHash, for: user, by: origin)
        return .halfOpen(HalfOpenLogin(id: Secret(id), user: user, methods: methods))
    }

    /// A fresh code for a half-open login; the former one is void.
    ///
    /// - Returns: what is to be mailed, to the address of the user alone.
    /// - Throws: `.loginEnded`, `.tooManyCodes`, `.auth`.
    package func makeMailedCode(
        login id: Secret<String>
    ) async throws(SecondFactorError) -> CodeMail {
        guard let idHash = BearerID.hash(id.exposed) else { throw .loginEnded }
        return try await makeMailedCode(idHash)
    }

    /// Where a half-open login stands.
    ///
    /// - Throws: `.loginEnded`, `.auth`.
    package func halfOpenState(
        _ id: Secret<String>
    ) async throws(SecondFactorError) -> HalfOpenState {
        guard let idHash = BearerID.hash(id.exposed) else { throw .loginEnded }
        let rows = try await factorQuery(
            SecondFactorTable.standing(login: idHash, now: microsecondsNow())
        )
        guard rows.count == 1, let user = try? rows.int(0, 0) else { throw .loginEnded }
        return HalfOpenState(
            methods: try await factorStatus(of: UserID(user)).methods,
            triesLeft: Int((try? rows.int(0, 1)) ?? 0),
            codesSent: Int((try? rows.int(0, 2)) ?? 0)
        )
    }

    /// The second step: a code of the app, a mailed one or a recovery code. Every call takes one of
    /// five tries; the right code ends the half-open login.
    ///
    /// - Parameters:
    ///   - id: the half-open login's.
    ///   - code: as typed; blanks at its ends do not matter.
    ///   - remembersDevice: whether this browser is to be spared the second factor for 30 days.
    ///   - origin: for the audit log.
    /// - Returns: what a session may be opened with.
    /// - Throws: `.wrongCode`, `.loginEnded`, `.auth`.
    package func completeLogin(
        _ id: Secret<String>,
        code: String,
        remembersDevice: Bool = false,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) -> CompletedLogin {
        guard let idHash = BearerID.hash(id.exposed) else { throw .loginEnded }
        let device = remembersDevice ? BearerID.random() : nil
        let login = try await tryCode(code, idHash, device: device, by: origin)
        return CompletedLogin(
            user: login.user,
            stamp: login.stamp,
            device: device.map { Secret($0) }
        )
    }

    /// A token for a login that is complete.
    ///
    /// - Throws: `.wrongCredentials` if the user was deactivated meanwhile; `.unavailable`.
    package func issueToken(_ login: CompletedLogin) async throws(AuthError) -> IssuedToken {
        guard let publicID = directory.user(login.user)?.publicID else { throw .unavailable }
        try await directory.refresh(publicID)
        guard let user = directory.user(login.user), user.isActive else { throw .wrongCredentials }
        let token = makeToken(user: user.publicID, part: user.part.exposed)
        return IssuedToken(token: Secret(token), user: user.id)
    }

    /// A token at the API: as `issueToken(email:password:)`, but for users with a second factor too.
    ///
    /// Without a code those get `.codeNeeded`, and `mail` is called if they need one by e-mail.
    /// Each user has one half-open login at the API: five tries in ten minutes.
    ///
    /// - Parameters:
    ///   - email: as there.
    ///   - password: as there.
    ///   - code: the `code` field, nil if there is none.
    ///   - requiresFactor: `SECURITY_API_REQUIRES_SECOND_FACTOR`: for users who have enrolled none.
    ///   - origin: for the audit log.
    ///   - mail: queues the mail, and does not wait.
    /// - Returns: a token as there.
    /// - Throws: `.auth`, `.codeNeeded`, `.wrongCode`, `.loginEnded` after the fifth try,
    ///   `.tooManyTries`.
    package func issueToken(
        email: String,
        password: String,
        code: String?,
        requiresFactor: Bool = false,
        by origin: AuditOrigin,
        mail: (CodeMail) -> Void
    ) async throws(SecondFactorError) -> IssuedToken {
        let credentials = try await lifted { () async throws(AuthError) in
            try await self.checkFirstFactor(email: email, password: password, by: origin)
        }
        let user = credentials.user
        guard credentials.needsFactor || requiresFactor else {
            try await lifted { () async throws(AuthError) in
                try await self.audit.record(
                    AuditEvent(.loginSucceeded, by: origin, user: user)
                )
            }
            let token = makeToken(user: credentials.publicID, part: credentials.part)
            return IssuedToken(token: Secret(token), user: user)
        }
        // No client can send this id: it is no BearerID's hash.
        let idHash = SHA256Digest(of: Array("penstock-api-login:\(user.rawValue)".utf8).span).bytes
        let methods = try await open(idHash, for: user, by: origin)
        guard let code, !code.isEmpty else {
            if !methods.contains(.app) { try await mailOnce(idHash, mail) }
            throw .codeNeeded(methods)
        }
        _ = try await tryCode(code, idHash, device: nil, by: origin)
        let token = makeToken(user: credentials.publicID, part: credentials.part)
        return IssuedToken(token: Secret(token), user: user)
    }

    /// What a user has enrolled.
    ///
    /// - Throws: `.auth(.unknownUser)`, `.auth(.unavailable)`.
    package func factorStatus(of user: UserID) async throws(SecondFactorError) -> FactorStatus {
        let rows = try await factorQuery(SecondFactorTable.status(of: user))
        guard rows.count == 1 else { throw .auth(.unknownUser) }
        do {
            return FactorStatus(
                hasApp: try rows.bool(0, 0),
                emailAlways: try rows.bool(0, 1),
                recoveryCodesLeft: Int(try rows.int(0, 2))
            )
        } catch {
            throw .auth(AuthError(error))
        }
    }
}
