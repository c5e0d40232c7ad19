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
    package func issueToken(email: String, password: String) async throws(AuthError) -> IssuedToken
    {
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
            throw .wrongCredentials
        }
        if case .rightOutdated(let replacement) = verdict {
            await replaceHash(of: credentials, by: replacement)
        }
        let token = makeToken(user: credentials.publicID, part: credentials.part)
        return IssuedToken(token: Secret(token), user: credentials.user)
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
