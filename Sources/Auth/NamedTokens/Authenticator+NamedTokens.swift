internal import Logging
package import Model
internal import Postgres

/// Named API tokens: for machines, with limits, a name, and an end of their own.
///
/// They live on when the password is changed. They end when they are revoked or expire, when the
/// user is deactivated, and with "log out everywhere".
extension Authenticator {
    /// Makes a token.
    ///
    /// - Parameters:
    ///   - token: what it is to be.
    ///   - origin: who makes it; a named token must not (`Policy`: `Facts.apiToken`).
    /// - Returns: the token and its text, told once.
    /// - Throws: `.invalid` with the fields that are wrong, `.unknownUser`, `.unavailable`,
    ///   `.failed`.
    package func createNamedToken(
        _ token: NewNamedToken,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) -> CreatedNamedToken {
        let problems = token.problems(now: nowSecond())
        guard problems.isEmpty else { throw .invalid(problems) }
        let text = NamedTokenText.random()
        let now = nowSecond() * 1_000_000
        let created = try await withDatabase { connection in
            try connection.transaction { connection in
                let rows: PostgresRows
                do {
                    rows = try connection.query(
                        NamedTokenTable.insert(token, hash: text.hash, now: now)
                    )
                } catch {
                    throw Self.problem(error).map { AuthError.invalid([$0]) } ?? error
                }
                guard let created = try NamedTokenTable.tokens(rows).first else {
                    throw AuthError.unknownUser
                }
                try connection.query(
                    AuditTable.append(Self.event(.namedTokenCreated, created, origin))
                )
                return created
            }
        }
        audit.tell(Self.event(.namedTokenCreated, created, origin))
        let spelled = String(decoding: text.bytes.exposed, as: UTF8.self)
        return CreatedNamedToken(token: created, text: Secret(spelled))
    }

