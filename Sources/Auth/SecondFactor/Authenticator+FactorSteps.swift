internal import Model
internal import Postgres

/// The steps that logins on the pages and at the API have in common.
extension Authenticator {
    /// Opens a login, or finds the one that is open under this id.
    ///
    /// - Returns: by what the user can complete it.
    /// - Throws: `.tooManyTries`, `.auth`.
    func open(
        _ idHash: [UInt8],
        for user: UserID,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) -> FactorMethods {
        let now = microsecondsNow()
        let until = now + Self.halfOpenSeconds * 1_000_000
        let isBlocked = try await factorChange { connection in
            try connection.query(SecondFactorTable.ensure(user))
            try connection.query(SecondFactorTable.purge(now: now))
            let blocked = try connection.query(SecondFactorTable.isBlocked(user, now: now))
            guard try !blocked.bool(0, 0) else {
                try connection.query(
                    AuditTable.append(AuditEvent(.loginLocked, by: origin, user: user))
                )
                return true
            }
            try connection.query(
                SecondFactorTable.open(idHash, for: user, now: now, until: until)
            )
            try connection.query(
                AuditTable.append(AuditEvent(.loginHalfOpen, by: origin, user: user))
            )
            return false
        }
        guard !isBlocked else { throw .tooManyTries }
        return try await factorStatus(of: user).methods
    }

    /// Mails a code unless one that is still good was mailed.
    func mailOnce(
        _ idHash: [UInt8],
        _ mail: (CodeMail) -> Void
    ) async throws(SecondFactorError) {
        let rows = try await factorQuery(
            SecondFactorTable.state(login: idHash, now: microsecondsNow())
        )
        let isSent = rows.count == 1 && !rows.isNull(0, 1) && (try? rows.bool(0, 1)) == true
        guard !isSent else { return }
        do {
            mail(try await makeMailedCode(idHash))
        } catch .tooManyCodes {
            return
        } catch .loginEnded {
            return
        }
    }

    func makeMailedCode(_ idHash: [UInt8]) async throws(SecondFactorError) -> CodeMail {
        let code = MailedCode.random()
        let now = microsecondsNow()
        let sql = SecondFactorTable.setCode(
            MailedCode.hash(code, login: idHash, secrets),
            login: idHash,
            now: now,
            until: now + MailedCode.lifetimeSeconds * 1_000_000
        )
        let rows = try await factorQuery(sql, mayRepeat: false)
        if rows.count == 1 { return CodeMail(email: rows.string(0, 0), code: Secret(code)) }
        let state = try await factorQuery(SecondFactorTable.state(login: idHash, now: now))
        let hasTries = state.count == 1 && (try? state.bool(0, 0)) == true
        throw hasTries ? .tooManyCodes : .loginEnded
    }

    /// What a right code leads to.
    struct ProvenLogin: Sendable {
        let user: UserID
        let stamp: Secret<[UInt8]>
    }

    private enum Attempt: Sendable { case right(ProvenLogin), wrong(triesLeft: Int), ended }

    /// One transaction: the try is taken whatever comes of it, and what the code uses up is used up
    /// together with the end of the login.
    func tryCode(
        _ text: String,
        _ idHash: [UInt8],
        device: String?,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) -> ProvenLogin {
        let code = text.filter { !$0.isWhitespace }
        let now = microsecondsNow()
        let attempt = try await factorChange { [self] connection -> Attempt in
            let rows = try connection.query(SecondFactorTable.spendTry(login: idHash, now: now))
            guard rows.count == 1 else { return .ended }
            let user = UserID(try rows.int(0, 0))
            let mailed = rows.isNull(0, 2) ? nil : rows.bytes(0, 2)
            guard
                let factor = try use(
                    code,
                    of: user,
                    mailed: mailed,
                    login: idHash,
                    now: now,
                    on: connection
                )
            else {
                try connection.query(SecondFactorTable.countFailure(of: user, now: now))
                try connection.query(
                    AuditTable.append(AuditEvent(.factorFailed, by: origin, user: user))
                )
                return .wrong(triesLeft: Int(try rows.int(0, 1)))
            }
            try connection.query(SecondFactorTable.close(login: idHash))
            try connection.query(SecondFactorTable.clearFailures(of: user))
            var details = ["factor": factor]
            if let device, let hash = BearerID.hash(device) {
                let until = now + Self.deviceSeconds * 1_000_000
                try connection.query(SecondFactorTable.purgeDevices(now: now))
                try connection.query(SecondFactorTable.remember(hash, of: user, until: until))
                details["remembers_device"] = "true"
            }
            try connection.query(
                AuditTable.append(
                    AuditEvent(.loginSucceeded, by: origin, user: user, details: details)
                )
            )
            return .right(ProvenLogin(user: user, stamp: Secret(rows.bytes(0, 3))))
        }
        switch attempt {
        case .right(let login): return login
        case .wrong(let triesLeft): throw .wrongCode(triesLeft: triesLeft)
        case .ended: throw .loginEnded
        }
    }

    /// Uses a code up.
    ///
    /// - Returns: which factor it proves; nil if it is none.
    private func use(
        _ code: String,
        of user: UserID,
        mailed: [UInt8]?,
        login idHash: [UInt8],
        now: Int64,
        on connection: borrowing PostgresConnection
    ) throws -> String? {
        let digits = Array(code.utf8)
        guard digits.count == TimeCode.digitCount else {
            guard let hash = RecoveryCode.hash(code, of: user.rawValue) else { return nil }
            let used = try connection.query(
                SecondFactorTable.useRecoveryCode(hash, of: user, now: now)
            )
            return used.count == 1 ? "recovery code" : nil
        }
        if let mailed,
            equalInConstantTime(mailed, MailedCode.hash(code, login: idHash, secrets))
        {
            return "mailed code"
        }
        let rows = try connection.query(SecondFactorTable.appSecret(of: user))
        guard rows.count == 1 else { return nil }
        let sealed = rows.bytes(0, 0)
        guard let secret = appSecrets.open(sealed, label: Self.appLabel(user)),
            let step = TimeCode.matchingStep(digits, secret, second: now / 1_000_000)
        else { return nil }
        let used = try connection.query(
            SecondFactorTable.useStep(step, of: user, secret: sealed)
        )
        return used.count == 1 ? "app" : nil
    }

    // MARK: common

    var appSecrets: SealedSecret { SealedSecret(secrets.all(.totpSecret)) }

    /// Whose secret it is.
    static func appLabel(_ user: UserID) -> [UInt8] { Array("penstock-app:\(user.rawValue)".utf8) }

    /// Whole seconds, as tokens are dated, in µs since 1970 UTC.
    func microsecondsNow() -> Int64 { nowSecond() * 1_000_000 }

    func factorQuery(
        _ sql: SQL,
        mayRepeat: Bool = true
    ) async throws(SecondFactorError) -> PostgresRows {
        try await lifted { () async throws(AuthError) in
            try await self.withDatabase(retryingOnce: mayRepeat) { connection in
                try connection.query(sql)
            }
        }
    }

    /// Runs `body` in a transaction.
    func factorChange<R: Sendable>(
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws(SecondFactorError) -> R {
        try await lifted { () async throws(AuthError) in
            try await self.withDatabase { connection in try connection.transaction(body) }
        }
    }

    func lifted<R>(
        _ body: () async throws(AuthError) -> R
    ) async throws(SecondFactorError) -> R {
        do {
            return try await body()
        } catch {
            throw .auth(error)
        }
    }
}
