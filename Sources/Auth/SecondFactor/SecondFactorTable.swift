internal import Model
internal import Postgres

/// The statements on second factors. Each one that counts something down or uses something up is
/// one statement with its condition, so that of two requests at once one wins. Times in µs since
/// 1970 UTC.
enum SecondFactorTable {
    /// Wrong codes of one user within `failureWindow` before logins are refused.
    static let failureCountMax = 100
    static let failureWindow: Int64 = 86_400 * 1_000_000
    static let triesMax = 5
    static let codesMax = 3

    private static func at(_ moment: Int64) -> PostgresValue { .timestamp(moment) }

    // MARK: status

    static func status(of user: UserID) -> SQL {
        """
        SELECT coalesce(f.totp_secret IS NOT NULL, false), coalesce(f.email_always, false),
            (SELECT count(*) FROM recovery_code r WHERE r.user_id = u.id AND r.used_at IS NULL)
        FROM app_user u LEFT JOIN second_factor f ON f.user_id = u.id WHERE u.id = \(user.rawValue)
        """
    }

    static func ensure(_ user: UserID) -> SQL {
        "INSERT INTO second_factor (user_id) VALUES (\(user.rawValue)) ON CONFLICT DO NOTHING"
    }

    /// Whether the user has sent too many wrong codes.
    static func isBlocked(_ user: UserID, now: Int64) -> SQL {
        """
        SELECT EXISTS (SELECT FROM second_factor WHERE user_id = \(user.rawValue)
            AND failure_count >= \(failureCountMax)
            AND failures_since > \(at(now - failureWindow)))
        """
    }

    static func countFailure(of user: UserID, now: Int64) -> SQL {
        let since = at(now - failureWindow)
        return """
            UPDATE second_factor SET
                failure_count = CASE WHEN failures_since > \(since) THEN failure_count + 1 ELSE 1 END,
                failures_since = CASE WHEN failures_since > \(since) THEN failures_since
                    ELSE \(at(now)) END
            WHERE user_id = \(user.rawValue)
            """
    }

    static func clearFailures(of user: UserID) -> SQL {
        """
        UPDATE second_factor SET failure_count = 0
        WHERE user_id = \(user.rawValue) AND failure_count > 0
        """
    }

    // MARK: half-open logins

    /// Opens a login; one that is still open under this id stays as it is.
    static func open(_ idHash: [UInt8], for user: UserID, now: Int64, until: Int64) -> SQL {
        """
        INSERT INTO half_open_login AS h (id_hash, user_id, security_stamp, expires_at, tries_left)
        SELECT \(PostgresValue.bytes(idHash)), id, security_stamp, \(at(until)),
            \(triesMax)::smallint
        FROM app_user WHERE id = \(user.rawValue) AND active
        ON CONFLICT (id_hash) DO UPDATE SET security_stamp = excluded.security_stamp,
            expires_at = excluded.expires_at, tries_left = excluded.tries_left, code_hash = NULL,
            code_expires_at = NULL, codes_sent = 0
        WHERE h.expires_at <= \(at(now)) OR h.security_stamp <> excluded.security_stamp
        """
    }

    static func purge(now: Int64) -> SQL {
        "DELETE FROM half_open_login WHERE expires_at < \(at(now))"
    }

    /// The live login of this id: its user is active and has not been changed since.
    private static func live(_ idHash: [UInt8], now: Int64) -> SQL {
        """
        h.id_hash = \(PostgresValue.bytes(idHash)) AND h.expires_at > \(at(now))
            AND u.id = h.user_id AND u.active AND u.security_stamp = h.security_stamp
        """
    }

    /// Stores a new code in place of the former one.
    ///
    /// Rows: the e-mail; none if the login is not live, has no tries left, or has had all its codes.
    static func setCode(
        _ codeHash: [UInt8],
        login idHash: [UInt8],
        now: Int64,
        until: Int64
    ) -> SQL {
        """
        UPDATE half_open_login h SET code_hash = \(PostgresValue.bytes(codeHash)),
            code_expires_at = \(at(until)), codes_sent = codes_sent + 1
        FROM app_user u WHERE \(live(idHash, now: now)) AND h.tries_left > 0
            AND h.codes_sent < \(codesMax)
        RETURNING u.email
        """
    }

    /// Whether the login is live and has tries left, and a code was mailed for it.
    static func state(login idHash: [UInt8], now: Int64) -> SQL {
        """
        SELECT h.tries_left > 0, h.code_expires_at > \(at(now)) FROM half_open_login h, app_user u
        WHERE \(live(idHash, now: now))
        """
    }

    /// User, tries left, codes mailed of a login that has tries left.
    static func standing(login idHash: [UInt8], now: Int64) -> SQL {
        """
        SELECT h.user_id, h.tries_left, h.codes_sent FROM half_open_login h, app_user u
        WHERE \(live(idHash, now: now)) AND h.tries_left > 0
        """
    }

