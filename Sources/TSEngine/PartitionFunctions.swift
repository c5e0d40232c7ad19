internal import Postgres

/// What the engine needs of its tables' owner while it runs: partitions come and go. The server's
/// role owns nothing, so each such change is a function that runs with the owner's rights and does
/// that one thing, to the engine's own tables, whatever it is called with.
///
/// Round trips and locks are those of the statements in them.
enum PartitionFunctions {
    /// Names, for `Grants`.
    static let names = [
        "penstock_make_journal_partition", "penstock_drop_journal_partitions",
        "penstock_make_block_partition", "penstock_empty_block_partition",
    ]

    /// A step of `EngineMigrations`. 65536 is `Journal.partitionSegmentCount`, the years are
    /// `PartitionWindow.years`, and 8160 is `BlockPage.tupleByteCountMax`.
    static let step =
        """
        CREATE FUNCTION penstock_make_journal_partition(segment bigint) RETURNS void
        LANGUAGE plpgsql AS $body$
        DECLARE
            start bigint := segment / 65536 * 65536;
            head commit_sequence;
        BEGIN
            SELECT * INTO STRICT head FROM commit_sequence WHERE shard = 0;
            -- Of a process that is behind, which will find out.
            IF segment <= head.compacted_segment THEN RETURN; END IF;
            -- No more than what may be needed next.
            IF segment IS NULL OR segment > head.last_segment + 131072 THEN
                RAISE EXCEPTION 'segment % is far from the journal''s', segment
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS %I PARTITION OF journal FOR VALUES FROM (%L) TO (%L)',
                'journal_p' || start / 65536, start, start + 65536);
        END
        $body$;

        CREATE FUNCTION penstock_drop_journal_partitions() RETURNS void LANGUAGE plpgsql AS $body$
        DECLARE
            leaf name;
        BEGIN
            FOR leaf IN
                SELECT child.relname
                FROM commit_sequence, pg_inherits JOIN pg_class child ON child.oid = inhrelid
                WHERE shard = 0 AND inhparent = 'journal'::regclass
                -- CASE, so that no other name is read as a number.
                AND CASE WHEN child.relname ~ '^journal_p[0-9]{1,14}$'
                    THEN (substr(child.relname, 10)::bigint + 1) * 65536 - 1 <= compacted_segment END
            LOOP
                EXECUTE format('DROP TABLE %I', leaf);
            END LOOP;
        END
        $body$;

        CREATE FUNCTION penstock_block_partition(layer text, year integer) RETURNS text
        LANGUAGE plpgsql AS $body$
        BEGIN
            IF layer IS NULL OR layer NOT IN ('current_block', 'history_block') THEN
                RAISE EXCEPTION 'there is no such table of blocks'
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            IF year IS NULL THEN RETURN layer || '_default'; END IF;
            IF year NOT BETWEEN 1970 AND 2100 THEN
                RAISE EXCEPTION 'year % has no partition of its own', year
                    USING ERRCODE = 'invalid_parameter_value';
            END IF;
            RETURN layer || '_y' || year;
        END
        $body$;

        -- The new partition gets the privileges of its parent, whoever has them.
        CREATE FUNCTION penstock_make_block_partition(layer text, year integer) RETURNS void
        LANGUAGE plpgsql AS $body$
        DECLARE
            leaf text := penstock_block_partition(layer, year);
            bounds text := 'DEFAULT';
            entry record;
        BEGIN
            IF year IS NOT NULL THEN
                bounds := format('FOR VALUES FROM (%L) TO (%L)', year || '-01-01T00:00:00Z',
                    (year + 1) || '-01-01T00:00:00Z');
            END IF;
            EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I %s '
                'WITH (toast_tuple_target = 8160)', leaf, layer, bounds);
            FOR entry IN
                SELECT acl.privilege_type AS privilege,
                    CASE acl.grantee WHEN 0 THEN 'PUBLIC'
                        ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee
                FROM pg_class, aclexplode(relacl) AS acl
                WHERE oid = layer::regclass AND acl.grantee <> relowner
            LOOP
                EXECUTE format('GRANT %s ON %I TO %s', entry.privilege, leaf, entry.grantee);
            END LOOP;
        END
        $body$;

        -- Empties a partition if it has rows, and none of other sensors; tells whether it did.
        CREATE FUNCTION penstock_empty_block_partition(layer text, year integer, sensors bigint[])
        RETURNS boolean LANGUAGE plpgsql AS $body$
        DECLARE
            leaf text := penstock_block_partition(layer, year);
            has_others boolean;
            has_rows boolean;
        BEGIN
            -- To compare with NULL is to find nobody.
            IF sensors IS NULL OR array_position(sensors, NULL) IS NOT NULL THEN
                RAISE EXCEPTION 'sensors must not be null' USING ERRCODE = 'null_value_not_allowed';
            END IF;
            EXECUTE format('SELECT EXISTS (SELECT FROM %1$I WHERE sensor_id <> ALL($1)), '
                'EXISTS (SELECT FROM %1$I)', leaf) INTO has_others, has_rows USING sensors;
            IF has_others IS NOT FALSE OR NOT has_rows THEN RETURN false; END IF;
            EXECUTE format('TRUNCATE %I', leaf);
            RETURN true;
        END
        $body$;
        """
        + Grants.definerScript([
            "penstock_make_journal_partition(bigint)", "penstock_drop_journal_partitions()",
            "penstock_make_block_partition(text, integer)",
            "penstock_empty_block_partition(text, integer, bigint[])",
        ]) + "\nREVOKE ALL ON FUNCTION penstock_block_partition(text, integer) FROM PUBLIC;"
}
