import Foundation

/// A private Postgres with FlexMeasures' table of beliefs, written by COPY; as a hypertable if it is
/// to be TimescaleDB. The settings are those of Penstock's embedded Postgres, where they matter.
final class PostgresPeer: Peer {
    let name: String
    let format = LineFormat.copy
    let lineCountMax: Int?
    private let binaries: String
    private let folder: String
    private let isTimescale: Bool
    private var server: ServerProcess?

    var pid: pid_t { server?.pid ?? 0 }
    private var data: String { "\(folder)/data" }

    init(binaries: String, folder: String, isTimescale: Bool, lineCountMax: Int) throws {
        self.binaries = binaries
        self.folder = folder
        self.isTimescale = isTimescale
        self.lineCountMax = lineCountMax
        name = isTimescale ? "TimescaleDB" : "Postgres COPY"
    }

    static let settings = [
        "listen_addresses=", "fsync=on", "synchronous_commit=on", "full_page_writes=on",
        "wal_compression=on", "max_wal_size=4GB", "min_wal_size=512MB", "checkpoint_timeout=15min",
        "checkpoint_completion_target=0.9", "wal_buffers=16MB", "shared_buffers=256MB", "jit=off",
        "random_page_cost=1.1", "timezone=UTC", "log_min_messages=warning",
    ]

    func start() throws {
        let isNew = access(data, F_OK) != 0
        if isNew {
            // The server's user makes its files in it.
            chmod(folder, 0o777)
            try Spawn.run(
                ["setpriv"] + Spawn.asUser("postgres") + [
                    "\(binaries)/initdb", "-D", data, "-A", "trust", "-U", "postgres",
                    "--data-checksums", "--locale=C", "--encoding=UTF8",
                ]
            )
        }
        var settings = Self.settings + ["unix_socket_directories=\(folder)", "port=5432"]
        if isTimescale { settings.append("shared_preload_libraries=timescaledb") }
        let log = "\(folder)/log"
        let server = try ServerProcess(
            ["\(binaries)/postgres", "-D", data] + settings.flatMap { ["-c", $0] },
            log: log,
            user: "postgres",
            stopSignal: SIGINT
        )
        self.server = server
        try waitUntilReady(server, log: log) { (try? session().query("SELECT 1")) != nil }
        if isNew { try makeTable() }
    }

    /// FlexMeasures' table, with its key and its indexes.
    private func makeTable() throws {
        let session = try session()
        if isTimescale { try session.query("CREATE EXTENSION timescaledb") }
        try session.query(
            """
            CREATE TABLE timed_belief (
                event_start timestamptz NOT NULL, belief_horizon interval NOT NULL,
                cumulative_probability double precision NOT NULL, event_value double precision,
                sensor_id integer NOT NULL, source_id integer NOT NULL,
                PRIMARY KEY (event_start, belief_horizon, cumulative_probability, sensor_id, source_id)
            )
            """
        )
        if isTimescale {
            try session.query("SELECT create_hypertable('timed_belief', 'event_start')")
        }
        for index in [
            "(event_start, sensor_id, source_id) INCLUDE (belief_horizon)",
            "(sensor_id, event_start)", "(event_start)", "(sensor_id)",
        ] {
            try session.query("CREATE INDEX ON timed_belief \(index)")
        }
    }

    func stop() {
        server?.stop()
        server = nil
    }

    func makeWriter() throws -> any BatchWriter { CopyWriter(try session()) }

    func storedValueCount() throws -> Int { try number("SELECT count(*) FROM timed_belief") }

    func compact() throws {
        let session = try session()
        try session.query("VACUUM (ANALYZE) timed_belief")
        try session.query("CHECKPOINT")
    }

    func storedByteCount() throws -> Int {
        let size = isTimescale ? "hypertable_size" : "pg_total_relation_size"
        return try number("SELECT \(size)('timed_belief')")
    }

    func makeRead(_ kind: ReadKind) throws -> Read {
        let year = "event_start >= '2023-01-01' AND event_start < '2024-01-01'"
        let hour =
            isTimescale ? "time_bucket('1 hour', event_start)" : "date_trunc('hour', event_start)"
        let sql =
            switch kind {
            case .year:
                """
                SELECT event_start, event_value FROM timed_belief WHERE sensor_id = 1 AND \(year) \
                ORDER BY event_start
                """
            case .scan:
                """
                SELECT event_start, event_value FROM timed_belief WHERE sensor_id = 201 \
                ORDER BY event_start
                """
            case .hourlyMeans, .uncachedHourlyMeans:
                """
                SELECT sensor_id, \(hour), avg(event_value) FROM timed_belief \
                WHERE sensor_id BETWEEN 1 AND 100 AND \(year) GROUP BY 1, 2 ORDER BY 1, 2
                """
            case .lastValues:
                """
                SELECT id, event_start, event_value FROM generate_series(1001, 11000) id, LATERAL \
                (SELECT event_start, event_value FROM timed_belief WHERE sensor_id = id \
                ORDER BY event_start DESC LIMIT 1) last
                """
            }
        let session = try session()
        return Read(
            run: { try session.query(sql).byteCount },
            countValues: { try session.query(sql).rowCount }
        )
    }

    /// Whether a Postgres has the extension's files.
    static func hasTimescale(binaries: String) -> Bool {
        let folder = (try? Spawn.run(["\(binaries)/pg_config", "--sharedir"])) ?? ""
        let path = folder.trimmingCharacters(in: .whitespacesAndNewlines)
        return access("\(path)/extension/timescaledb.control", R_OK) == 0
    }

    private func session() throws -> PostgresSession {
        try PostgresSession(socketFolder: folder, user: "postgres", database: "postgres")
    }

    private func number(_ sql: String) throws -> Int {
        try session().query(sql, keepsTexts: true).texts.first.flatMap { Int($0) } ?? 0
    }
}
