internal import Logging
package import Model
internal import Postgres

/// A new token.
package struct IssuedToken: Sendable {
    /// For the `Authorization` header.
    package let token: Secret<String>
    package let user: UserID
}

extension Authenticator {
    /// Issues a token for the right password, and for nothing else. Former tokens stay valid.
    ///
    /// An unknown e-mail, a wrong password and an inactive user get the same error after the same
    /// work. The e-mail is compared as written.
    ///
    /// - Throws: `.invalid` for an e-mail with NUL or a text that is too long, `.wrongCredentials`,
    ///   `.busy`, `.unavailable`, `.failed`.
    ///
    /// A user who has enrolled a second factor is refused as well: `issueToken` with a `code` is for
    /// them.
    package func issueToken(
        email: String,
        password: String,
        by origin: AuditOrigin = AuditOrigin(.anonymous)
    ) async throws(AuthError) -> IssuedToken {
        let credentials = try await checkPassword(email: email, password: password, by: origin)
        let token = makeToken(user: credentials.publicID, part: credentials.part)
        return IssuedToken(token: Secret(token), user: credentials.user)
    }

    /// The active user of this e-mail and password, who needs nothing more to log in. The login is
    /// written down before it counts. Throws as `issueToken` does.
    func checkPassword(
        email: String,
        password: String,
        by origin: AuditOrigin = AuditOrigin(.anonymous)
    ) async throws(AuthError) -> UserTable.Credentials {
        let credentials = try await checkFirstFactor(email: email, password: password, by: origin)
        guard !credentials.needsFactor else {
            let details = ["reason": "no second factor"]
            try await audit.record(
                AuditEvent(.loginFailed, by: origin, user: credentials.user, details: details)
            )
            throw .wrongCredentials
        }
        try await audit.record(AuditEvent(.loginSucceeded, by: origin, user: credentials.user))
        return credentials
    }

    /// The active user of this e-mail and password. Refusals are written down. Throws as
    /// `issueToken` does.
    func checkFirstFactor(
        email: String,
        password: String,
        by origin: AuditOrigin
    ) async throws(AuthError) -> UserTable.Credentials {
        guard !email.utf8.contains(0) else {
            throw .invalid([FieldProblem("email", "must not contain NUL")])
        }
        guard email.utf8.count <= UserFields.byteCountMax else {
            throw .invalid([FieldProblem("email", UserFields.tooLong)])
        }
        let password = try Password(toCheck: password)
        let credentials = try await withDatabase(retryingOnce: true) { connection in
            try UserTable.credentials(email: email, on: connection)
        }
        let verdict = try await hasher.check(password, against: credentials?.password)
        guard let credentials, credentials.isActive, verdict != .wrong else {
            // What was typed as the e-mail may be a password: it is not written down.
            let subject = (credentials?.user).map { "user:\($0.rawValue)" }
            let details = ["reason": "wrong e-mail or password, or inactive"]
            try await audit.record(
                AuditEvent(.loginFailed, by: origin, subject: subject, details: details)
            )
            throw .wrongCredentials
        }
        if case .rightOutdated(let replacement) = verdict {
            await replaceHash(of: credentials, by: replacement)
        }
        return credentials
    }

    /// Stores the password as new ones are. The login succeeds either way.
    private func replaceHash(
        of credentials: UserTable.Credentials,
        by replacement: StoredPassword
    ) async {
        let sql = UserTable.replaceHash(
            of: credentials.user,
            from: credentials.password,
            to: replacement
        )
        do {
            try await withDatabase { connection in _ = try connection.query(sql) }
        } catch {
            logger.warning(
                "the outdated password hash stays",
                metadata: ["user": "\(credentials.user)"]
            )
        }
    }

    /// Lends a connection; its errors become Auth's.
    func withDatabase<R: Sendable>(
        retryingOnce: Bool = false,
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws(AuthError) -> R {
        do {
            return try await pool.withConnection(retryingOnce: retryingOnce, body)
        } catch {
            throw AuthError(error)
        }
    }
}
