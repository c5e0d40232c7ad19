/// The table of browser sessions, and how other processes hear of one that ends.
enum SessionSchema {
    /// `security_stamp` is the user's at the login, as for second factors: renewing it ends all
    /// sessions.
    ///
    /// The end of a single one raises its user's `token_revision`, which every process reads with
    /// the user: so what was remembered of it holds no longer, by the way that all changes of users
    /// take. Rows that have run out are swept away without a word.
    static let step = """
        CREATE TABLE browser_session (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id_hash bytea NOT NULL UNIQUE CHECK (octet_length(id_hash) = 32),
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            security_stamp bytea NOT NULL,
            created_at timestamptz NOT NULL,
            last_seen_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
            address text,
            browser text
        );
        CREATE INDEX browser_session_user ON browser_session (user_id);
        CREATE INDEX browser_session_expiry ON browser_session (expires_at);

        CREATE FUNCTION penstock_browser_session_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE app_user SET token_revision = token_revision + 1 WHERE id = OLD.user_id;
            PERFORM pg_notify('\(AuthMigrations.channel)', 'app_user:' || OLD.user_id);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER browser_session_notify AFTER DELETE OR UPDATE OF id_hash, user_id,
            security_stamp, expires_at ON browser_session FOR EACH ROW
            WHEN (OLD.expires_at > CURRENT_TIMESTAMP)
            EXECUTE FUNCTION penstock_browser_session_notify();
        """
}
