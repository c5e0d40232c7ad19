import Foundation

/// Debian's InfluxDB 1.x with the on-disk index, everything that is not storing switched off.
final class InfluxDBPeer: Peer {
    let name = "InfluxDB"
    let format = LineFormat.lineProtocol
    private let program: String
    private let folder: String
    private let port: UInt16
    private let rpcPort: UInt16
    private var server: ServerProcess?

    var pid: pid_t { server?.pid ?? 0 }

    init(program: String, folder: String) throws {
        self.program = program
        self.folder = folder
        port = try StreamSocket.freePort()
        rpcPort = try StreamSocket.freePort()
    }

    /// The cold durations say how long a shard rests before it is written and merged for good; they
    /// are short, so that the size after merging can be seen, and change nothing under load.
    private var configuration: String {
        """
        reporting-disabled = true
        bind-address = "127.0.0.1:\(rpcPort)"
        [meta]
          dir = "\(folder)/meta"
        [data]
          dir = "\(folder)/data"
          wal-dir = "\(folder)/wal"
          index-version = "tsi1"
          query-log-enabled = false
          max-series-per-database = 0
          max-values-per-tag = 0
          cache-snapshot-write-cold-duration = "5s"
          compact-full-write-cold-duration = "5s"
        [monitor]
          store-enabled = false
        [http]
          bind-address = "127.0.0.1:\(port)"
          log-enabled = false
          max-body-size = 0
          max-row-limit = 0
        [logging]
          level = "warn"
        """
    }

    func start() throws {
        let log = "\(folder)/log"
        try configuration.write(toFile: "\(folder)/conf", atomically: false, encoding: .utf8)
        let server = try ServerProcess([program, "-config", "\(folder)/conf"], log: log)
        self.server = server
        try waitUntilReady(server, log: log) {
            (try? HTTPConnection(port: port).get("/ping"))?.status == 204
        }
        let answer = try HTTPConnection(port: port)
            .post("/query?q=CREATE%20DATABASE%20bench", headers: "", body: "")
        guard answer.status == 200 else { throw Failure("no database: \(answer.text)") }
    }

    func stop() {
        server?.stop()
        server = nil
    }

    func makeWriter() throws -> any BatchWriter {
        try HTTPWriter(port: port, path: "/write?db=bench&precision=ns")
    }

    func storedValueCount() throws -> Int {
        let answer = try HTTPConnection(port: port).get(
            try queryPath("SELECT count(value) FROM power")
        )
        let document = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let results = document?["results"] as? [[String: Any]]
        let series = results?.first?["series"] as? [[String: Any]]
        let rows = series?.first?["values"] as? [[Any]]
        return rows?.first?.last as? Int ?? 0
    }

    /// It cannot be told to: done when its files have not changed for fifteen seconds.
    func compact() throws {
        var (size, idleSeconds) = (0, 0)
        while idleSeconds < 15 {
            sleep(1)
            let now = try storedByteCount()
            idleSeconds = now == size ? idleSeconds + 1 : 0
            size = now
        }
    }

    func storedByteCount() throws -> Int {
        folderByteCount("\(folder)/data") + folderByteCount("\(folder)/wal")
    }

    func makeRead(_ kind: ReadKind) throws -> Read {
        let (start, end) = (ReadKind.yearStart, ReadKind.yearEnd)
        let year = "time >= \(start)s AND time < \(end)s"
        let query =
            switch kind {
            case .year: "SELECT value FROM power WHERE sensor = 's0000000' AND \(year)"
            case .scan: "SELECT value FROM minutely WHERE sensor = 's0000200'"
            case .hourlyMeans, .uncachedHourlyMeans:
                "SELECT mean(value) FROM power WHERE \(year) GROUP BY time(1h), sensor"
            case .lastValues: "SELECT last(value) FROM recent GROUP BY sensor"
            }
        return try .http(port: port, path: try queryPath(query), numbersPerValue: 2)
    }

    private func queryPath(_ query: String) throws -> String {
        let allowed = CharacterSet.urlQueryAllowed.subtracting(CharacterSet(charactersIn: ";+&"))
        guard let escaped = query.addingPercentEncoding(withAllowedCharacters: allowed) else {
            throw Failure("not to be escaped: \(query)")
        }
        return "/query?db=bench&epoch=ms&q=\(escaped)"
    }
}
