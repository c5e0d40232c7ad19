import Postgres

/// What creating many sensors in one statement costs, brought down to its rows and indexes.
///
/// - A foreign key is checked row by row, which took as long as all else together. The rows of one
///   statement have few assets: triggers for statements ask for each of these once, with the lock that
///   a foreign key takes, and remove the sensors of a removed asset. Messages are those of the key.
/// - Who copies rows knows their ids beforehand: the server's role may not use sequences itself.
/// - Who shows its own rows need not read them again: a notification names its writer.
enum BulkSensorsMigration {
    /// Names, for `Grants`.
    static let functions = ["penstock_reserve_sensor_ids"]

    /// The setting by which a transaction names the store that it writes for.
    static let writerSetting = "penstock.writer"

    static let step =
        """
        ALTER TABLE sensor DROP CONSTRAINT sensor_asset_fkey;

        CREATE FUNCTION penstock_check_sensor_assets() RETURNS trigger LANGUAGE plpgsql AS $body$
        DECLARE
            wanted bigint[] := ARRAY(SELECT DISTINCT asset_id FROM changed);
            found bigint;
        BEGIN
            PERFORM FROM asset WHERE id = ANY(wanted) ORDER BY id FOR KEY SHARE;
            GET DIAGNOSTICS found = ROW_COUNT;
            IF found < cardinality(wanted) THEN
                RAISE EXCEPTION
                    'insert or update on table "sensor" violates constraint "sensor_asset_fkey"'
                    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'sensor_asset_fkey';
            END IF;
            RETURN NULL;
        END $body$;
        CREATE TRIGGER sensor_asset_insert AFTER INSERT ON sensor
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION penstock_check_sensor_assets();
        CREATE TRIGGER sensor_asset_update AFTER UPDATE ON sensor
            REFERENCING NEW TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION penstock_check_sensor_assets();

        CREATE FUNCTION penstock_remove_sensors_of_assets() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            DELETE FROM sensor USING changed WHERE sensor.asset_id = changed.id;
            RETURN NULL;
        END $body$;
        CREATE TRIGGER asset_sensors_delete AFTER DELETE ON asset
            REFERENCING OLD TABLE AS changed
            FOR EACH STATEMENT EXECUTE FUNCTION penstock_remove_sensors_of_assets();

        CREATE FUNCTION penstock_keep_asset_id() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            RAISE EXCEPTION 'the id of an asset does not change'
                USING ERRCODE = 'foreign_key_violation';
        END $body$;
        CREATE TRIGGER asset_id_update BEFORE UPDATE OF id ON asset
            FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id)
            EXECUTE FUNCTION penstock_keep_asset_id();

        -- Ascending ids, of nobody else.
        CREATE FUNCTION penstock_reserve_sensor_ids(count integer) RETURNS SETOF bigint
        LANGUAGE plpgsql STRICT AS $body$
        DECLARE
            ids regclass := pg_get_serial_sequence('sensor', 'id');
        BEGIN
            RETURN QUERY SELECT nextval(ids) FROM generate_series(1, count);
        END $body$;
        """
        + Grants.definerScript(["penstock_reserve_sensor_ids(integer)"])
            + """

            CREATE OR REPLACE FUNCTION penstock_catalog_notify_sensors() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            DECLARE
                told text[];
                writer text := coalesce('@' || nullif(current_setting('\(writerSetting)', true), ''), '');
            BEGIN
                SELECT array_agg(CASE WHEN low = high THEN low::text ELSE low || '-' || high END)
                INTO told
                FROM (
                    SELECT min(id) AS low, max(id) AS high
                    FROM (
                        SELECT id, count(*) FILTER (WHERE begins) OVER (ORDER BY id) AS island
                        FROM (
                            SELECT id, id - lag(id) OVER (ORDER BY id) > 64 AS begins FROM changed
                        ) AS gaps
                    ) AS islands
                    GROUP BY island LIMIT 1001
                ) AS ranges;
                IF cardinality(told) > 1000 THEN
                    PERFORM pg_notify('\(CatalogMigrations.channel)', 'sensor:*' || writer);
                ELSE
                    PERFORM pg_notify('\(CatalogMigrations.channel)', 'sensor:' || range || writer)
                    FROM unnest(told) AS range;
                END IF;
                RETURN NULL;
            END $body$;
            """
}
