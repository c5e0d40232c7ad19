package import Model
internal import Postgres

/// Changes of second factors. Each asks for the password again, and ends all tokens, sessions and
/// remembered devices of the user by renewing the stamp; the session that asks for the change may go
/// on, under a new id (`keeping`).
extension Authenticator {
    /// How long an app may take from the picture to its first code.
    static let pendingSeconds: Int64 = 600

    /// Checks the password of a user who is logged in, before something sensitive is changed.
    ///
    /// - Throws: `.wrongCredentials`, `.busy`, `.unavailable`.
    package func provePassword(
        of user: UserID,
        _ password: String,
        by origin: AuditOrigin
    ) async throws(AuthError) -> PasswordProof {
        guard let email = directory.user(user)?.email else { throw .wrongCredentials }
        let found = try await checkFirstFactor(email: email, password: password, by: origin)
        guard found.user == user else { throw .wrongCredentials }
        return PasswordProof(user: user, second: nowSecond())
    }

    /// Begins the enrolment of an authenticator app: a fresh secret, which replaces one that was
    /// not confirmed. An app that is enrolled stays good until the new one is confirmed.
    ///
    /// - Throws: `.proofNeeded`, `.auth`.
    package func beginApp(_ proof: PasswordProof) async throws(SecondFactorError) -> AppEnrolment {
        try check(proof)
        let user = proof.user
        guard let email = directory.user(user)?.email else { throw .auth(.unknownUser) }
        let secret = RandomBytes.make(count: TimeCode.secretByteCount)
        let sealed = try await lifted { () async throws(AuthError) in
            try self.appSecrets.seal(secret, label: Self.appLabel(user))
        }
        let until = microsecondsNow() + Self.pendingSeconds * 1_000_000
        try await factorChange { connection in
            try connection.query(SecondFactorTable.ensure(user))
            try connection.query(SecondFactorTable.setPending(sealed, of: user, until: until))
        }
        // An address that is too long for the picture is left out of it.
        let uris = [email, "user"].map { TimeCode.uri(secret: secret, account: $0) }
        guard
            let (uri, code) = uris.lazy.compactMap({ uri in
                QRCode(Array(uri.utf8)).map { (uri, $0) }
            }).first
        else { throw .auth(.failed("the enrolment does not fit a QR code")) }
        return AppEnrolment(
            secret: Secret(Base32.text(secret)),
            uri: Secret(uri),
            svg: Secret(code.svg)
        )
    }

