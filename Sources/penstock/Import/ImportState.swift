import Auth
import Model
import Postgres

/// How far the import has come, in the store's own database: what is noted here is done, and is not
/// done again.
struct ImportState: Sendable {
    /// Connections of the role that owns the tables.
    let pool: PostgresPool

    /// What is noted of the run.
    struct Run: Sendable {
        let source: String
        let isStructureDone: Bool
        let areUsersDone: Bool
        let isFinished: Bool
    }

    /// The run that was begun, if one was.
    func run() async throws -> Run? {
        let rows = try await pool.read(
            """
            SELECT source, structure_at IS NOT NULL, users_at IS NOT NULL, finished_at IS NOT NULL
            FROM import_run
            """
        )
        guard rows.count == 1 else { return nil }
        return Run(
            source: rows.string(0, 0),
            isStructureDone: try rows.bool(0, 1),
            areUsersDone: try rows.bool(0, 2),
            isFinished: try rows.bool(0, 3)
        )
    }

    /// Notes that a run begins, in place of one whose structure was refused.
    ///
    /// - Throws: `CommandError` if the role may not write here.
    func begin(source: String) async throws {
        do {
            try await pool.withConnection { connection in
                _ = try connection.query(
                    """
                    INSERT INTO import_run (source) VALUES (\(source))
                    ON CONFLICT (only_one) DO UPDATE SET source = excluded.source, began_at = now()
                    """
                )
            }
        } catch PostgresError.server(sqlState: "42501", _) {
            throw CommandError(
                "an import needs the role that owns the tables: set DATABASE_OWNER_URL"
            )
        }
    }

    func finish() async throws {
        try await pool.withConnection { connection in
            _ = try connection.query("UPDATE import_run SET finished_at = now()")
        }
    }

    /// The sensors whose beliefs are stored, and what went by of each.
    func sensors() async throws -> [Int64: BeliefChecksum.Result] {
        let rows = try await pool.read(
            "SELECT sensor_id, belief_count, checksum FROM import_sensor"
        )
        var sensors: [Int64: BeliefChecksum.Result] = [:]
        for row in 0..<rows.count {
            sensors[try rows.int(row, 0)] = BeliefChecksum.Result(
                beliefCount: Int(try rows.int(row, 1)),
                checksum: UInt64(bitPattern: try rows.int(row, 2))
            )
        }
        return sensors
    }

    func note(_ sensors: [Int64: BeliefChecksum.Result]) async throws {
        guard !sensors.isEmpty else { return }
        let ids = sensors.keys.sorted()
        let results = ids.compactMap { sensors[$0] }
        try await pool.withConnection { connection in
            _ = try connection.query(
                """
                INSERT INTO import_sensor (sensor_id, belief_count, checksum)
                SELECT * FROM unnest(\(.ints(ids))::bigint[],
                    \(.ints(results.map { Int64($0.beliefCount) }))::bigint[],
                    \(.ints(results.map { Int64(bitPattern: $0.checksum) }))::bigint[])
                ON CONFLICT (sensor_id) DO UPDATE
                SET belief_count = excluded.belief_count, checksum = excluded.checksum
                """
            )
        }
    }

    /// Notes a step in the transaction that does it, and writes it down in the audit log.
    struct Mark: ChangeTrail {
        enum Step: String { case structure, users }

        let step: Step

        func append(
            _ changes: [RecordedChange],
            on connection: borrowing PostgresConnection
        ) throws {
            try connection.execute("UPDATE import_run SET \(step.rawValue)_at = now()")
            try AuditTrail(by: .operator).append(changes, on: connection)
        }
    }
}
