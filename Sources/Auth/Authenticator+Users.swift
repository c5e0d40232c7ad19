package import Model
internal import Postgres
internal import Synchronization

/// A user that was just created.
package struct CreatedUser: Sendable {
    package let user: UserID
    /// The generated password if none was given. It is told once and stored as a hash only.
    package let generatedPassword: Secret<String>?
}

/// Changes of users. Each is one transaction, and counts in this process before the call returns;
/// in others within the second that `UserDirectory` needs to hear of it.
extension Authenticator {
    /// Creates an active user.
    ///
    /// Without a password one is generated. The time zone is an IANA name.
    ///
    /// - Throws: `.invalid` with all fields that are wrong or taken, `.busy`, `.unavailable`,
    ///   `.failed`.
    package func createUser(
        email: String,
        username: String,
        password: String? = nil,
        account: AccountID,
        roles: UserRoles = [],
        timezone: String = "Europe/Amsterdam",
        by origin: AuditOrigin = .system
    ) async throws(AuthError) -> CreatedUser {
        var problems = UserFields.problems(email: email, username: username)
        let generated = password == nil ? Password.generate() : nil
        let checked: Password?
        do throws(AuthError) {
            checked =
                try password.map { text throws(AuthError) in
                    try Password(
                        toStore: text,
                        policy: passwordPolicy,
                        for: PasswordPolicy.Context(email: email, username: username)
                    )
                }
                ?? generated?.password
        } catch {
            guard case .invalid(let more) = error else { throw error }
            problems += more
            checked = nil
        }
        guard problems.isEmpty, let checked else { throw .invalid(problems) }
        let stored = try await hasher.hash(checked)
        let id = try await insert(
            email: email,
            username: username,
            password: stored,
            account: account,
            roles: roles,
            timezone: timezone,
            origin: origin
        )
        await directory.followChange(of: id)
        audit.tell(AuditEvent(.userCreated, by: origin, user: id, account: account))
        return CreatedUser(user: id, generatedPassword: (generated?.text).map { Secret($0) })
    }

    /// Sets a password and ends all tokens of the user.
    ///
    /// - Parameters:
    ///   - user: whose password it is.
    ///   - password: nil to have one generated.
    ///   - session: the session that goes on; all others end.
    ///   - origin: who sets it.
    /// - Returns: the generated password, told once.
    /// - Throws: `.invalid`, `.unknownUser`, `.busy`, `.unavailable`, `.failed`.
    package func setPassword(
        of user: UserID,
        to password: String? = nil,
        keeping session: KeptSession? = nil,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) -> Secret<String>? {
        let generated = password == nil ? Password.generate() : nil
        let checked: Password
        if let password {
            checked = try await Password(
                toStore: password,
                policy: passwordPolicy,
                for: passwordContext(of: user)
            )
        } else if let generated {
            checked = generated.password
        } else {
            throw .failed("no password")
        }
        let stored = try await hasher.hash(checked)
        let event = AuditEvent(.passwordChanged, by: origin, user: user)
        try await change(user) { connection in
            _ = try UserTable.lock(user, on: connection)
            try UserTable.setPassword(of: user, to: stored, on: connection)
            try UserTable.renewStamp(
                of: user,
                passwordHash: stored.hash.exposed,
                keeping: session,
                on: connection
            )
            try connection.query(AuditTable.append(event))
        }
        audit.tell(event)
        return (generated?.text).map { Secret($0) }
    }

    /// Lets a user log in or not. Ends all tokens of the user both ways, so that none comes back to
    /// life; setting what is already set changes nothing.
    ///
    /// - Throws: `.unknownUser`, `.unavailable`, `.failed`.
    package func setActive(
        _ isActive: Bool,
        of user: UserID,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) {
        let event = AuditEvent(isActive ? .userActivated : .userDeactivated, by: origin, user: user)
        let isChanged = Atomic(false)
        try await change(user) { connection in
            let passwordHash = try UserTable.lock(user, on: connection)
            guard try UserTable.isActive(user, on: connection) != isActive else { return }
            try UserTable.setActive(isActive, of: user, on: connection)
            try UserTable.renewStamp(of: user, passwordHash: passwordHash, on: connection)
            try connection.query(NamedTokenTable.revokeAll(of: user))
            try connection.query(AuditTable.append(event))
            isChanged.store(true, ordering: .relaxed)
        }
        if isChanged.load(ordering: .relaxed) { audit.tell(event) }
    }

