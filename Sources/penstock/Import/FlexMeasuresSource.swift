import Dispatch
import Foundation
import Postgres

/// A FlexMeasures database that is read: all as it was at one moment, whoever writes to it meanwhile.
///
/// `@unchecked Sendable`: the session that keeps the moment is used on `thread` only.
final class FlexMeasuresSource: @unchecked Sendable {
    private let thread = DispatchQueue(label: "import-source")
    private var keeper: PostgresConnection?
    private let readers: PostgresPool
    private let snapshot: String

    /// Sessions that read beliefs at a time. While one waits for the store the others read.
    static let readerCount = 3
    /// A statement may take as long as sorting all beliefs of a sensor does.
    private static let timeoutMilliseconds: Int32 = 3_600_000

    /// Connects, and checks that it is what it should be.
    ///
    /// `conninfo`: as libpq takes it. Never quoted in errors, as it may hold a password.
    /// - Throws: `CommandError`.
    init(_ conninfo: String) throws {
        try LinkPolicy.check(postgres: conninfo, name: "--from")
        readers = PostgresPool(
            .init(
                conninfo: conninfo,
                connectionCountMax: Self.readerCount,
                timeoutMilliseconds: Self.timeoutMilliseconds
            )
        )
        do {
            let connection = try PostgresConnection(
                conninfo,
                applicationName: "penstock-import",
                timeoutMilliseconds: Self.timeoutMilliseconds
            )
            try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            // Of the database's words the usual ones are meant.
            try connection.execute("SET LOCAL search_path = public")
            try Self.checkTables(connection)
            snapshot = try connection.query("SELECT pg_export_snapshot()").string(0, 0)
            keeper = consume connection
        } catch PostgresError.unavailable(let text) {
            throw CommandError("--from: the database does not answer: \(text)")
        }
    }

    /// Reads on the session that keeps the moment.
    func read<R: Sendable>(
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            thread.async {
                continuation.resume(
                    with: Result {
                        guard let open = self.keeper.take() else {
                            throw CommandError("--from: the connection is closed")
                        }
                        do {
                            let result = try body(open)
                            self.keeper = consume open
                            return result
                        } catch {
                            self.keeper = consume open
                            throw error
                        }
                    }
                )
            }
        }
    }

    /// Has the beliefs of the sensors from `first` to `last` read by one of several sessions, as
    /// `BeliefStream` wants them.
    ///
    /// `body`: gets a function that reads, and what that reads is to be given to.
    func readBeliefs(
        of sensors: ClosedRange<Int64>,
        into stream: @escaping @Sendable () -> BeliefStream,
        _ finish: @escaping @Sendable () throws -> Void
    ) async throws {
        try await readers.withConnection { [snapshot] connection in
            try connection.execute(
                """
                BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
                SET TRANSACTION SNAPSHOT '\(snapshot)';
                SET LOCAL search_path = public; SET LOCAL work_mem = '128MB';
                SET LOCAL max_parallel_workers_per_gather = 0
                """
            )
            let stream = stream()
            try connection.copyOut(
                """
                COPY (SELECT \(BeliefStream.columns) FROM timed_belief
                    WHERE sensor_id BETWEEN \(sensors.lowerBound) AND \(sensors.upperBound)
                    ORDER BY \(BeliefStream.order)) TO STDOUT (FORMAT binary)
                """
            ) { piece in try stream.append(piece) }
            try stream.finish()
            try finish()
            try connection.execute("COMMIT")
        }
    }

    func close() async {
        await readers.close()
        await withCheckedContinuation { continuation in
            thread.async {
                self.keeper = nil
                continuation.resume()
            }
        }
    }

    /// What is read, by table.
    private static let needed = [
        "account": [
            "id", "name", "consultancy_account_id", "primary_color", "secondary_color", "logo_url",
            "attributes", "plan_id", "secrets",
        ],
        "account_role": ["id", "name", "description"],
        "roles_accounts": ["account_id", "role_id"],
        "fm_user": [
            "id", "email", "username", "password", "active", "timezone", "last_login_at",
            "last_seen_at", "login_count", "account_id", "tf_totp_secret",
        ],
        "role": ["id", "name"], "roles_users": ["user_id", "role_id"],
        "generic_asset_type": ["id", "name", "description"],
        "generic_asset": [
            "id", "name", "description", "latitude", "longitude", "generic_asset_type_id",
            "account_id", "parent_asset_id", "external_id", "attributes", "sensors_to_show",
            "sensors_to_show_as_kpis", "flex_context", "flex_model", "secrets",
        ],
        "sensor": [
            "id", "name", "unit", "timezone", "event_resolution", "knowledge_horizon_fnc",
            "knowledge_horizon_par", "generic_asset_id", "attributes",
        ],
        "data_source": [
            "id", "name", "type", "model", "version", "user_id", "account_id", "attributes",
        ],
        "annotation": ["id", "content", "start", "end", "belief_time", "source_id", "type"],
        "annotations_sensors": ["sensor_id", "annotation_id"],
        "annotations_assets": ["generic_asset_id", "annotation_id"],
        "annotations_accounts": ["account_id", "annotation_id"],
        "timed_belief": [
            "sensor_id", "source_id", "event_start", "belief_horizon", "cumulative_probability",
            "event_value",
        ],
    ]

    private static func checkTables(_ connection: borrowing PostgresConnection) throws {
        let rows = try connection.query(
            """
            SELECT table_name::text || '.' || column_name::text FROM information_schema.columns
            WHERE table_schema = 'public'
            """
        )
        let present = Set((0..<rows.count).map { rows.string($0, 0) })
        let missing = needed.flatMap { table, columns in columns.map { "\(table).\($0)" } }
            .filter { !present.contains($0) }.sorted()
        guard let first = missing.first else { return }
        throw CommandError(
            """
            --from: this is not the database of FlexMeasures 1.0, or its user may not read it: there \
            is no \(first)\(missing.count > 1 ? ", and \(missing.count - 1) more are missing" : ""). \
            Bring an older one up to date with FlexMeasures 1.0's `flexmeasures db upgrade` first
            """
        )
    }
}
