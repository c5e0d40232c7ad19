internal import Model
internal import Postgres

/// The statements on `browser_session`. Times in µs since 1970 UTC.
enum SessionTable {
    private static func at(_ moment: Int64) -> PostgresValue { .timestamp(moment) }

    /// A session to be.
    struct NewSession: Sendable {
        let hash: [UInt8]
        let login: CompletedLogin
        let now: Int64
        let until: Int64
        let address: String?
        let browser: String?
    }

    /// Rows: one, unless the user was changed since the login began.
    static func insert(_ session: NewSession) -> SQL {
        """
        INSERT INTO browser_session (id_hash, user_id, security_stamp, created_at, last_seen_at,
            expires_at, address, browser)
        SELECT \(PostgresValue.bytes(session.hash)), id, security_stamp, \(at(session.now)),
            \(at(session.now)), \(at(session.until)), \(session.address), \(session.browser)
        FROM app_user WHERE id = \(session.login.user.rawValue) AND active
            AND security_stamp = \(PostgresValue.bytes(session.login.stamp.exposed))
        RETURNING id
        """
    }

    static func noteLogin(of user: UserID, now: Int64) -> SQL {
        """
        UPDATE app_user SET last_login_at = \(at(now)), login_count = login_count + 1
        WHERE id = \(user.rawValue)
        """
    }

    /// Those that have run out.
    static func purge(now: Int64) -> SQL {
        "DELETE FROM browser_session WHERE expires_at <= \(at(now))"
    }

    /// Conditions on a session that holds, and on its user.
    private static func live(now: Int64, idle: Int64) -> SQL {
        """
        u.id = s.user_id AND u.active AND u.security_stamp = s.security_stamp
            AND s.expires_at > \(at(now)) AND s.last_seen_at > \(at(now - idle))
        """
    }

    /// A session that holds, with its user at the same moment.
    struct Found: Sendable {
        let id: Int64
        let hash: [UInt8]
        let expiresAt: Int64
        let publicID: PublicID
        let revision: Int64
        let part: TokenPart
    }

    static func find(_ hash: [UInt8], now: Int64, idle: Int64) -> SQL {
        """
        SELECT s.id, s.id_hash, s.expires_at, u.public_id, u.token_revision, u.token_part
        FROM browser_session s, app_user u
        WHERE s.id_hash = \(PostgresValue.bytes(hash)) AND \(live(now: now, idle: idle))
        """
    }

    static func found(_ rows: PostgresRows) throws(PostgresError) -> Found? {
        guard rows.count == 1 else { return nil }
        guard let publicID = PublicID(bytes: rows.bytes(0, 3)) else {
            throw .unexpected("`public_id`")
        }
        return Found(
            id: try rows.int(0, 0),
            hash: rows.bytes(0, 1),
            expiresAt: try rows.timestamp(0, 2),
            publicID: publicID,
            revision: try rows.int(0, 4),
            part: TokenPart(rows.bytes(0, 5))
        )
    }

    /// Those of a user that hold, the last used first.
    static func list(of user: UserID, now: Int64, idle: Int64) -> SQL {
        """
        SELECT s.id, s.id_hash, s.created_at, s.last_seen_at, s.expires_at, s.address, s.browser
        FROM browser_session s, app_user u
        WHERE s.user_id = \(user.rawValue) AND \(live(now: now, idle: idle))
        ORDER BY s.last_seen_at DESC, s.id DESC
        """
    }

    static func sessions(
        _ rows: PostgresRows,
        current: [UInt8]?
    ) throws(PostgresError) -> [BrowserSession] {
        var sessions: [BrowserSession] = []
        for row in 0..<rows.count {
            sessions.append(
                BrowserSession(
                    id: try rows.int(row, 0),
                    createdAt: try rows.timestamp(row, 2),
                    lastSeenAt: try rows.timestamp(row, 3),
                    expiresAt: try rows.timestamp(row, 4),
                    address: rows.optionalString(row, 5),
                    browser: rows.optionalString(row, 6),
                    isCurrent: rows.bytes(row, 1) == current
                )
            )
        }
        return sessions
    }

    /// Rows: the user whose session it was.
    static func end(hash: [UInt8]) -> SQL {
        """
        DELETE FROM browser_session WHERE id_hash = \(PostgresValue.bytes(hash)) RETURNING user_id
        """
    }

    /// Rows: the user, if the session was this user's.
    static func end(_ id: Int64, of user: UserID) -> SQL {
        """
        DELETE FROM browser_session WHERE id = \(id) AND user_id = \(user.rawValue)
        RETURNING user_id
        """
    }

    /// Takes a session over to a new stamp, under a new id, if it holds under the former one. In the
    /// transaction that renews the stamp, before it.
    static func keep(_ session: KeptSession, of user: UserID, stamp: SecurityStamp) -> SQL {
        """
        UPDATE browser_session s SET id_hash = \(PostgresValue.bytes(session.hash)),
            security_stamp = \(PostgresValue.bytes(stamp.bytes))
        FROM app_user u WHERE s.id_hash = \(PostgresValue.bytes(session.formerHash))
            AND s.user_id = \(user.rawValue) AND u.id = s.user_id
            AND s.security_stamp = u.security_stamp
        """
    }

    /// Writes last uses: second since 1970 UTC by session. Never back in time.
    static func noteUses(_ uses: [(id: Int64, second: Int64)]) -> SQL {
        """
        UPDATE browser_session s SET last_seen_at = to_timestamp(v.second)
        FROM unnest(\(PostgresValue.ints(uses.map(\.id)))::bigint[],
            \(PostgresValue.ints(uses.map(\.second)))::bigint[]) v (id, second)
        WHERE s.id = v.id AND s.last_seen_at < to_timestamp(v.second)
        """
    }
}