    /// Replaces the user's roles. Rights are read from the directory, so they change from the next
    /// request on. Giving or taking a role that reaches beyond the own account (admin, admin-reader)
    /// ends all tokens of the user as well: nobody keeps a login from before it.
    ///
    /// - Throws: `.unknownUser`, `.unavailable`, `.failed`.
    package func setRoles(
        _ roles: UserRoles,
        of user: UserID,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) {
        let told = AuditEvent(
            .rolesChanged,
            by: origin,
            user: user,
            details: ["after": roles.description]
        )
        let isChanged = Atomic(false)
        try await change(user) { connection in
            let passwordHash = try UserTable.lock(user, on: connection)
            let former = try UserTable.roles(of: user, on: connection)
            guard former != roles else { return }
            try UserTable.setRoles(roles, of: user, on: connection)
            if !former.symmetricDifference(roles).isDisjoint(with: [.admin, .adminReader]) {
                try UserTable.renewStamp(of: user, passwordHash: passwordHash, on: connection)
            }
            let details = ["before": former.description, "after": roles.description]
            try connection.query(
                AuditTable.append(
                    AuditEvent(.rolesChanged, by: origin, user: user, details: details)
                )
            )
            isChanged.store(true, ordering: .relaxed)
        }
        if isChanged.load(ordering: .relaxed) { audit.tell(told) }
    }

    /// Ends all tokens of the user, named ones too: "log out everywhere".
    ///
    /// - Throws: `.unknownUser`, `.unavailable`, `.failed`.
    package func endTokens(
        of user: UserID,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) {
        let event = AuditEvent(.tokensEnded, by: origin, user: user)
        try await change(user) { connection in
            let passwordHash = try UserTable.lock(user, on: connection)
            try UserTable.renewStamp(of: user, passwordHash: passwordHash, on: connection)
            try connection.query(NamedTokenTable.revokeAll(of: user))
            try connection.query(AuditTable.append(event))
        }
        audit.tell(event)
    }

    /// Stores a hash that another system made. The next login replaces it by one of Penstock's own.
    /// Ends all tokens of the user.
    ///
    /// - Throws: `.unknownUser`, `.unavailable`, `.failed`.
    package func importPassword(
        of user: UserID,
        _ password: ImportedPassword,
        by origin: AuditOrigin = .system
    ) async throws(AuthError) {
        let stored = hasher.stored(password)
        try await change(user) { connection in
            _ = try UserTable.lock(user, on: connection)
            try UserTable.setPassword(of: user, to: stored, on: connection)
            try UserTable.renewStamp(of: user, passwordHash: stored.hash.exposed, on: connection)
            let details = ["kind": "imported hash"]
            try connection.query(
                AuditTable.append(
                    AuditEvent(.passwordChanged, by: origin, user: user, details: details)
                )
            )
        }
    }

    /// What a password of this user must not be made of.
    ///
    /// - Throws: `.unknownUser`, `.unavailable`, `.failed`.
    func passwordContext(of user: UserID) async throws(AuthError) -> PasswordPolicy.Context {
        if let known = directory.user(user) {
            return PasswordPolicy.Context(email: known.email, username: known.username)
        }
        await directory.followChange(of: user)
        guard let known = directory.user(user) else { throw .unknownUser }
        return PasswordPolicy.Context(email: known.email, username: known.username)
    }

    /// The user with exactly this e-mail, from the database.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func findUser(email: String) async throws(AuthError) -> User? {
        guard !email.utf8.contains(0) else { return nil }
        return try await withDatabase(retryingOnce: true) { connection in
            try UserTable.user(email: email, on: connection)
        }
    }

    /// Runs `body` in a transaction and takes over what it changed of the user.
    func change(
        _ user: UserID,
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> Void
    ) async throws(AuthError) {
        do throws(AuthError) {
            _ = try await withDatabase { connection in
                try connection.transaction { connection in
                    try body(connection)
                    return true
                }
            }
        } catch {
            // The connection may have been lost after the commit.
            if error == .unavailable { await directory.followChange(of: user) }
            throw error
        }
        await directory.followChange(of: user)
    }

    private func insert(
        email: String,
        username: String,
        password: StoredPassword,
        account: AccountID,
        roles: UserRoles,
        timezone: String,
        origin: AuditOrigin
    ) async throws(AuthError) -> UserID {
        try await withDatabase { connection in
            guard !timezone.utf8.contains(0),
                try UserTable.isTimezone(timezone, on: connection)
            else { throw AuthError.invalid([FieldProblem("timezone", "is not known")]) }
            let stamp = SecurityStamp.random()
            var scratch = CryptScratch()
            let part = try TokenPart(
                stamp: stamp,
                passwordHash: password.hash.exposed,
                with: &scratch
            )
            let user = UserTable.NewUser(
                publicID: .random(),
                email: email,
                username: username,
                account: account,
                timezone: timezone,
                password: password,
                stamp: stamp,
                part: part
            )
            do {
                return try connection.transaction { connection in
                    let id = try UserTable.insert(user, on: connection)
                    try UserTable.setRoles(roles, of: id, on: connection)
                    let event = AuditEvent(
                        .userCreated,
                        by: origin,
                        user: id,
                        account: account,
                        details: ["roles": roles.description]
                    )
                    try connection.query(AuditTable.append(event))
                    return id
                }
            } catch {
                throw UserTable.problem(error).map { AuthError.invalid([$0]) } ?? error
            }
        }
    }
}
