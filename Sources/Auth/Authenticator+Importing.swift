internal import Model
package import Postgres

extension Authenticator {
    /// Takes over the users of another system, with their ids: all or none. Their passwords go on;
    /// tokens and second factors do not. New users get ids after the highest.
    ///
    /// For connections of the tables' owner, as ids are given out anew.
    ///
    /// - Parameters:
    ///   - users: the users; their accounts are there.
    ///   - origin: who does it.
    ///   - trail: told in the same transaction, so that it can note that it was done.
    /// - Throws: `.invalid` with the users that cannot be taken over, `.busy`, `.unavailable`,
    ///   `.failed`.
    package func adopt(
        _ users: [ImportedUser],
        by origin: AuditOrigin,
        trail: (any ChangeTrail)? = nil
    ) async throws(AuthError) {
        let problems = users.flatMap { user in
            UserFields.problems(email: user.email, username: user.username)
                .map { FieldProblem("\($0.field) of user \(user.id)", $0.message) }
        }
        guard problems.isEmpty else { throw .invalid(problems) }
        var passwords: [StoredPassword] = []
        for user in users {
            if let password = user.password {
                passwords.append(hasher.stored(password))
            } else {
                // One that nobody knows.
                passwords.append(try await hasher.hash(Password.generate().password))
            }
        }
        let rows = try PreparedUser.prepare(users, passwords)
        try await withDatabase { connection in
            try connection.transaction { connection in
                for row in rows {
                    do {
                        try UserTable.insert(row, on: connection)
                    } catch {
                        let problem = UserTable.problem(error).map {
                            FieldProblem("\($0.field) of user \(row.user.id)", $0.message)
                        }
                        throw problem.map { AuthError.invalid([$0]) } ?? error
                    }
                    try UserTable.setRoles(row.user.roles, of: row.user.id, on: connection)
                }
                try UserTable.continueIDs(on: connection)
                for row in rows {
                    let event = AuditEvent(
                        .userCreated,
                        by: origin,
                        user: row.user.id,
                        account: row.user.account,
                        details: ["roles": row.user.roles.description, "imported": "true"]
                    )
                    try connection.query(AuditTable.append(event))
                }
                try trail?.append([], on: connection)
            }
        }
    }
}

/// A user that is ready to be stored.
struct PreparedUser: Sendable {
    let user: ImportedUser
    let password: StoredPassword
    let stamp: SecurityStamp
    let part: TokenPart

    static func prepare(
        _ users: [ImportedUser],
        _ passwords: [StoredPassword]
    ) throws(AuthError) -> [PreparedUser] {
        var prepared: [PreparedUser] = []
        var scratch = CryptScratch()
        for (user, password) in zip(users, passwords) {
            let stamp = SecurityStamp.random()
            let part = try TokenPart(
                stamp: stamp,
                passwordHash: password.hash.exposed,
                with: &scratch
            )
            prepared.append(PreparedUser(user: user, password: password, stamp: stamp, part: part))
        }
        return prepared
    }
}

extension UserTable {
    fileprivate static func insert(
        _ row: PreparedUser,
        on connection: borrowing PostgresConnection
    ) throws {
        let user = row.user
        func time(_ moment: Timestamp?) -> PostgresValue {
            moment.map { .timestamp($0.microseconds) } ?? .null
        }
        let timezone =
            try isTimezone(user.timezone, on: connection)
            ? user.timezone : ImportedUser.usualTimezone
        try connection.query(
            """
            INSERT INTO app_user (id, public_id, email, username, password_hash, password_key,
                active, timezone, security_stamp, token_part, last_login_at, last_seen_at,
                login_count, account_id)
            OVERRIDING SYSTEM VALUE
            VALUES (\(user.id.rawValue), \(PublicID.random().description)::uuid, \(user.email),
                \(user.username), \(String(decoding: row.password.hash.exposed, as: UTF8.self)),
                \(PostgresValue.bytes(row.password.keyID)), \(user.isActive), \(timezone),
                \(PostgresValue.bytes(row.stamp.bytes)),
                \(String(decoding: row.part.bytes, as: UTF8.self)), \(time(user.lastLogin)),
                \(time(user.lastRequest)), \(user.loginCount)::bigint::integer,
                \(user.account.rawValue))
            """
        )
    }

    fileprivate static func continueIDs(on connection: borrowing PostgresConnection) throws {
        try connection.query(
            """
            SELECT setval(pg_get_serial_sequence('app_user', 'id'), max(id)) FROM app_user
            HAVING max(id) IS NOT NULL
            """
        )
    }
}
