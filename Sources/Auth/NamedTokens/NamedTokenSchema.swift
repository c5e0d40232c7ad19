/// The table of named API tokens, and how other processes hear of changes.
enum NamedTokenSchema {
    /// A change of a token raises its user's `token_revision`, which every process reads with the
    /// user: so what was remembered of the user's tokens holds no longer, by the way that all
    /// changes of users take. A new token and a new last use need not be told.
    static let step = """
        ALTER TABLE app_user ADD COLUMN token_revision bigint NOT NULL DEFAULT 0;

        CREATE TABLE api_token (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 255),
            token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
            scopes smallint NOT NULL CHECK (scopes BETWEEN 1 AND 15),
            asset_ids bigint[],
            sensor_ids bigint[],
            created_at timestamptz NOT NULL,
            expires_at timestamptz CHECK (expires_at > created_at),
            last_used_at timestamptz,
            revoked_at timestamptz,
            CHECK ((asset_ids IS NULL) = (sensor_ids IS NULL))
        );
        CREATE UNIQUE INDEX api_token_name_unique ON api_token (user_id, name)
            WHERE revoked_at IS NULL;

        CREATE FUNCTION penstock_api_token_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE app_user SET token_revision = token_revision + 1 WHERE id = OLD.user_id;
            PERFORM pg_notify('\(AuthMigrations.channel)', 'app_user:' || OLD.user_id);
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER api_token_notify AFTER DELETE OR UPDATE OF user_id, token_hash, scopes,
            asset_ids, sensor_ids, expires_at, revoked_at ON api_token
            FOR EACH ROW EXECUTE FUNCTION penstock_api_token_notify();
        """
}
