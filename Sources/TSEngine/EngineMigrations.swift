package import Postgres

/// The engine's tables. `docs/formats/tables.md` describes them.
package enum EngineMigrations {
    package static let migrations = Migrations(
        module: "engine",
        steps: [step1, step2, PartitionFunctions.step, PageMigration.step],
        grants: Grants(
            [
                .init("commit_sequence", [.select, .update]),
                // Only appended to: rows go with their partition.
                .init("journal", [.select, .insert]),
                .init("current_block", blockPrivileges, includesPartitions: true),
                .init("history_block", blockPrivileges, includesPartitions: true),
            ],
            functions: PartitionFunctions.names
        )
    )

    /// Pages are never changed, only written anew.
    private static let blockPrivileges: Set<Grants.Privilege> = [.select, .insert, .delete]

    /// Rows are inserted and deleted whole, so nothing is gained from TOAST compression of payloads
    /// that are compressed already: STORAGE EXTERNAL.
    private static let step1 = """
        CREATE TABLE commit_sequence (
            shard integer PRIMARY KEY,
            last_segment bigint NOT NULL,
            compacted_segment bigint NOT NULL,
            generation bigint NOT NULL
        ) WITH (fillfactor = 50);
        INSERT INTO commit_sequence VALUES (0, 0, 0, 0);

        CREATE TABLE journal (
            shard integer NOT NULL,
            segment bigint NOT NULL,
            writer bigint NOT NULL,
            value_count bigint NOT NULL,
            payload bytea NOT NULL,
            PRIMARY KEY (shard, segment)
        ) PARTITION BY RANGE (segment);
        ALTER TABLE journal ALTER COLUMN payload SET STORAGE EXTERNAL;

        CREATE TABLE current_block (
            sensor_id bigint NOT NULL,
            source_id bigint NOT NULL,
            probability double precision NOT NULL,
            first_event timestamptz NOT NULL,
            last_event timestamptz NOT NULL,
            first_belief timestamptz NOT NULL,
            last_belief timestamptz NOT NULL,
            horizon_min bigint NOT NULL,
            horizon_max bigint NOT NULL,
            block_id bigint NOT NULL,
            value_count integer NOT NULL,
            valid_count integer NOT NULL,
            value_min double precision,
            value_max double precision,
            value_sum double precision,
            payload bytea NOT NULL,
            PRIMARY KEY (sensor_id, source_id, probability, first_event)
        ) PARTITION BY RANGE (first_event);
        ALTER TABLE current_block ALTER COLUMN payload SET STORAGE EXTERNAL;
        CREATE TABLE current_block_default PARTITION OF current_block DEFAULT;

        CREATE TABLE history_block (
            sensor_id bigint NOT NULL,
            source_id bigint NOT NULL,
            probability double precision NOT NULL,
            first_event timestamptz NOT NULL,
            last_event timestamptz NOT NULL,
            first_belief timestamptz NOT NULL,
            last_belief timestamptz NOT NULL,
            horizon_min bigint NOT NULL,
            horizon_max bigint NOT NULL,
            block_id bigint NOT NULL,
            value_count integer NOT NULL,
            valid_count integer NOT NULL,
            value_min double precision,
            value_max double precision,
            value_sum double precision,
            payload bytea NOT NULL,
            PRIMARY KEY (sensor_id, source_id, probability, first_event, block_id)
        ) PARTITION BY RANGE (first_event);
        ALTER TABLE history_block ALTER COLUMN payload SET STORAGE EXTERNAL;
        CREATE TABLE history_block_default PARTITION OF history_block DEFAULT;
        """

    /// Partitions for years far away are made when they are needed, as all are. Rows that fit into a
    /// page stay in it (`BlockPage.tupleByteCountMax`).
    private static let step2 = """
        DO $$
        DECLARE
            leaf regclass;
        BEGIN
            IF NOT EXISTS (SELECT FROM current_block_default) THEN
                DROP TABLE current_block_default;
            END IF;
            IF NOT EXISTS (SELECT FROM history_block_default) THEN
                DROP TABLE history_block_default;
            END IF;
            FOR leaf IN SELECT inhrelid FROM pg_inherits
                WHERE inhparent IN ('current_block'::regclass, 'history_block'::regclass)
            LOOP
                EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', leaf);
            END LOOP;
        END $$;
        """
}