    /// Ends the enrolment by the app's first code, and makes fresh recovery codes.
    ///
    /// - Returns: the recovery codes, told once.
    /// - Throws: `.nothingPending`, `.wrongCode` (any number of tries: who has begun knows the
    ///   secret), `.auth`.
    package func confirmApp(
        of user: UserID,
        code: String,
        keeping session: KeptSession? = nil,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) -> [Secret<String>] {
        let digits = Array(code.filter { !$0.isWhitespace }.utf8)
        let now = microsecondsNow()
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.random() }
        let hashes = codes.compactMap { RecoveryCode.hash($0, of: user.rawValue) }
        let (secrets, label) = (appSecrets, Self.appLabel(user))
        let outcome = try await changeFactor(of: user, keeping: session) {
            connection -> SecondFactorError? in
            let rows = try connection.query(SecondFactorTable.pending(of: user, now: now))
            guard rows.count == 1 else { return .nothingPending }
            guard let secret = secrets.open(rows.bytes(0, 0), label: label),
                let step = TimeCode.matchingStep(digits, secret, second: now / 1_000_000)
            else { return .wrongCode(triesLeft: 1) }
            try connection.query(SecondFactorTable.confirmPending(of: user, step: step))
            try SecondFactorTable.replaceRecoveryCodes(of: user, by: hashes, on: connection)
            return nil
        } event: {
            AuditEvent(.factorAdded, by: origin, user: user, details: ["factor": "app"])
        }
        if let outcome { throw outcome }
        return codes.map { Secret($0) }
    }

    /// Takes the authenticator app away. The pages then ask for mailed codes.
    ///
    /// - Throws: `.proofNeeded`, `.auth`.
    package func removeApp(
        _ proof: PasswordProof,
        keeping session: KeptSession? = nil,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) {
        try check(proof)
        let user = proof.user
        _ = try await changeFactor(of: user, keeping: session) {
            connection -> SecondFactorError? in
            try connection.query(SecondFactorTable.removeApp(of: user))
            try SecondFactorTable.replaceRecoveryCodes(of: user, by: [], on: connection)
            return nil
        } event: {
            AuditEvent(.factorRemoved, by: origin, user: user, details: ["factor": "app"])
        }
    }

    /// Asks for mailed codes at every login, at the API too; or no longer there.
    ///
    /// - Throws: `.proofNeeded`, `.auth`.
    package func setEmailAlways(
        _ isAlways: Bool,
        _ proof: PasswordProof,
        keeping session: KeptSession? = nil,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) {
        try check(proof)
        let user = proof.user
        _ = try await changeFactor(of: user, keeping: session) {
            connection -> SecondFactorError? in
            try connection.query(SecondFactorTable.ensure(user))
            try connection.query(SecondFactorTable.setEmailAlways(isAlways, of: user))
            return nil
        } event: {
            AuditEvent(
                isAlways ? .factorAdded : .factorRemoved,
                by: origin,
                user: user,
                details: ["factor": "mailed codes at every login"]
            )
        }
    }

    /// Makes fresh recovery codes; the former ones are void.
    ///
    /// - Returns: the codes, told once.
    /// - Throws: `.proofNeeded`, `.auth`.
    package func makeRecoveryCodes(
        _ proof: PasswordProof,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) -> [Secret<String>] {
        try check(proof)
        let user = proof.user
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.random() }
        let hashes = codes.compactMap { RecoveryCode.hash($0, of: user.rawValue) }
        try await factorChange { connection in
            try SecondFactorTable.replaceRecoveryCodes(of: user, by: hashes, on: connection)
            try connection.query(
                AuditTable.append(AuditEvent(.recoveryCodesMade, by: origin, user: user))
            )
        }
        return codes.map { Secret($0) }
    }

    /// Takes all factors of a user away, for one who has lost them: an administrator's or operator's
    /// act, which the caller authorizes.
    ///
    /// - Throws: `.auth`.
    package func resetFactors(
        of user: UserID,
        by origin: AuditOrigin
    ) async throws(SecondFactorError) {
        _ = try await changeFactor(of: user) { connection -> SecondFactorError? in
            try connection.query(SecondFactorTable.removeApp(of: user))
            try connection.query(SecondFactorTable.setEmailAlways(false, of: user))
            try SecondFactorTable.replaceRecoveryCodes(of: user, by: [], on: connection)
            return nil
        } event: {
            AuditEvent(.factorRemoved, by: origin, user: user, details: ["factor": "all"])
        }
    }

    /// Encrypts the apps' secrets anew that a former key has encrypted, so that the key can be taken
    /// out of `SECRET_KEY_FALLBACKS`. `run` does it at its start.
    ///
    /// - Returns: how many there were.
    /// - Throws: `.auth`.
    @discardableResult
    package func resealAppSecrets() async throws(SecondFactorError) -> Int {
        let secrets = appSecrets
        return try await factorChange { connection in
            let rows = try connection.query(SecondFactorTable.appSecrets)
            var count = 0
            for row in 0..<rows.count {
                let user = UserID(try rows.int(row, 0))
                let (sealed, label) = (rows.bytes(row, 1), Self.appLabel(user))
                guard !secrets.isCurrent(sealed), let secret = secrets.open(sealed, label: label)
                else { continue }
                let renewed = try secrets.seal(secret, label: label)
                try connection.query(SecondFactorTable.reseal(sealed, as: renewed, of: user))
                count += 1
            }
            return count
        }
    }

    private func check(_ proof: PasswordProof) throws(SecondFactorError) {
        guard proof.holds(at: nowSecond()) else { throw .proofNeeded }
    }

    /// Runs `body`; unless it refuses, renews the stamp and logs the event in the same transaction.
    private func changeFactor(
        of user: UserID,
        keeping session: KeptSession? = nil,
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> SecondFactorError?,
        event: @escaping @Sendable () -> AuditEvent
    ) async throws(SecondFactorError) -> SecondFactorError? {
        let refusal = try await factorChange { connection -> SecondFactorError? in
            let passwordHash = try UserTable.lock(user, on: connection)
            if let refusal = try body(connection) { return refusal }
            try UserTable.renewStamp(
                of: user,
                passwordHash: passwordHash,
                keeping: session,
                on: connection
            )
            try connection.query(AuditTable.append(event()))
            return nil
        }
        if refusal == nil { await directory.followChange(of: user) }
        return refusal
    }
}
