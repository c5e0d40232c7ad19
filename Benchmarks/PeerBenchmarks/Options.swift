import Foundation

/// What the command line says.
struct Options {
    enum Workload: String, CaseIterable {
        case burst, sustained, cardinality, reads, restart
    }

    static let usage = """
        PeerBenchmarks [options]: Penstock beside other stores, alternating, on this machine

          --penstock PATH         the program; .build/release/penstock if not given
          --peers LIST            of penstock,victoriametrics,influxdb,copy,timescaledb; all
          --cases LIST            of burst,sustained,cardinality,reads,restart; all
          --runs COUNT            alternating runs of each case; 3
          --small                 sizes for trying out; later options win
          --series COUNT          series of burst, sustained and restart; 10000
          --steps COUNT           values of each in burst; 300
          --sustained-steps COUNT values of each in sustained; 6000
          --cardinality COUNT     series of cardinality, 4 values each; 1000000
          --restart-values COUNT  values stored before the restart; 20000000
          --lines COUNT           lines a request; 5000
          --connections COUNT     of writers; 4
          --sql-lines COUNT       lines that COPY and TimescaleDB get at most in a case; 3000000
          --no-disk               no merging and measuring of the disk after burst and sustained
          --drop-caches           forget the system's file cache before cold reads (as root)
          --folder PATH           where the stores' data lies; the temporary folder
          --environment NAME=VALUE  a setting of Penstock's; may be repeated
          --append FILE           add the report to this file
        """

    var penstock = ".build/release/penstock"
    var peers = PeerList.names
    var workloads = Workload.allCases
    var runCount = 3
    var seriesCount = 10_000
    var stepCount = 300
    var sustainedStepCount = 6_000
    var cardinality = 1_000_000
    var restartValueCount = 20_000_000
    var linesPerBatch = 5_000
    var connectionCount = 4
    var sqlLineCountMax = 3_000_000
    var measuresDisk = true
    var dropsCaches = false
    var folder = NSTemporaryDirectory()
    var environment: [String: String] = [:]
    var reportPath: String?

    /// - Throws: what is wrong. Prints the usage and ends the process if it is asked for.
    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            switch name {
            case "--small": makeSmall()
            case "--no-disk": measuresDisk = false
            case "--drop-caches": dropsCaches = true
            case "--help", "-h":
                print(Self.usage)
                exit(0)
            default:
                guard let value = rest.popFirst() else { throw Failure("\(name): value missing") }
                try set(name, value)
            }
        }
    }

    private mutating func set(_ name: String, _ value: String) throws {
        switch name {
        case "--penstock": penstock = value
        case "--folder": folder = value
        case "--append": reportPath = value
        case "--peers":
            peers = value.split(separator: ",").map(String.init)
            if let wrong = peers.first(where: { !PeerList.names.contains($0) }) {
                throw Failure(
                    "--peers: `\(wrong)` is none of \(PeerList.names.joined(separator: ", "))"
                )
            }
        case "--cases":
            workloads = try value.split(separator: ",").map { text in
                guard let workload = Workload(rawValue: String(text)) else {
                    throw Failure("--cases: there is no case `\(text)`")
                }
                return workload
            }
        case "--environment":
            let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Failure("--environment: NAME=VALUE is wanted") }
            environment[parts[0]] = parts[1]
        default: try setCount(name, value)
        }
    }

    private mutating func setCount(_ name: String, _ value: String) throws {
        let paths: [String: WritableKeyPath<Options, Int>] = [
            "--runs": \.runCount, "--series": \.seriesCount, "--steps": \.stepCount,
            "--sustained-steps": \.sustainedStepCount, "--cardinality": \.cardinality,
            "--restart-values": \.restartValueCount, "--lines": \.linesPerBatch,
            "--connections": \.connectionCount, "--sql-lines": \.sqlLineCountMax,
        ]
        guard let path = paths[name] else { throw Failure("unknown option \(name)\n\(Self.usage)") }
        // Keys have seven digits for a series.
        let most = name == "--series" || name == "--cardinality" ? 10_000_000 : 1_000_000_000
        guard let count = Int(value), 1...most ~= count else {
            throw Failure("\(name): `\(value)` is not a count")
        }
        self[keyPath: path] = count
    }

    private mutating func makeSmall() {
        runCount = 1
        (seriesCount, stepCount, sustainedStepCount) = (10_000, 20, 100)
        (cardinality, restartValueCount, sqlLineCountMax) = (50_000, 200_000, 100_000)
    }
}

/// Which stores there are.
enum PeerList {
    static let names = ["penstock", "victoriametrics", "influxdb", "copy", "timescaledb"]

    /// Makes a store in an empty folder; nil if it is not installed.
    static func make(_ name: String, _ options: Options, folder: String) throws -> (any Peer)? {
        switch name {
        case "penstock":
            guard access(options.penstock, X_OK) == 0 else { return nil }
            return try PenstockPeer(
                program: options.penstock,
                folder: folder,
                environment: options.environment
            )
        case "victoriametrics":
            return try Spawn.find("victoria-metrics").map {
                try VictoriaMetricsPeer(program: $0, folder: folder)
            }
        case "influxdb":
            return try Spawn.find("influxd").map { try InfluxDBPeer(program: $0, folder: folder) }
        default:
            let isTimescale = name == "timescaledb"
            guard let binaries = postgresBinaries,
                !isTimescale || PostgresPeer.hasTimescale(binaries: binaries)
            else { return nil }
            return try PostgresPeer(
                binaries: binaries,
                folder: folder,
                isTimescale: isTimescale,
                lineCountMax: options.sqlLineCountMax
            )
        }
    }

    /// Where Debian has the programs of its newest Postgres.
    static var postgresBinaries: String? {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" }
            .first { access("\($0)/postgres", X_OK) == 0 }
    }
}
