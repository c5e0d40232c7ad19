internal import Logging
package import Model
internal import Postgres

/// Logins in browsers. A session is a random id in a cookie; only a login with both factors opens
/// one. It ends with a logout, by age or disuse, and whenever the user's stamp is renewed.
extension Authenticator {
    /// How long a session counts without asking the database again, if nothing is heard of a change.
    static let sessionSecondsMax: Int64 = 60

    /// Opens a session.
    ///
    /// - Parameters:
    ///   - login: what both factors have led to.
    ///   - browser: what the browser calls itself.
    ///   - origin: for the client's address.
    /// - Returns: the id, for the cookie.
    /// - Throws: `.wrongCredentials` if the user was changed since the login began, `.unavailable`,
    ///   `.failed`.
    package func openSession(
        _ login: CompletedLogin,
        browser: String?,
        by origin: AuditOrigin
    ) async throws(AuthError) -> Secret<String> {
        let id = BearerID.random()
        let now = microsecondsNow()
        let session = SessionTable.NewSession(
            hash: BearerID.hash(id) ?? [],
            login: login,
            now: now,
            until: now + sessionLimits.ageSecondsMax * Microseconds.second,
            address: origin.address,
            browser: browser.map(Self.shown)
        )
        let isOpen = try await withDatabase { connection in
            try connection.transaction { connection in
                try connection.query(SessionTable.purge(now: now))
                guard try connection.query(SessionTable.insert(session)).count == 1 else {
                    return false
                }
                try connection.query(SessionTable.noteLogin(of: login.user, now: now))
                return true
            }
        }
        guard isOpen else { throw .wrongCredentials }
        return Secret(id)
    }

    /// Whose session this is, if that can be told without waiting.
    ///
    /// - Returns: nil if the database must be asked; `principal(session:)` does that.
    /// - Throws: `.unauthenticated`; `.unavailable` if the database has been silent for too long.
    package func knownPrincipal(session id: Secret<String>) throws(AuthError) -> Principal? {
        guard BearerID.hash(id.exposed) != nil else { throw .unauthenticated }
        switch directory.lease.state {
        case .lost: throw .unavailable
        case .stale: return nil
        case .fresh:
            let key = SHA256Digest(of: Array(id.exposed.utf8).span)
            return sessions.principal(key, second: nowSecond())
        }
    }

    /// Whose session this is; asks the database where needed.
    ///
    /// What is remembered belongs to the user as the directory has it, and that must be the user
    /// with whom the session was found good.
    ///
    /// - Throws: `.unauthenticated`; `.busy`, `.unavailable`, `.failed`.
    package func principal(session id: Secret<String>) async throws(AuthError) -> Principal {
        if let known = try knownPrincipal(session: id) { return known }
        guard let hash = BearerID.hash(id.exposed) else { throw .unauthenticated }
        guard sessionUses.beginLookup() else { throw .busy }
        defer { sessionUses.endLookup() }
        let idle = sessionLimits.idleSecondsMax * Microseconds.second
        // Twice more, if the user changes between the two questions.
        for _ in 0..<3 {
            let now = microsecondsNow()
            let found = try await withDatabase(retryingOnce: true) { connection in
                try SessionTable.found(
                    connection.query(SessionTable.find(hash, now: now, idle: idle))
                )
            }
            guard let found, equalInConstantTime(found.hash, hash) else { throw .unauthenticated }
            if directory.lease.state != .fresh || !holds(found) {
                try await directory.refresh(found.publicID)
            }
            guard let known = directory.known(found.publicID), known.user.isActive else {
                throw .unauthenticated
            }
            guard known.user.tokenRevision == found.revision,
                known.user.part.exposed == found.part
            else { continue }
            let second = now / Microseconds.second
            sessionUses.note(found.id, second: second)
            let left = found.expiresAt / Microseconds.second - second - 1
            if let lifetime = TokenLifetime(
                issuedAt: second,
                ageMaxSeconds: min(Self.sessionSecondsMax, left)
            ) {
                sessions.insert(
                    SHA256Digest(of: Array(id.exposed.utf8).span),
                    TokenCache.Entry(known, lifetime: lifetime),
                    activeUserCount: directory.activeCount
                )
            }
            return Principal(known.user)
        }
        throw .unavailable
    }

    private func holds(_ found: SessionTable.Found) -> Bool {
        guard let user = directory.known(found.publicID)?.user else { return false }
        return user.tokenRevision == found.revision && user.part.exposed == found.part
    }

    /// The sessions of a user that hold, the last used first.
    ///
    /// `current`: the one that asks.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func sessions(
        of user: UserID,
        current: Secret<String>? = nil
    ) async throws(AuthError) -> [BrowserSession] {
        let idle = sessionLimits.idleSecondsMax * Microseconds.second
        let now = microsecondsNow()
        let hash = current.flatMap { BearerID.hash($0.exposed) }
        return try await withDatabase(retryingOnce: true) { connection in
            try SessionTable.sessions(
                connection.query(SessionTable.list(of: user, now: now, idle: idle)),
                current: hash
            )
        }
    }

    /// Logs out: here before this returns, in other processes within a second.
    ///
    /// - Returns: false if there is no such session (any more).
    /// - Throws: `.unavailable`, `.failed`.
    @discardableResult
    package func endSession(
        _ id: Secret<String>,
        by origin: AuditOrigin
    ) async throws(AuthError) -> Bool {
        guard let hash = BearerID.hash(id.exposed) else { return false }
        return try await endSession(SessionTable.end(hash: hash), by: origin)
    }

    /// Ends one of a user's sessions by its number.
    ///
    /// - Returns: false if the user has no such session.
    /// - Throws: `.unavailable`, `.failed`.
    package func endSession(
        _ number: Int64,
        of user: UserID,
        by origin: AuditOrigin
    ) async throws(AuthError) -> Bool {
        try await endSession(SessionTable.end(number, of: user), by: origin)
    }

    private func endSession(
        _ statement: SQL,
        by origin: AuditOrigin
    ) async throws(AuthError) -> Bool {
        let user = try await withDatabase { connection in
            try connection.transaction { connection -> UserID? in
                let rows = try connection.query(statement)
                guard rows.count == 1 else { return nil }
                let user = UserID(try rows.int(0, 0))
                try connection.query(
                    AuditTable.append(AuditEvent(.loggedOut, by: origin, user: user))
                )
                return user
            }
        }
        guard let user else { return false }
        await directory.followChange(of: user)
        return true
    }

    /// Writes the last uses every ten seconds, until the task is cancelled; then once more.
    func writeSessionUses() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(10))
            await flushSessionUses()
        }
    }

    /// Writes the last uses that are not in the database.
    package func flushSessionUses() async {
        let uses = sessionUses.take()
        guard !uses.isEmpty else { return }
        do throws(AuthError) {
            try await withDatabase { connection in
                _ = try connection.query(SessionTable.noteUses(uses))
            }
        } catch {
            for use in uses { sessionUses.note(use.id, second: use.second) }
            logger.warning("the last uses of sessions cannot be written yet")
        }
    }

    /// A browser's name as it may stand on a page and in the database.
    private static func shown(_ text: String) -> String {
        String(text.unicodeScalars.lazy.filter { $0.value >= 0x20 && $0.value < 0x7F }.prefix(200))
    }
}

extension String {
    fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
        var text = ""
        for scalar in scalars { text.unicodeScalars.append(scalar) }
        self = text
    }
}