    /// Takes one try. Until the transaction ends, other tries of this login wait.
    ///
    /// Rows: user, tries left, hash of the mailed code that is still good, stamp.
    static func spendTry(login idHash: [UInt8], now: Int64) -> SQL {
        """
        UPDATE half_open_login h SET tries_left = tries_left - 1
        FROM app_user u WHERE \(live(idHash, now: now)) AND h.tries_left > 0
        RETURNING h.user_id, h.tries_left,
            CASE WHEN h.code_expires_at > \(at(now)) THEN h.code_hash END, h.security_stamp
        """
    }

    static func close(login idHash: [UInt8]) -> SQL {
        "DELETE FROM half_open_login WHERE id_hash = \(PostgresValue.bytes(idHash))"
    }

    // MARK: codes

    static func appSecret(of user: UserID) -> SQL {
        """
        SELECT totp_secret FROM second_factor
        WHERE user_id = \(user.rawValue) AND totp_secret IS NOT NULL
        """
    }

    /// Uses up the code of a step, and with it those of all steps before. Rows: one if it was good.
    static func useStep(_ step: Int64, of user: UserID, secret: [UInt8]) -> SQL {
        """
        UPDATE second_factor SET totp_last_step = \(step)
        WHERE user_id = \(user.rawValue) AND totp_last_step < \(step)
            AND totp_secret = \(PostgresValue.bytes(secret))
        RETURNING user_id
        """
    }

    /// Rows: one if the code was there and unused.
    static func useRecoveryCode(_ hash: [UInt8], of user: UserID, now: Int64) -> SQL {
        """
        UPDATE recovery_code SET used_at = \(at(now))
        WHERE user_id = \(user.rawValue) AND code_hash = \(PostgresValue.bytes(hash))
            AND used_at IS NULL
        RETURNING user_id
        """
    }

    static func replaceRecoveryCodes(
        of user: UserID,
        by hashes: [[UInt8]],
        on connection: borrowing PostgresConnection
    ) throws {
        try connection.query("DELETE FROM recovery_code WHERE user_id = \(user.rawValue)")
        for hash in hashes {
            try connection.query(
                """
                INSERT INTO recovery_code (user_id, code_hash)
                VALUES (\(user.rawValue), \(PostgresValue.bytes(hash)))
                """
            )
        }
    }

    // MARK: enrolment

    static func setPending(_ sealed: [UInt8], of user: UserID, until: Int64) -> SQL {
        """
        UPDATE second_factor SET totp_pending = \(PostgresValue.bytes(sealed)),
            totp_pending_until = \(at(until))
        WHERE user_id = \(user.rawValue)
        """
    }

    static func pending(of user: UserID, now: Int64) -> SQL {
        """
        SELECT totp_pending FROM second_factor WHERE user_id = \(user.rawValue)
            AND totp_pending IS NOT NULL AND totp_pending_until > \(at(now)) FOR UPDATE
        """
    }

    /// Makes the pending secret the user's; the step that confirmed it is used up.
    static func confirmPending(of user: UserID, step: Int64) -> SQL {
        """
        UPDATE second_factor SET totp_secret = totp_pending, totp_last_step = \(step),
            totp_pending = NULL, totp_pending_until = NULL
        WHERE user_id = \(user.rawValue)
        """
    }

    static func removeApp(of user: UserID) -> SQL {
        """
        UPDATE second_factor SET totp_secret = NULL, totp_pending = NULL, totp_pending_until = NULL
        WHERE user_id = \(user.rawValue)
        """
    }

    static func setEmailAlways(_ isAlways: Bool, of user: UserID) -> SQL {
        "UPDATE second_factor SET email_always = \(isAlways) WHERE user_id = \(user.rawValue)"
    }

    static let appSecrets: SQL = """
        SELECT user_id, totp_secret FROM second_factor WHERE totp_secret IS NOT NULL
        """

    /// Stores the same secret encrypted anew, unless it has been changed meanwhile.
    static func reseal(_ old: [UInt8], as new: [UInt8], of user: UserID) -> SQL {
        """
        UPDATE second_factor SET totp_secret = \(PostgresValue.bytes(new))
        WHERE user_id = \(user.rawValue) AND totp_secret = \(PostgresValue.bytes(old))
        """
    }

    // MARK: remembered devices

    static func remember(_ idHash: [UInt8], of user: UserID, until: Int64) -> SQL {
        """
        INSERT INTO remembered_device (id_hash, user_id, security_stamp, expires_at)
        SELECT \(PostgresValue.bytes(idHash)), id, security_stamp, \(at(until))
        FROM app_user WHERE id = \(user.rawValue)
        """
    }

    /// Rows: the stamp if the device may stand in for the second factor of this user.
    static func isRemembered(_ idHash: [UInt8], of user: UserID, now: Int64) -> SQL {
        """
        SELECT d.security_stamp FROM remembered_device d JOIN app_user u ON u.id = d.user_id
        WHERE d.id_hash = \(PostgresValue.bytes(idHash)) AND u.id = \(user.rawValue) AND u.active
            AND d.expires_at > \(at(now)) AND d.security_stamp = u.security_stamp
        """
    }

    /// Those that hold no longer.
    static func purgeDevices(now: Int64) -> SQL {
        "DELETE FROM remembered_device WHERE expires_at < \(at(now))"
    }
}
