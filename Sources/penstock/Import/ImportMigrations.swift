import Postgres

/// The tables that say how far an import from another system has come.
enum ImportMigrations {
    static let migrations = Migrations(
        module: "import",
        steps: [tables],
        // The owner imports; a server has nothing to do with it.
        grants: Grants([.init("import_run", [.select]), .init("import_sensor", [.select])])
    )

    /// `import_run` has one row at most: only an empty store is imported into. `checksum` has the bits
    /// of an unsigned number.
    private static let tables = """
        CREATE TABLE import_run (
            only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
            source text NOT NULL,
            began_at timestamptz NOT NULL DEFAULT now(),
            structure_at timestamptz,
            users_at timestamptz,
            finished_at timestamptz
        );
        CREATE TABLE import_sensor (
            sensor_id bigint PRIMARY KEY,
            belief_count bigint NOT NULL,
            checksum bigint NOT NULL
        );
        """
}
