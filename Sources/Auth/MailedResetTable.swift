internal import Model
internal import Postgres

/// The store of links that let a user choose a new password: single use, one hour, hashed, and void
/// as soon as the user's stamp is renewed.
enum MailedResetSchema {
    static let step = """
        CREATE TABLE password_reset (
            token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            security_stamp bytea NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX password_reset_user ON password_reset (user_id);
        CREATE INDEX password_reset_expiry ON password_reset (expires_at);
        """
}

/// The statements on `password_reset`. Times in µs since 1970 UTC.
enum MailedResetTable {
    static let lifetime: Int64 = 3_600 * 1_000_000
    /// Links of one user within an hour; more are not mailed.
    static let countMax = 3

    /// Rows: e-mail and id of the active user of this address, capitals aside, if one more link may
    /// be mailed.
    static func insert(_ hash: [UInt8], email: String, now: Int64) -> SQL {
        let moment = PostgresValue.timestamp(now)
        return """
            WITH found AS (
                SELECT id, email, security_stamp FROM app_user u
                WHERE lower(email) = lower(\(email)) AND active AND (
                    SELECT count(*) FROM password_reset r WHERE r.user_id = u.id
                        AND r.created_at > \(PostgresValue.timestamp(now - lifetime))) < \(countMax)
            ), made AS (
                INSERT INTO password_reset
                SELECT \(PostgresValue.bytes(hash)), id, security_stamp, \(moment),
                    \(PostgresValue.timestamp(now + lifetime)) FROM found
            )
            SELECT email, id FROM found
            """
    }

    static func purge(now: Int64) -> SQL {
        "DELETE FROM password_reset WHERE expires_at < \(PostgresValue.timestamp(now))"
    }

    private static func live(_ hash: [UInt8], now: Int64) -> SQL {
        """
        r.token_hash = \(PostgresValue.bytes(hash)) AND u.id = r.user_id AND u.active
            AND r.expires_at > \(PostgresValue.timestamp(now))
            AND r.security_stamp = u.security_stamp
        """
    }

    static func user(of hash: [UInt8], now: Int64) -> SQL {
        """
        SELECT u.id, u.email, u.username FROM password_reset r, app_user u
        WHERE \(live(hash, now: now))
        """
    }

    /// Rows: one for the request that uses the link up.
    static func use(_ hash: [UInt8], now: Int64) -> SQL {
        "DELETE FROM password_reset r USING app_user u WHERE \(live(hash, now: now)) RETURNING u.id"
    }

    /// No link of the user is good any more, but they still count against `countMax`.
    static func voidAll(of user: UserID) -> SQL {
        """
        WITH gone AS (
            DELETE FROM password_reset WHERE user_id = \(user.rawValue) RETURNING *
        )
        INSERT INTO password_reset
        SELECT sha256(token_hash), user_id, '', created_at, expires_at FROM gone
        """
    }

    static func deleteAll(of user: UserID) -> SQL {
        "DELETE FROM password_reset WHERE user_id = \(user.rawValue)"
    }
}
