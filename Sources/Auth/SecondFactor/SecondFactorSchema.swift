/// The tables of second factors. Ids, codes and secrets are stored hashed or encrypted.
enum SecondFactorSchema {
    /// `security_stamp` is the user's at the time of making: what was made before the stamp was
    /// renewed holds no longer, without anyone having to delete it.
    static let step = """
        CREATE TABLE second_factor (
            user_id bigint PRIMARY KEY REFERENCES app_user (id) ON DELETE CASCADE,
            totp_secret bytea,
            totp_last_step bigint NOT NULL DEFAULT 0,
            totp_pending bytea,
            totp_pending_until timestamptz,
            email_always boolean NOT NULL DEFAULT false,
            failure_count integer NOT NULL DEFAULT 0,
            failures_since timestamptz
        );

        CREATE TABLE recovery_code (
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
            used_at timestamptz,
            PRIMARY KEY (user_id, code_hash)
        );

        CREATE TABLE half_open_login (
            id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            security_stamp bytea NOT NULL,
            expires_at timestamptz NOT NULL,
            tries_left smallint NOT NULL CHECK (tries_left >= 0),
            code_hash bytea,
            code_expires_at timestamptz,
            codes_sent smallint NOT NULL DEFAULT 0
        );
        CREATE INDEX half_open_login_user ON half_open_login (user_id);
        CREATE INDEX half_open_login_expiry ON half_open_login (expires_at);

        CREATE TABLE remembered_device (
            id_hash bytea PRIMARY KEY CHECK (octet_length(id_hash) = 32),
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            security_stamp bytea NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX remembered_device_user ON remembered_device (user_id);
        CREATE INDEX remembered_device_expiry ON remembered_device (expires_at);
        """
}
