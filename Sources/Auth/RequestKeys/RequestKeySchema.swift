/// The table of requests that named themselves by a key.
enum RequestKeySchema {
    /// `moment` is of the first attempt, `claimed_at` of the latest one; `claim` tells attempts apart.
    /// An answer is there once one of them has ended.
    static let step = """
        CREATE TABLE request_key (
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32),
            request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
            moment timestamptz NOT NULL,
            claimed_at timestamptz NOT NULL,
            claim bytea NOT NULL CHECK (octet_length(claim) = 16),
            status integer,
            body bytea CHECK (octet_length(body) <= 65536),
            PRIMARY KEY (user_id, key_hash),
            CHECK ((status IS NULL) = (body IS NULL))
        );
        CREATE INDEX request_key_claimed ON request_key (claimed_at);
        """
}
