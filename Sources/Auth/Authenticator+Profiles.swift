package import Model
internal import Postgres
internal import Synchronization

/// What is to become of a user; nil leaves a field as it is.
package struct UserChange: Sendable {
    package var email: String?
    package var username: String?
    /// An IANA name.
    package var timezone: String?
    package var isActive: Bool?
    package var roles: UserRoles?

    package init() {}
}

/// When a user last logged in and last asked something; UTC.
package struct UserVisits: Sendable {
    package let login: Timestamp?
    package let request: Timestamp?
}

extension Authenticator {
    /// Changes fields of a user, all or none.
    ///
    /// What a change of active state or roles does to tokens is as in `setActive` and `setRoles`; a
    /// new e-mail ends mailed links.
    ///
    /// `check`: gets the user as it is now, locked; false refuses. Here a decision that was made on
    ///   what memory knew is held against what is.
    /// - Throws: `.unknownUser`, also if `check` refuses; `.invalid`, `.unavailable`, `.failed`.
    package func updateUser(
        _ user: UserID,
        _ change: UserChange,
        by origin: AuditOrigin,
        check: @escaping @Sendable (User) -> Bool = { _ in true }
    ) async throws(AuthError) {
        let problems = UserFields.problems(
            email: change.email ?? "a@b",
            username: change.username ?? "a"
        )
        guard problems.isEmpty else { throw .invalid(problems) }
        let told = Mutex<[AuditEvent]>([])
        try await self.change(user) { connection in
            let passwordHash = try UserTable.lock(user, on: connection)
            let rows = try connection.query(UserTable.select([.id(user)]))
            guard let former = try UserTable.users(rows).first, check(former) else {
                throw AuthError.unknownUser
            }
            if let timezone = change.timezone, timezone != former.timezone {
                guard !timezone.utf8.contains(0),
                    try UserTable.isTimezone(timezone, on: connection)
                else { throw AuthError.invalid([FieldProblem("timezone", "is not known")]) }
            }
            var events: [AuditEvent] = []
            do {
                let fields = try UserTable.setProfile(change, of: former, on: connection)
                if !fields.isEmpty {
                    let details = ["fields": fields.joined(separator: ", ")]
                    events.append(
                        AuditEvent(.userUpdated, by: origin, former, details: details)
                    )
                }
            } catch {
                throw UserTable.problem(error).map { AuthError.invalid([$0]) } ?? error
            }
            var endsTokens = false
            if let roles = change.roles, roles != former.roles {
                try UserTable.setRoles(roles, of: user, on: connection)
                let difference = former.roles.symmetricDifference(roles)
                endsTokens = !difference.isDisjoint(with: [.admin, .adminReader])
                let details = ["before": former.roles.description, "after": roles.description]
                events.append(AuditEvent(.rolesChanged, by: origin, former, details: details))
            }
            if let isActive = change.isActive, isActive != former.isActive {
                try UserTable.setActive(isActive, of: user, on: connection)
                try connection.query(NamedTokenTable.revokeAll(of: user))
                endsTokens = true
                let action: AuditEvent.Action = isActive ? .userActivated : .userDeactivated
                events.append(AuditEvent(action, by: origin, former))
            }
            if change.email.map({ $0 != former.email }) == true {
                // Else a user could have any number mailed, to any address.
                try connection.query(MailedResetTable.voidAll(of: user))
            }
            if endsTokens {
                try UserTable.renewStamp(of: user, passwordHash: passwordHash, on: connection)
            }
            if !events.isEmpty { try connection.query(AuditTable.append(events)) }
            told.withLock { $0 = events }
        }
        for event in told.withLock({ $0 }) { audit.tell(event) }
    }

    /// Takes a user's password away for one that nobody knows, and ends all logins and tokens.
    /// Second factors stay: a mailed link is no way around them. The way back is a mailed link (`MailedReset`).
    ///
    /// - Throws: as `updateUser`; `.busy`.
    package func voidPassword(
        of user: UserID,
        by origin: AuditOrigin,
        check: @escaping @Sendable (User) -> Bool
    ) async throws(AuthError) {
        let stored = try await hasher.hash(Password.generate().password)
        let event = AuditEvent(.passwordVoided, by: origin, user: user)
        try await change(user) { connection in
            _ = try UserTable.lock(user, on: connection)
            let rows = try connection.query(UserTable.select([.id(user)]))
            guard let former = try UserTable.users(rows).first, check(former) else {
                throw AuthError.unknownUser
            }
            try UserTable.setPassword(of: user, to: stored, on: connection)
            try UserTable.renewStamp(of: user, passwordHash: stored.hash.exposed, on: connection)
            try connection.query(NamedTokenTable.revokeAll(of: user))
            try connection.query(MailedResetTable.deleteAll(of: user))
            try connection.query(
                AuditTable.append(AuditEvent(.passwordVoided, by: origin, former))
            )
        }
        audit.tell(event)
    }

    /// When users were last here.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func visits(of users: [UserID]) async throws(AuthError) -> [UserID: UserVisits] {
        let ids = PostgresValue.ints(users.map(\.rawValue))
        return try await withDatabase(retryingOnce: true) { connection in
            let rows = try connection.query(
                "SELECT id, last_login_at, last_seen_at FROM app_user WHERE id = ANY(\(ids))"
            )
            var visits: [UserID: UserVisits] = [:]
            for row in 0..<rows.count {
                visits[UserID(try rows.int(row, 0))] = UserVisits(
                    login: try rows.optionalTimestamp(row, 1).map { Timestamp(microseconds: $0) },
                    request: try rows.optionalTimestamp(row, 2).map { Timestamp(microseconds: $0) }
                )
            }
            return visits
        }
    }

    /// The numbers of the roles that give rights, as the API names them.
    ///
    /// - Throws: `.unavailable`, `.failed`.
    package func roleNumbers() async throws(AuthError) -> [Int64: UserRoles] {
        try await withDatabase(retryingOnce: true) { connection in
            let rows = try connection.query("SELECT id, name FROM user_role")
            var numbers: [Int64: UserRoles] = [:]
            for row in 0..<rows.count {
                numbers[try rows.int(row, 0)] = UserRoles(names: [rows.string(row, 1)])
            }
            return numbers
        }
    }
}

extension UserTable {
    /// Writes e-mail, user name and time zone.
    ///
    /// - Returns: the fields that differ now.
    fileprivate static func setProfile(
        _ change: UserChange,
        of former: User,
        on connection: borrowing PostgresConnection
    ) throws -> [String] {
        let (email, username) = (change.email ?? former.email, change.username ?? former.username)
        let timezone = change.timezone ?? former.timezone
        let fields = [
            email != former.email ? "email" : nil, username != former.username ? "username" : nil,
            timezone != former.timezone ? "timezone" : nil,
        ].compactMap { $0 }
        if fields.isEmpty { return [] }
        try connection.query(
            """
            UPDATE app_user SET email = \(email), username = \(username), timezone = \(timezone)
            WHERE id = \(former.id.rawValue)
            """
        )
        return fields
    }
}

extension AuditEvent {
    /// About a user that is at hand.
    fileprivate init(
        _ action: Action,
        by origin: AuditOrigin,
        _ user: User,
        details: [String: String] = [:]
    ) {
        self.init(action, by: origin, user: user.id, account: user.account, details: details)
    }
}
