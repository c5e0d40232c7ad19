import Foundation

/// FlexMeasures from PyPI: gunicorn with several workers of several threads, a Postgres with the
/// settings of Penstock's embedded one, and a Redis.
final class FlexMeasuresPeer: SensorDataServer {
    let name = "FlexMeasures"
    let port: UInt16
    private(set) var token = ""
    private(set) var firstSensor = 0
    private let programs: String
    private let binaries: String
    private let folder: String
    private let workerCount: Int
    private let redisPort: UInt16
    private var servers: [ServerProcess] = []

    /// Threads of each worker: together as many as the load has connections, which stay open.
    private static let threadCount = 16
    private static let seed = "Benchmarks/PeerBenchmarks/flexmeasures_seed.py"

    /// `environment`: folder of the Python environment that has FlexMeasures and gunicorn.
    /// `binaries`: folder of Postgres' programs.
    /// `folder`: an empty one.
    /// `workerCount`: processes of gunicorn.
    init(environment: String, binaries: String, folder: String, workerCount: Int) throws {
        programs = "\(URL(fileURLWithPath: environment).path)/bin"
        self.binaries = binaries
        self.folder = folder
        self.workerCount = workerCount
        (port, redisPort) = (try StreamSocket.freePort(), try StreamSocket.freePort())
    }

    private var log: String { "\(folder)/log" }
    /// Its settings are read from the home folder.
    private var variables: [String: String] {
        ["HOME": folder, "PATH": "\(programs):/usr/bin:/bin", "PYTHONWARNINGS": "ignore"]
    }

    func startWithSensors(count: Int) throws {
        // The server's user makes its files in it.
        chmod(folder, 0o777)
        try startPostgres()
        guard let redis = Spawn.find("redis-server") else {
            throw Failure("redis-server is missing")
        }
        servers.append(
            try ServerProcess(
                [redis, "--bind", "127.0.0.1", "--port", "\(redisPort)", "--save", ""],
                log: log
            )
        )
        try settings.write(
            toFile: "\(folder)/.flexmeasures.cfg",
            atomically: false,
            encoding: .utf8
        )
        try run(["\(programs)/flexmeasures", "db", "upgrade"])
        let seed = "\(FileManager.default.currentDirectoryPath)/\(Self.seed)"
        let seeded = try run(["\(programs)/python", seed, "\(count)"])
        let last = seeded.split(separator: "\n").last { $0.hasPrefix("first sensor:") }
        guard let first = last.flatMap({ Int($0.split(separator: " ").last ?? "") }) else {
            throw Failure("FlexMeasures was not filled: \(seeded.suffix(300))")
        }
        firstSensor = first
        try startServer()
    }

    private func startPostgres() throws {
        let data = "\(folder)/postgres"
        try Spawn.run(
            ["setpriv"] + Spawn.asUser("postgres") + [
                "\(binaries)/initdb", "-D", data, "-A", "trust", "-U", "postgres",
                "--data-checksums", "--locale=C", "--encoding=UTF8",
            ]
        )
        let settings = PostgresPeer.settings + ["unix_socket_directories=\(folder)", "port=5432"]
        let server = try ServerProcess(
            ["\(binaries)/postgres", "-D", data] + settings.flatMap { ["-c", $0] },
            log: log,
            user: "postgres",
            stopSignal: SIGINT
        )
        servers.append(server)
        try waitUntilReady(server, log: log) {
            (try? session("postgres").query("SELECT 1")) != nil
        }
        try session("postgres").query("CREATE DATABASE fm")
    }

    private var settings: String {
        """
        SQLALCHEMY_DATABASE_URI = "postgresql://postgres@/fm?host=\(folder)"
        SECRET_KEY = "benchmark-\(UUID().uuidString)"
        SECURITY_PASSWORD_SALT = "benchmark"
        SECURITY_TOTP_SECRETS = {"1": "00000000000000000000000000000000"}
        FLEXMEASURES_REDIS_URL = "127.0.0.1"
        FLEXMEASURES_REDIS_PORT = \(redisPort)
        FLEXMEASURES_CREATE_TEMPLATE_ASSETS_ON_STARTUP = False
        RATELIMIT_ENABLED = False
        LOGGING_LEVEL = "ERROR"

        """
    }

    private func startServer() throws {
        let server = try ServerProcess(
            [
                "\(programs)/gunicorn", "--chdir", folder, "--workers", "\(workerCount)",
                "--worker-class", "gthread",
                "--threads", "\(Self.threadCount)", "--keep-alive", "75", "--timeout", "600",
                "--bind", "127.0.0.1:\(port)", "flexmeasures.app:create(env='production')",
            ],
            log: log,
            environment: variables
        )
        servers.append(server)
        try waitUntilReady(server, log: log) {
            (try? HTTPConnection(port: port).get("/api/v3_0/health/ready"))?.status == 200
        }
        token = try requestToken(port)
    }

    func stop() {
        for server in servers.reversed() { server.stop() }
        servers = []
    }

    func storedValueCount() throws -> Int { try number("SELECT count(*) FROM timed_belief") }

    func compact() throws {
        let session = try session("fm")
        try session.query("VACUUM (ANALYZE) timed_belief")
        try session.query("CHECKPOINT")
    }

    func storedByteCount() throws -> Int {
        try number("SELECT pg_total_relation_size('timed_belief')")
    }

    private func number(_ sql: String) throws -> Int {
        let texts = try session("fm").query(sql, keepsTexts: true).texts
        guard let number = texts.first.flatMap({ Int($0) }) else {
            throw Failure("no number: \(sql)")
        }
        return number
    }

    private func session(_ database: String) throws -> PostgresSession {
        try PostgresSession(socketFolder: folder, user: "postgres", database: database)
    }

    @discardableResult
    private func run(_ arguments: [String]) throws -> String {
        // It writes a log where it runs.
        try Spawn.run(["env", "-C", folder] + variables.map { "\($0)=\($1)" } + arguments)
    }

    /// What it runs with, as Python's packages say.
    static func versions(environment: String) -> [String] {
        let script = """
            import sys
            from importlib.metadata import version
            names = ["flexmeasures", "timely-beliefs", "SQLAlchemy", "Flask", "pandas", "gunicorn"]
            print(f"Python {sys.version.split()[0]}", *(f"{n} {version(n)}" for n in names), sep="\\n")
            """
        let text = (try? Spawn.run(["\(environment)/bin/python", "-c", script])) ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}

/// Logs the benchmark's user in.
func requestToken(_ port: UInt16) throws -> String {
    let answer = try HTTPConnection(port: port).post(
        "/api/requestAuthToken",
        headers: "Content-Type: application/json\r\n",
        body: "{\"email\": \"bench@example.com\", \"password\": \"bench-pass-1\"}"
    )
    let document = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
    guard let token = document?["auth_token"] as? String else {
        throw Failure("no token: \(answer.text)")
    }
    return token
}
