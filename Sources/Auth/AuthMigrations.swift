package import Postgres

/// The schema of users, their roles, tokens and second factors, and of the audit log. Runs after the catalog's, which owns `account`.
package enum AuthMigrations {
    /// The channel that tells which user's row or roles changed: payload `<table>:<user id>`, or
    /// `<table>:*` for all.
    package static let channel = "penstock_auth"

    package static let migrations = Migrations(
        module: "Auth",
        steps: [
            users, AuditSchema.step, NamedTokenSchema.step, SecondFactorSchema.step,
            MailedResetSchema.step, AuditSchema.definerStep, SessionSchema.step,
            RequestKeySchema.step,
        ],
        grants: Grants(
            [
                .init("app_user", .allRows),
                // The four roles are what the policy knows.
                .init("user_role", [.select]),
                .init("app_user_role", [.select, .insert, .delete]),
                .init("api_token", [.select, .insert, .update]),
                .init("second_factor", .allRows),
                .init("recovery_code", .allRows),
                .init("half_open_login", .allRows),
                .init("remembered_device", .allRows),
                .init("password_reset", [.select, .insert, .delete]),
                .init("browser_session", .allRows),
                .init("request_key", .allRows),
                // Written by `penstock_audit_append` only.
                .init("audit_event", [.select]),
                .init("audit_head", [.select]),
            ],
            functions: ["penstock_audit_append"]
        )
    )

    /// The e-mail is unique as written, which is how a token request looks it up, and also in lower
    /// case, so that no two users differ in case only. Logins (`last_login_at`, `last_seen_at`,
    /// `login_count`) are no change that anyone must hear of.
    private static let users = """
        CREATE TABLE app_user (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            public_id uuid NOT NULL UNIQUE,
            email text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 255),
            username text NOT NULL CHECK (octet_length(username) BETWEEN 1 AND 255),
            password_hash text NOT NULL,
            password_key bytea NOT NULL CHECK (octet_length(password_key) = 8),
            active boolean NOT NULL DEFAULT true,
            timezone text NOT NULL DEFAULT 'Europe/Amsterdam',
            security_stamp bytea NOT NULL CHECK (octet_length(security_stamp) = 16),
            token_part text NOT NULL CHECK (token_part LIKE '$5$%'),
            last_login_at timestamptz,
            last_seen_at timestamptz,
            login_count integer NOT NULL DEFAULT 0 CHECK (login_count >= 0),
            account_id bigint NOT NULL REFERENCES account (id),
            CONSTRAINT app_user_email_unique UNIQUE (email),
            CONSTRAINT app_user_username_unique UNIQUE (username)
        );
        CREATE UNIQUE INDEX app_user_email_lower_unique ON app_user (lower(email));
        CREATE INDEX app_user_account ON app_user (account_id);

        CREATE TABLE user_role (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL UNIQUE CHECK (name <> ''),
            description text NOT NULL DEFAULT ''
        );
        INSERT INTO user_role (name, description) VALUES
            ('admin', 'Super user'),
            ('admin-reader', 'Can read everything'),
            ('account-admin', 'Can administer their own account'),
            ('consultant', 'Can work for the client accounts of their own account');

        CREATE TABLE app_user_role (
            user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
            role_id bigint NOT NULL REFERENCES user_role (id),
            PRIMARY KEY (user_id, role_id)
        );
        CREATE INDEX app_user_role_role ON app_user_role (role_id);

        CREATE FUNCTION penstock_auth_notify() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_TABLE_NAME = 'user_role' THEN
                PERFORM pg_notify('\(channel)', 'user_role:*');
            ELSIF TG_TABLE_NAME = 'app_user' THEN
                PERFORM pg_notify('\(channel)', 'app_user:' || coalesce(NEW.id, OLD.id));
            ELSE
                IF TG_OP <> 'INSERT' THEN
                    PERFORM pg_notify('\(channel)', 'app_user_role:' || OLD.user_id);
                END IF;
                IF TG_OP <> 'DELETE' THEN
                    PERFORM pg_notify('\(channel)', 'app_user_role:' || NEW.user_id);
                END IF;
            END IF;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER app_user_notify AFTER INSERT OR DELETE OR UPDATE OF id, public_id, email,
            username, password_hash, password_key, active, timezone, security_stamp, token_part,
            account_id ON app_user FOR EACH ROW EXECUTE FUNCTION penstock_auth_notify();
        CREATE TRIGGER app_user_role_notify AFTER INSERT OR UPDATE OR DELETE ON app_user_role
            FOR EACH ROW EXECUTE FUNCTION penstock_auth_notify();
        CREATE TRIGGER user_role_notify AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON user_role
            FOR EACH STATEMENT EXECUTE FUNCTION penstock_auth_notify();
        """
}
