/// A module's schema as numbered steps. Steps are append-only: one that has shipped never changes.
package struct Migrations: Sendable {
    /// The module's name in `schema_version`.
    package let module: String
    /// SQL scripts; step n (from 1) brings version n - 1 to version n.
    package let steps: [String]
    /// What the server's role may do with what the steps have made.
    package let grants: Grants

    package init(module: String, steps: [String], grants: Grants = Grants([])) {
        self.module = module
        self.steps = steps
        self.grants = grants
    }

    /// The version that this program needs.
    package var version: Int { steps.count }

    /// Brings the database to this program's version, one transaction a step. Safe to run from
    /// several processes at once: an advisory lock lets one go first.
    ///
    /// - Returns: the numbers of the steps that were run.
    /// - Throws: `.unexpected` if the database is newer than this program.
    package func run(on connection: borrowing PostgresConnection) throws -> [Int] {
        // Any number does, as long as all versions of Penstock use the same; "penstock" in ASCII.
        try connection.execute("SELECT pg_advisory_lock(x'70656e73746f636b'::bigint)")
        defer {
            _ = try? connection.execute("SELECT pg_advisory_unlock(x'70656e73746f636b'::bigint)")
        }
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_version (
                module text PRIMARY KEY,
                version integer NOT NULL
            )
            """
        )
        let current = try version(on: connection)
        guard current <= version else {
            throw PostgresError.unexpected(
                "module `\(module)` of the database has version \(current), this program knows \(version): install a newer Penstock"
            )
        }
        let missing = Array((current + 1)..<(version + 1))
        for number in missing {
            try connection.transaction { connection in
                try connection.execute(steps[number - 1])
                try connection.query(
                    """
                    INSERT INTO schema_version (module, version) VALUES (\(module), \(number))
                    ON CONFLICT (module) DO UPDATE SET version = excluded.version
                    """
                )
            }
        }
        return missing
    }

    /// The database's version of this module, 0 if it has none.
    package func version(on connection: borrowing PostgresConnection) throws -> Int {
        let exists = try connection.query("SELECT to_regclass('schema_version') IS NOT NULL")
        guard try exists.bool(0, 0) else { return 0 }
        let rows = try connection.query(
            "SELECT version FROM schema_version WHERE module = \(module)"
        )
        return rows.count == 0 ? 0 : Int(try rows.int(0, 0))
    }
}