    /// The tokens of a user, or of all users; revoked and expired ones too.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func namedTokens(of user: UserID? = nil) async throws(AuthError) -> [NamedToken] {
        try await withDatabase(retryingOnce: true) { connection in
            try NamedTokenTable.tokens(connection.query(NamedTokenTable.list(of: user)))
        }
    }

    /// Ends a token: here before this returns, in other processes within a second.
    ///
    /// - Parameters:
    ///   - id: the token's.
    ///   - user: whose token it must be; nil for anyone's.
    ///   - origin: who revokes it.
    /// - Returns: false if there is no such token that is not revoked yet.
    /// - Throws: `.unavailable`, `.failed`.
    package func revokeNamedToken(
        _ id: Int64,
        of user: UserID? = nil,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) -> Bool {
        let now = nowSecond() * 1_000_000
        let revoked = try await withDatabase { connection in
            try connection.transaction { connection -> NamedToken? in
                let rows = try connection.query(
                    NamedTokenTable.revoke(id, of: user, now: now)
                )
                guard let revoked = try NamedTokenTable.tokens(rows).first else { return nil }
                try connection.query(
                    AuditTable.append(Self.event(.namedTokenRevoked, revoked, origin))
                )
                return revoked
            }
        }
        guard let revoked else { return false }
        audit.tell(Self.event(.namedTokenRevoked, revoked, origin))
        await directory.followChange(of: revoked.user)
        return true
    }

    /// Ends the named token of an `Authorization` header, by its own right.
    ///
    /// - Returns: false if the header holds no named token that is good.
    /// - Throws: `.unavailable`, `.failed`.
    package func revokeNamedToken(
        authorization header: String,
        by origin: AuditOrigin
    ) async throws(AuthError) -> Bool {
        let letters = Array(header.utf8)
        let start = tokenStart(letters.span)
        guard let text = NamedTokenText(Array(letters[start...])) else { return false }
        let found = try await withDatabase(retryingOnce: true) { connection in
            try NamedTokenTable.found(connection.query(NamedTokenTable.find(hash: text.hash)))
        }
        guard let found, equalInConstantTime(found.hash, text.hash) else { return false }
        return try await revokeNamedToken(found.token.id, of: found.token.user, by: origin)
    }

    /// Who sends this token; asks the database. `key` is the SHA-256 of the text.
    ///
    /// What is remembered belongs to the user's revision at which the database called the token
    /// good; a later change of the token raises it, and the entry is dead.
    func principal(
        namedToken text: NamedTokenText,
        key: SHA256Digest
    ) async throws(AuthError) -> Principal {
        guard namedTokenUses.beginLookup() else { throw .busy }
        defer { namedTokenUses.endLookup() }
        // Twice more, if the token changes between the two questions.
        for _ in 0..<3 {
            let found = try await withDatabase(retryingOnce: true) { connection in
                try NamedTokenTable.found(
                    connection.query(NamedTokenTable.find(hash: text.hash))
                )
            }
            let second = nowSecond()
            guard let found, equalInConstantTime(found.hash, text.hash),
                let lifetime = found.token.lifetime, lifetime.contains(second)
            else { throw .unauthenticated }
            if directory.lease.state != .fresh
                || directory.known(found.publicID)?.user.tokenRevision != found.revision
            {
                try await directory.refresh(found.publicID)
            }
            guard let known = directory.known(found.publicID), known.user.isActive else {
                throw .unauthenticated
            }
            guard known.user.tokenRevision == found.revision else { continue }
            let use = namedTokenUses.use(of: found.token.id)
            use.note(second)
            let entry = TokenCache.Entry(
                known,
                restriction: found.token.restriction,
                lifetime: lifetime,
                use: use
            )
            remember(key, entry)
            return entry.principal
        }
        throw .unavailable
    }

    /// Writes the last uses once a minute, until the task is cancelled; then once more.
    func writeNamedTokenUses() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(60))
            await flushNamedTokenUses()
        }
    }

    /// Writes the last uses that are not in the database.
    package func flushNamedTokenUses() async {
        let uses = namedTokenUses.pending()
        guard !uses.isEmpty else { return }
        do throws(AuthError) {
            try await withDatabase { connection in
                _ = try connection.query(NamedTokenTable.noteUses(uses))
            }
            namedTokenUses.wrote(uses)
        } catch {
            logger.warning("the last uses of API tokens cannot be written yet")
        }
    }

    private static func event(
        _ action: AuditEvent.Action,
        _ token: NamedToken,
        _ origin: AuditOrigin
    ) -> AuditEvent {
        var details = [
            "token": "\(token.id)", "name": token.name,
            "scope": token.restriction.scopes.names.joined(separator: ","),
        ]
        if case .only(let parts) = token.restriction.reach {
            details["assets"] = parts.assets.map { "\($0)" }.joined(separator: ",")
            details["sensors"] = parts.sensors.map { "\($0)" }.joined(separator: ",")
        }
        return AuditEvent(action, by: origin, user: token.user, details: details)
    }

    private static func problem(_ error: any Error) -> FieldProblem? {
        // unique_violation; the message names the constraint in every language.
        guard case PostgresError.server("23505", let message) = error,
            message.contains("api_token_name_unique")
        else { return nil }
        return FieldProblem("name", "is taken")
    }
}

extension NamedToken {
    /// Accepted up to the last second before `expiresAt`.
    var lifetime: TokenLifetime? {
        let end = expiresAt.map { $0 / Microseconds.second - 1 } ?? .max
        return TokenLifetime(issuedAt: 0, ageMaxSeconds: end)
    }
}

extension TokenCache.Entry {
    /// A named token's.
    init(
        _ known: UserDirectory.Known,
        restriction: Restriction,
        lifetime: TokenLifetime,
        use: NamedTokenUse
    ) {
        let user = known.user
        principal = Principal(
            user: user.id,
            account: user.account,
            roles: user.roles,
            restriction: restriction
        )
        (self.lifetime, standing, generation) = (lifetime, known.standing, known.generation)
        self.use = use
    }
}
