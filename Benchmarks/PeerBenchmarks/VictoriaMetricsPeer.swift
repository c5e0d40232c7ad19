import Foundation

/// Debian's victoria-metrics. It acknowledges a write before the disk has it.
final class VictoriaMetricsPeer: Peer {
    let name = "VictoriaMetrics"
    let format = LineFormat.lineProtocol
    private let program: String
    private let folder: String
    private let port: UInt16
    private var server: ServerProcess?

    var pid: pid_t { server?.pid ?? 0 }

    init(program: String, folder: String) throws {
        self.program = program
        self.folder = folder
        port = try StreamSocket.freePort()
    }

    func start() throws {
        let log = "\(folder)/log"
        let server = try ServerProcess(
            [
                program, "-storageDataPath=\(folder)/data", "-httpListenAddr=127.0.0.1:\(port)",
                "-retentionPeriod=100y",
                // Else it closes a connection after two minutes, which a slow case takes.
                "-http.connTimeout=24h",
                // Limits of queries only, raised so that a million series can be counted.
                "-search.maxUniqueTimeseries=2000000", "-search.maxQueryDuration=10m",
            ],
            log: log
        )
        self.server = server
        try waitUntilReady(server, log: log) { (try? get("/health"))?.status == 200 }
    }

    func stop() {
        server?.stop()
        server = nil
    }

    func makeWriter() throws -> any BatchWriter { try HTTPWriter(port: port, path: "/write") }

    func storedValueCount() throws -> Int {
        // What is still in memory goes to where it is counted.
        _ = try get("/internal/force_flush")
        sleep(1)
        return try metric { $0.hasPrefix("vm_rows{") && $0.contains("storage") }
    }

    func compact() throws {
        _ = try get("/internal/force_flush")
        _ = try get("/internal/force_merge")
        // The merge goes on behind the answer: done when none was seen for five seconds.
        var idleSeconds = 0
        while idleSeconds < 5 {
            sleep(1)
            let active = try metric {
                $0.hasPrefix("vm_active_merges{") || $0.hasPrefix("vm_active_force_merges ")
            }
            idleSeconds = active == 0 ? idleSeconds + 1 : 0
        }
    }

    func storedByteCount() throws -> Int { folderByteCount("\(folder)/data") }

    func makeRead(_ kind: ReadKind) throws -> Read {
        let (start, end) = (ReadKind.yearStart, ReadKind.yearEnd)
        let path =
            switch kind {
            case .year:
                "/api/v1/export?match[]=power_value{sensor=\"s0000000\"}&start=\(start)&end=\(end)"
            case .scan:
                "/api/v1/export?match[]=minutely_value{sensor=\"s0000200\"}&start=\(start)"
                    + "&end=\(ReadKind.scanShape.last)"
            // Its points are the ends of their windows.
            case .hourlyMeans, .uncachedHourlyMeans:
                "/api/v1/query_range?query=avg_over_time(power_value[1h])&step=1h"
                    + "&start=\(start + 3_600)&end=\(end)"
                    + (kind == .uncachedHourlyMeans ? "&nocache=1" : "")
            case .lastValues: "/api/v1/query?query=recent_value&time=\(ReadKind.lastShape.last + 1)"
            }
        let allowed = CharacterSet.urlQueryAllowed.subtracting(CharacterSet(charactersIn: "[]{}\""))
        guard let escaped = path.addingPercentEncoding(withAllowedCharacters: allowed) else {
            throw Failure("not to be escaped: \(path)")
        }
        // An export has values and times as numbers; the answers of queries have values as strings.
        let isExport = kind == .year || kind == .scan
        return try .http(port: port, path: escaped, numbersPerValue: isExport ? 2 : 1)
    }

    private func get(_ path: String) throws -> HTTPConnection.Answer {
        try HTTPConnection(port: port).get(path)
    }

    /// Sum of its own metrics that a line's beginning chooses.
    private func metric(_ isWanted: (Substring) -> Bool) throws -> Int {
        let text = String(decoding: try get("/metrics").body, as: UTF8.self)
        return text.split(separator: "\n").filter(isWanted).reduce(0) { sum, line in
            sum + (line.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0)
        }
    }
}
