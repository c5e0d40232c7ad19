internal import Postgres

/// Turns rows of one block each into pages of blocks.
enum PageMigration {
    /// A step of `EngineMigrations`. What is stored stays as it is, each block on a page of its own with
    /// a directory of fixed width (`PageDirectory.fixedVersion`), until a compaction rewrites it.
    static let step =
        """
        DO $$
        DECLARE
            layer text;
            leaf record;
            moved record;
        BEGIN
            FOREACH layer IN ARRAY ARRAY['current_block', 'history_block'] LOOP
                EXECUTE format('ALTER TABLE %I RENAME TO %I', layer, 'old_' || layer);
                EXECUTE format('CREATE TABLE %I ('
                    'first_sensor bigint NOT NULL, last_sensor bigint NOT NULL, '
                    'first_event timestamptz NOT NULL, last_event timestamptz NOT NULL, '
                    'page_id bigint NOT NULL, value_count integer NOT NULL, '
                    'directory bytea NOT NULL, payload bytea NOT NULL'
                    ') PARTITION BY RANGE (first_event)', layer);
                EXECUTE format('ALTER TABLE %I ALTER COLUMN payload SET STORAGE EXTERNAL, '
                    'ALTER COLUMN directory SET STORAGE MAIN', layer);
                EXECUTE format('CREATE INDEX %I ON %I (last_sensor, first_sensor)',
                    layer || '_sensors', layer);
                FOR leaf IN
                    SELECT child.relname AS name, pg_get_expr(child.relpartbound, child.oid) AS bounds
                    FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
                    WHERE inhparent = ('old_' || layer)::regclass
                LOOP
                    EXECUTE format('ALTER TABLE %I RENAME TO %I', leaf.name, 'old_' || leaf.name);
                    EXECUTE format('CREATE TABLE %I PARTITION OF %I %s '
                        'WITH (toast_tuple_target = 8160)', leaf.name, layer, leaf.bounds);
                    EXECUTE format($copy$
                        INSERT INTO %I SELECT sensor_id, sensor_id, first_event, last_event,
                            block_id, value_count, '\\x00'::bytea
                            || int8send(sensor_id) || int8send(source_id)
                            || float8send(probability)
                            || int8send((extract(epoch FROM first_event) * 1000000)::bigint)
                            || int8send((extract(epoch FROM last_event) * 1000000)::bigint)
                            || int8send((extract(epoch FROM first_belief) * 1000000)::bigint)
                            || int8send((extract(epoch FROM last_belief) * 1000000)::bigint)
                            || int8send(horizon_min) || int8send(horizon_max)
                            || int8send(block_id)
                            || int8send(value_count) || int8send(valid_count)
                            || float8send(coalesce(value_min, 0))
                            || float8send(coalesce(value_max, 0))
                            || float8send(coalesce(value_sum, 0))
                            || int8send(length(payload)),
                            payload
                        FROM %I
                    $copy$, leaf.name, 'old_' || leaf.name);
                END LOOP;
                -- Who may read or write the old tables may the new ones.
                FOR moved IN
                    SELECT substr(relname, 5) AS name, acl.privilege_type AS privilege,
                        CASE acl.grantee WHEN 0 THEN 'PUBLIC'
                            ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee
                    FROM pg_partition_tree(('old_' || layer)::regclass) AS tree
                    JOIN pg_class ON oid = tree.relid, aclexplode(relacl) AS acl
                    WHERE acl.grantee <> relowner
                LOOP
                    EXECUTE format('GRANT %s ON %I TO %s', moved.privilege, moved.name,
                        moved.grantee);
                END LOOP;
                EXECUTE format('DROP TABLE %I', 'old_' || layer);
            END LOOP;
        END $$;

        CREATE OR REPLACE FUNCTION penstock_empty_block_partition(layer text, year integer,
            sensors bigint[])
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
            -- A page of several sensors may have any from its first to its last one: all must be given,
            -- so that their places among the given ones are as far apart as they are.
            EXECUTE format('WITH given AS ('
                'SELECT sensor, row_number() OVER (ORDER BY sensor) AS place '
                'FROM (SELECT DISTINCT unnest($1) AS sensor) AS one'
                ') SELECT EXISTS (SELECT FROM %1$I '
                'LEFT JOIN given AS head ON head.sensor = first_sensor '
                'LEFT JOIN given AS tail ON tail.sensor = last_sensor '
                'WHERE tail.place - head.place IS DISTINCT FROM last_sensor - first_sensor), '
                'EXISTS (SELECT FROM %1$I)', leaf) INTO has_others, has_rows USING sensors;
            IF has_others IS NOT FALSE OR NOT has_rows THEN RETURN false; END IF;
            EXECUTE format('TRUNCATE %I', leaf);
            RETURN true;
        END
        $body$;

        """
        + Grants.definerScript(["penstock_empty_block_partition(text, integer, bigint[])"])
}
