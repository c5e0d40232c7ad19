internal import Model
internal import Postgres

/// The statements on `app_user` and `app_user_role`.
enum UserTable {
    /// What the directory knows of each user; one snapshot with the roles.
    private static let selectUsers: SQL = """
        SELECT u.id, u.public_id, u.email, u.username, u.active, u.account_id, u.timezone,
            u.token_part,
            (SELECT coalesce(string_agg(r.name, ','), '') FROM app_user_role ur
                JOIN user_role r ON r.id = ur.role_id WHERE ur.user_id = u.id),
            u.token_revision
        FROM app_user u
        """

    static func selectAll() -> SQL { "\(selectUsers) ORDER BY u.id" }

    static func select(_ keys: Set<UserDirectory.Key>) -> SQL {
        var ids: [Int64] = []
        var publicIDs: [String] = []
        for key in keys {
            switch key {
            case .id(let id): ids.append(id.rawValue)
            case .publicID(let id): publicIDs.append(id.description)
            }
        }
        let texts = "{\(publicIDs.joined(separator: ","))}"
        return """
            \(selectUsers) WHERE u.id = ANY(\(PostgresValue.ints(ids)))
            OR u.public_id = ANY(\(texts)::uuid[])
            """
    }

    /// Users out of the rows of `selectUsers`.
    static func users(_ rows: PostgresRows) throws(PostgresError) -> [User] {
        var users: [User] = []
        users.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            guard let publicID = PublicID(bytes: rows.bytes(row, 1)) else {
                throw .unexpected("`public_id` of row \(row)")
            }
            let roles = rows.string(row, 8).split(separator: ",").reduce(into: UserRoles()) {
                $0.formUnion(UserRoles(names: [$1]) ?? [])
            }
            users.append(
                User(
                    id: UserID(try rows.int(row, 0)),
                    publicID: publicID,
                    email: rows.string(row, 2),
                    username: rows.string(row, 3),
                    isActive: try rows.bool(row, 4),
                    account: AccountID(try rows.int(row, 5)),
                    timezone: rows.string(row, 6),
                    roles: roles,
                    part: Secret(TokenPart(rows.bytes(row, 7))),
                    tokenRevision: try rows.int(row, 9)
                )
            )
        }
        return users
    }

    /// The user with exactly this e-mail.
    static func user(
        email: String,
        on connection: borrowing PostgresConnection
    ) throws -> User? {
        try users(connection.query("\(selectUsers) WHERE u.email = \(email)")).first
    }

    /// What a login needs; read from the database each time, so that a change elsewhere counts at
    /// once.
    struct Credentials: Sendable {
        let user: UserID
        let publicID: PublicID
        let isActive: Bool
        let password: StoredPassword
        let part: TokenPart
        /// Whether a password is not enough, wherever the user logs in: an authenticator app is
        /// enrolled, or codes by e-mail are asked for always.
        let needsFactor: Bool
    }

    /// The user with exactly this e-mail.
    static func credentials(
        email: String,
        on connection: borrowing PostgresConnection
    ) throws -> Credentials? {
        let rows = try connection.query(
            """
            SELECT id, public_id, active, password_hash, password_key, token_part,
                EXISTS (SELECT FROM second_factor f WHERE f.user_id = app_user.id
                    AND (f.totp_secret IS NOT NULL OR f.email_always))
            FROM app_user WHERE email = \(email)
            """
        )
        guard rows.count == 1 else { return nil }
        guard let publicID = PublicID(bytes: rows.bytes(0, 1)) else {
            throw PostgresError.unexpected("`public_id`")
        }
        return Credentials(
            user: UserID(try rows.int(0, 0)),
            publicID: publicID,
            isActive: try rows.bool(0, 2),
            password: StoredPassword(hash: Secret(rows.bytes(0, 3)), keyID: rows.bytes(0, 4)),
            part: TokenPart(rows.bytes(0, 5)),
            needsFactor: try rows.bool(0, 6)
        )
    }

    /// A user to be.
    struct NewUser: Sendable {
        let publicID: PublicID
        let email: String
        let username: String
        let account: AccountID
        let timezone: String
        let password: StoredPassword
        let stamp: SecurityStamp
        let part: TokenPart
    }

    static func insert(
        _ user: NewUser,
        on connection: borrowing PostgresConnection
    ) throws -> UserID {
        let rows = try connection.query(
            """
            INSERT INTO app_user (public_id, email, username, password_hash, password_key,
                timezone, security_stamp, token_part, account_id)
            VALUES (\(user.publicID.description)::uuid, \(user.email), \(user.username),
                \(text(user.password.hash.exposed)), \(PostgresValue.bytes(user.password.keyID)),
                \(user.timezone), \(PostgresValue.bytes(user.stamp.bytes)),
                \(text(user.part.bytes)), \(user.account.rawValue))
            RETURNING id
            """
        )
        return UserID(try rows.int(0, 0))
    }

    /// Locks the user's row until the transaction ends.
    ///
    /// - Returns: the password hash.
    /// - Throws: `AuthError.unknownUser`.
    static func lock(
        _ user: UserID,
        on connection: borrowing PostgresConnection
    ) throws -> [UInt8] {
        let rows = try connection.query(
            "SELECT password_hash FROM app_user WHERE id = \(user.rawValue) FOR UPDATE"
        )
        guard rows.count == 1 else { throw AuthError.unknownUser }
        return rows.bytes(0, 0)
    }

    /// Renews the stamp, which ends all tokens and sessions of the user.
    ///
    /// `keeping`: the session that goes on.
    static func renewStamp(
        of user: UserID,
        passwordHash: [UInt8],
        keeping session: KeptSession? = nil,
        on connection: borrowing PostgresConnection
    ) throws {
        let stamp = SecurityStamp.random()
        if let session {
            try connection.query(SessionTable.keep(session, of: user, stamp: stamp))
        }
        var scratch = CryptScratch()
        let part = try TokenPart(stamp: stamp, passwordHash: passwordHash, with: &scratch)
        try connection.query(
            """
            UPDATE app_user SET security_stamp = \(PostgresValue.bytes(stamp.bytes)),
                token_part = \(text(part.bytes)) WHERE id = \(user.rawValue)
            """
        )
    }

    static func setPassword(
        of user: UserID,
        to password: StoredPassword,
        on connection: borrowing PostgresConnection
    ) throws {
        try connection.query(
            """
            UPDATE app_user SET password_hash = \(text(password.hash.exposed)),
                password_key = \(PostgresValue.bytes(password.keyID)) WHERE id = \(user.rawValue)
            """
        )
    }

    /// Stores the same password hashed anew, unless it has been changed meanwhile. The stamp stays:
    /// tokens live on.
    static func replaceHash(
        of user: UserID,
        from old: StoredPassword,
        to new: StoredPassword
    ) -> SQL {
        """
        UPDATE app_user SET password_hash = \(text(new.hash.exposed)),
            password_key = \(PostgresValue.bytes(new.keyID))
        WHERE id = \(user.rawValue) AND password_hash = \(text(old.hash.exposed))
        """
    }

    static func isActive(
        _ user: UserID,
        on connection: borrowing PostgresConnection
    ) throws -> Bool {
        let rows = try connection.query("SELECT active FROM app_user WHERE id = \(user.rawValue)")
        guard rows.count == 1 else { throw AuthError.unknownUser }
        return try rows.bool(0, 0)
    }

    static func setActive(
        _ isActive: Bool,
        of user: UserID,
        on connection: borrowing PostgresConnection
    ) throws {
        try connection.query(
            "UPDATE app_user SET active = \(isActive) WHERE id = \(user.rawValue)"
        )
    }

    /// The roles that give rights.
    static func roles(
        of user: UserID,
        on connection: borrowing PostgresConnection
    ) throws -> UserRoles {
        let rows = try connection.query(
            """
            SELECT r.name FROM app_user_role ur JOIN user_role r ON r.id = ur.role_id
            WHERE ur.user_id = \(user.rawValue)
            """
        )
        return (0..<rows.count).reduce(into: UserRoles()) {
            $0.formUnion(UserRoles(names: [rows.string($1, 0)]) ?? [])
        }
    }

    /// Replaces the roles that give rights; others stay.
    static func setRoles(
        _ roles: UserRoles,
        of user: UserID,
        on connection: borrowing PostgresConnection
    ) throws {
        let all = UserRoles(rawValue: .max).names.joined(separator: ",")
        let wanted = roles.names.joined(separator: ",")
        try connection.query(
            """
            DELETE FROM app_user_role WHERE user_id = \(user.rawValue) AND role_id IN (
                SELECT id FROM user_role WHERE name = ANY(string_to_array(\(all), ','))
                    AND name <> ALL(string_to_array(\(wanted), ',')))
            """
        )
        try connection.query(
            """
            INSERT INTO app_user_role (user_id, role_id)
            SELECT \(user.rawValue), id FROM user_role
            WHERE name = ANY(string_to_array(\(wanted), ',')) ON CONFLICT DO NOTHING
            """
        )
    }

    /// Which field of a new user the database refused; nil if it was something else.
    static func problem(_ error: any Error) -> FieldProblem? {
        guard case PostgresError.server(let sqlState, let message) = error else { return nil }
        let (uniqueViolation, foreignKeyViolation) = ("23505", "23503")
        // The message names the constraint in every language.
        switch sqlState {
        case uniqueViolation where message.contains("app_user_email"):
            return FieldProblem("email", "is taken")
        case uniqueViolation where message.contains("app_user_username"):
            return FieldProblem("username", "is taken")
        case foreignKeyViolation where message.contains("app_user_account_id"):
            return FieldProblem("account_id", "is not known")
        default: return nil
        }
    }

    /// Whether Postgres knows the time zone by exactly this name.
    static func isTimezone(
        _ name: String,
        on connection: borrowing PostgresConnection
    ) throws -> Bool {
        let rows = try connection.query(
            "SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = \(name))"
        )
        return try rows.bool(0, 0)
    }

    /// Hashes and token parts are ASCII.
    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
