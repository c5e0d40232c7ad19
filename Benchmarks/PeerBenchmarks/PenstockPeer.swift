import Dispatch
import Foundation
import Synchronization

/// This repository's server with its embedded Postgres, which waits for the disk, and with a token.
final class PenstockPeer: Peer, SensorDataServer {
    let name = "Penstock"
    let format = LineFormat.lineProtocol
    private let program: String
    private let folder: String
    private let environment: [String: String]
    let port: UInt16
    private(set) var token = ""
    private(set) var firstSensor = 0
    private var server: ServerProcess?
    /// Id of the first sensor of what was loaded for the reads, by measurement.
    private var firstSensors: [String: Int] = [:]

    var pid: pid_t { server?.pid ?? 0 }
    private var data: String { "\(folder)/data" }
    private var tokenHeader: String { "Authorization: \(token)\r\n" }

    /// `environment`: settings of the server besides the defaults.
    init(program: String, folder: String, environment: [String: String]) throws {
        self.program = program
        self.folder = folder
        self.environment = environment
        port = try StreamSocket.freePort()
    }

    func start() throws {
        let isNew = access(data, F_OK) != 0
        // Its Postgres may have another user, who must be able to pass.
        chmod(folder, 0o755)
        let log = "\(folder)/log"
        let server = try ServerProcess(
            [program, "serve", "--insecure-http", "127.0.0.1:\(port)", "--data-dir", data],
            log: log,
            environment: environment
        )
        self.server = server
        try waitUntilReady(server, log: log) {
            (try? HTTPConnection(port: port).get("/api/v3_0/health/ready"))?.status == 200
        }
        if isNew { try makeAccount() }
    }

    private func makeAccount() throws {
        try command(["add", "account", "--name", "bench"])
        try command(
            [
                "add", "user", "--password-stdin", "--email", "bench@example.com", "--username",
                "bench", "--account", "1", "--roles", "account-admin",
            ],
            input: "bench-pass-1\n"
        )
        try command([
            "add", "asset", "--name", "site", "--asset-type", "building", "--account", "1",
        ])
        token = try requestToken(port)
    }

    func startWithSensors(count: Int) throws {
        try start()
        firstSensor = try addSensors("bench", count: count, resolutionSeconds: 900)
    }

    func stop() {
        server?.stop()
        server = nil
    }

    func makeWriter() throws -> any BatchWriter {
        try HTTPWriter(
            port: port,
            path: "/api/v2/write?bucket=bench&precision=ns",
            headers: "Authorization: Token \(token)\r\n"
        )
    }

    func storedValueCount() throws -> Int { try size("values") }

    func compact() throws {
        try command(["db", "compact"])
        // The server follows the other process within half a second.
        usleep(1_500_000)
    }

    func storedByteCount() throws -> Int { try size("bytes_beliefs") }

    private func size(_ member: String) throws -> Int {
        let text = try command(["db", "size", "--json"])
        let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        guard let number = document?[member] as? NSNumber else {
            throw Failure("no `\(member)` in the answer of db size: \(text.prefix(200))")
        }
        return number.intValue
    }

    /// The data of the reads is posted to sensors whose resolution is the data's, by FlexMeasures'
    /// endpoint, so that it is read as FlexMeasures' clients read it.
    func load(_ source: LineSource) throws {
        let shape = source.shape
        let first = try addSensors(
            shape.measurement,
            count: shape.seriesCount,
            resolutionSeconds: shape.stepSeconds
        )
        firstSensors[source.shape.measurement] = first
        let refusal = Refusal()
        let done = DispatchGroup()
        for _ in 0..<4 {
            done.enter()
            Thread.detachNewThread { [port, token] in
                do {
                    let writer = try SensorDataWriter(
                        port: port,
                        token: token,
                        shape: source.shape,
                        firstSensor: first
                    )
                    var batch = source.makeBatch()
                    while source.next(&batch) { try writer.write(batch) }
                } catch {
                    refusal.text.withLock { $0 = $0 ?? "\(error)" }
                }
                done.leave()
            }
        }
        done.wait()
        if let text = refusal.text.withLock({ $0 }) { throw Failure(text) }
    }

    private final class Refusal: Sendable { let text = Mutex<String?>(nil) }

    /// Straight by SQL: ten thousand commands would take hours. The id of the first.
    private func addSensors(
        _ prefix: String,
        count: Int,
        resolutionSeconds: Int
    ) throws -> Int {
        let lines = try String(contentsOfFile: "\(data)/postgres/postmaster.pid", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let session = try PostgresSession(
            socketFolder: String(lines[4]),
            user: "penstock_owner",
            database: "penstock"
        )
        let ids = try session.query(
            """
            INSERT INTO sensor (name, unit, timezone, event_resolution, asset_id)
            SELECT '\(prefix) ' || n, 'kW', 'UTC', '\(resolutionSeconds) seconds', 1
            FROM generate_series(1, \(count)) n RETURNING id
            """,
            keepsTexts: true
        )
        // The server hears of them within a second.
        sleep(2)
        let numbers = ids.texts.compactMap { Int($0) }.sorted()
        guard let first = numbers.first, numbers.last == first + count - 1 else {
            throw Failure("the sensors' ids are not in one row")
        }
        return first
    }

    func makeRead(_ kind: ReadKind) throws -> Read {
        let power = firstSensors["power", default: 0]
        let recent = firstSensors["recent", default: 0]
        let (start, end) = (isoText(ReadKind.yearStart), isoText(ReadKind.yearEnd))
        switch kind {
        case .year:
            // None of those that the server may have read to warm itself up, which are the first ones.
            return try dataRead(power + 50, minutes: 365 * 24 * 60)
        case .scan:
            return try dataRead(firstSensors["minutely", default: 0], minutes: 1_000_000)
        case .hourlyMeans, .uncachedHourlyMeans:
            let body = """
                {"sensors": \(Array(power..<power + 100)), "start": "\(start)", "end": "\(end)", \
                "resolution": "PT1H", "aggregate": "mean"}
                """
            return try bodyRead("/api/penstock/v1/query", body, numbersPerValue: 1)
        case .lastValues:
            let body = "{\"sensors\": \(Array(recent..<recent + 10_000))}"
            // A sensor's id, its value and the value's source.
            return try bodyRead("/api/penstock/v1/last", body, numbersPerValue: 3)
        }
    }

    private func dataRead(_ sensor: Int, minutes: Int) throws -> Read {
        let start = isoText(ReadKind.yearStart)
        let path = "/api/v3_0/sensors/\(sensor)/data?start=\(start)&duration=PT\(minutes)M&unit=kW"
        return try .http(port: port, path: path, headers: tokenHeader, numbersPerValue: 1)
    }

    private func bodyRead(_ path: String, _ body: String, numbersPerValue: Int) throws -> Read {
        try .http(
            port: port,
            path: path,
            headers: tokenHeader + "Content-Type: application/json\r\n",
            body: body,
            numbersPerValue: numbersPerValue
        )
    }

    @discardableResult
    private func command(_ arguments: [String], input: String? = nil) throws -> String {
        try Spawn.run([program] + arguments + ["--data-dir", data], input: input)
    }
}
