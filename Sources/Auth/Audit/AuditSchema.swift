internal import Postgres

/// The tables of the audit log and the one function that writes them (docs/formats/audit.md).
enum AuditSchema {
    /// Only who was told so may call the function, and a temporary table of its caller's is not taken
    /// for the log.
    static let definerStep = Grants.definerScript([
        """
        penstock_audit_append(timestamptz, text, bigint, text, text, bigint, text, text, text)
        """
    ])

    /// The function hashes in SQL, so that any statement of any module can log within the
    /// transaction that it documents, in one round trip. It runs with its owner's rights: the server
    /// needs none to write the table itself.
    ///
    /// The head's row lock orders all writers, so a transaction logs last, just before it commits.
    static let step = """
        CREATE TABLE audit_event (
            sequence bigint PRIMARY KEY CHECK (sequence >= 1),
            occurred_at timestamptz NOT NULL,
            actor text NOT NULL CHECK (actor IN ('user', 'anonymous', 'operator', 'system')),
            actor_user bigint,
            action text NOT NULL CHECK (octet_length(action) BETWEEN 1 AND 64),
            subject text CHECK (octet_length(subject) BETWEEN 1 AND 128),
            account bigint,
            address text CHECK (octet_length(address) BETWEEN 1 AND 256),
            request_id text CHECK (octet_length(request_id) BETWEEN 1 AND 256),
            details text NOT NULL CHECK (octet_length(details) BETWEEN 2 AND 65536),
            previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
            hash bytea NOT NULL CHECK (octet_length(hash) = 32)
        );
        CREATE INDEX audit_event_actor ON audit_event (actor_user, sequence);
        CREATE INDEX audit_event_subject ON audit_event (subject, sequence);
        CREATE INDEX audit_event_account ON audit_event (account, sequence);

        CREATE TABLE audit_head (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            sequence bigint NOT NULL CHECK (sequence >= 0),
            hash bytea NOT NULL CHECK (octet_length(hash) = 32)
        ) WITH (fillfactor = 50);
        INSERT INTO audit_head (sequence, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

        CREATE FUNCTION penstock_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the audit log is only appended to';
        END
        $$;
        CREATE TRIGGER audit_event_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
            FOR EACH STATEMENT EXECUTE FUNCTION penstock_audit_refuse();
        CREATE TRIGGER audit_head_refuse BEFORE INSERT OR DELETE OR TRUNCATE ON audit_head
            FOR EACH STATEMENT EXECUTE FUNCTION penstock_audit_refuse();

        CREATE FUNCTION penstock_audit_field(value bytea) RETURNS bytea
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
            SELECT CASE WHEN value IS NULL THEN '\\xffffffff'::bytea
                ELSE int4send(octet_length(value)) || value END
        $$;

        CREATE FUNCTION penstock_audit_append(
            at timestamptz, actor text, actor_user bigint, action text, subject text,
            account bigint, address text, request_id text, details text
        ) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
        DECLARE
            head record;
            number bigint;
            moment timestamptz := coalesce(at, clock_timestamp());
            digest bytea;
        BEGIN
            SELECT h.sequence, h.hash INTO STRICT head FROM audit_head h FOR UPDATE;
            number := head.sequence + 1;
            digest := sha256(
                head.hash || '\\x01'::bytea || int8send(number)
                || int8send((extract(epoch FROM moment) * 1000000)::bigint)
                || penstock_audit_field(convert_to(actor, 'UTF8'))
                || penstock_audit_field(int8send(actor_user))
                || penstock_audit_field(convert_to(action, 'UTF8'))
                || penstock_audit_field(convert_to(subject, 'UTF8'))
                || penstock_audit_field(int8send(account))
                || penstock_audit_field(convert_to(address, 'UTF8'))
                || penstock_audit_field(convert_to(request_id, 'UTF8'))
                || penstock_audit_field(convert_to(details, 'UTF8')));
            INSERT INTO audit_event VALUES (number, moment, actor, actor_user, action, subject,
                account, address, request_id, details, head.hash, digest);
            UPDATE audit_head SET sequence = number, hash = digest;
            RETURN number;
        END
        $$;
        """
}
