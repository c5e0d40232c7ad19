import Foundation

/// Penstock beside the FlexMeasures whose API it speaks: the same requests, one server at a time,
/// alternating, each time in an empty folder.
struct FlexMeasuresComparison {
    static let usage = """
        PeerBenchmarks flexmeasures [options]: Penstock beside FlexMeasures, alternating

          --penstock PATH         the program; .build/release/penstock if not given
          --python FOLDER         Python environment with FlexMeasures; .build/flexmeasures-venv
          --runs COUNT            alternating runs; 3
          --seconds COUNT         how long each case posts or reads; 10
          --connections COUNT     of the load, an eighth of them for posts of years; 64
          --workers COUNT         gunicorn's processes; 4
          --folder PATH           where the data lies; the temporary folder
          --append FILE           add the report to this file
        """

    private(set) var report = Report()
    private var penstock = ".build/release/penstock"
    private var python = ".build/flexmeasures-venv"
    private var folder = NSTemporaryDirectory()
    private(set) var reportPath: String?
    private var (runCount, seconds, connectionCount, workerCount) = (3, 10, 64, 4)

    /// Sensors of each connection.
    private static let sensorCount = 32
    /// 2002-01-01, 1994-01-01 and 1990-01-01: the cases do not write about the same events.
    private static let (yearStart, dayStart, singleStart) = (
        1_009_843_200, 757_382_400, 631_152_000
    )

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard name != "--help", let value = rest.popFirst() else { throw Failure(Self.usage) }
            switch name {
            case "--penstock": penstock = value
            case "--python": python = value
            case "--folder": folder = value
            case "--append": reportPath = value
            default:
                guard let count = Int(value), 1...1_000 ~= count else {
                    throw Failure("\(name): `\(value)` is not a count\n\(Self.usage)")
                }
                switch name {
                case "--runs": runCount = count
                case "--seconds": seconds = count
                case "--connections": connectionCount = count
                case "--workers": workerCount = count
                default: throw Failure("unknown option \(name)\n\(Self.usage)")
                }
            }
        }
    }

    /// Where and with what it was measured.
    var machine: String {
        Machine.description(
            folder: folder,
            versions: FlexMeasuresPeer.versions(environment: python)
        )
    }

    mutating func run() throws {
        guard let binaries = PeerList.postgresBinaries else { throw Failure("Postgres is missing") }
        // Sockets have short names.
        let base = "\(URL(fileURLWithPath: folder).path)/fm-\(UUID().uuidString.prefix(8))"
        Cleanup.shared.add(folder: base)
        defer { Cleanup.shared.remove(folder: base) }
        for run in 1...runCount {
            for isPenstock in [true, false] {
                let folder = "\(base)/\(run)\(isPenstock ? "p" : "f")"
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true
                )
                let server: any SensorDataServer =
                    isPenstock
                    ? try PenstockPeer(program: penstock, folder: folder, environment: [:])
                    : try FlexMeasuresPeer(
                        environment: python,
                        binaries: binaries,
                        folder: folder,
                        workerCount: workerCount
                    )
                FileHandle.standardError.write(Data("run \(run): \(server.name)\n".utf8))
                do {
                    try measure(server, run: run)
                } catch {
                    report.fail("run \(run): \(server.name): \(error)")
                }
                server.stop()
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
    }

    private mutating func measure(_ server: any SensorDataServer, run: Int) throws {
        try server.startWithSensors(count: connectionCount * Self.sensorCount)
        var posted = 0
        let cases = [
            (APITitles.year, 35_040, Self.yearStart), (APITitles.single, 1, Self.singleStart),
            (APITitles.day, 96, Self.dayStart),
        ]
        for (title, valueCount, start) in cases {
            let texts = Self.texts(valueCount: valueCount)
            // A hundred megabytes under way at once are nobody's habit.
            let count = title == APITitles.year ? max(4, connectionCount / 8) : connectionCount
            let load = load(server, connectionCount: count, sensorCount: Self.sensorCount)
            let result = load.post(texts, valueCount: valueCount, start: start)
            if let refusal = result.refusal { throw Failure("\(title): \(refusal)") }
            posted += result.valueCount
            add(title, .higher, server, run, Double(result.valueCount) / result.seconds)
            add("\(title): p50 of a request, ms", .lower, server, run, result.median * 1e3, 2)
            guard title == APITitles.year else { continue }
            try server.compact()
            let bytes = Double(try server.storedByteCount()) / Double(max(1, posted))
            add(APITitles.bytes, .lower, server, run, bytes, 2)
            try read(server, run)
        }
        let stored = try server.storedValueCount()
        if stored != posted {
            report.note("run \(run): \(server.name) holds \(stored) of \(posted) posted values.")
        }
    }

    private func load(
        _ server: any SensorDataServer,
        connectionCount: Int,
        sensorCount: Int
    ) -> SensorDataLoad {
        SensorDataLoad(
            port: server.port,
            token: server.token,
            firstSensor: server.firstSensor,
            connectionCount: connectionCount,
            sensorCount: sensorCount,
            stride: Self.sensorCount,
            seconds: Double(seconds)
        )
    }

    /// Years of the first sensor of each connection, which has been posted whatever the rate; of one
    /// answer the values are counted.
    private mutating func read(_ server: any SensorDataServer, _ run: Int) throws {
        let probe = try Read.http(
            port: server.port,
            path:
                "/api/v3_0/sensors/\(server.firstSensor)/data?start=\(isoText(Self.yearStart))&duration=P365D&unit=kW",
            headers: "Authorization: \(server.token)\r\n",
            numbersPerValue: 1
        )
        guard try probe.countValues() >= 35_040 else { throw Failure("a year has gaps") }
        let few = load(server, connectionCount: 4, sensorCount: 1)
        let result = few.readYears(start: Self.yearStart)
        if let refusal = result.refusal { throw Failure("\(APITitles.read): \(refusal)") }
        add(APITitles.read, .higher, server, run, Double(result.requestCount) / result.seconds, 2)
        add("\(APITitles.read): p50 of a request, ms", .lower, server, run, result.median * 1e3, 2)
    }

    private mutating func add(
        _ title: String,
        _ better: Measure.Better,
        _ server: any SensorDataServer,
        _ run: Int,
        _ value: Double,
        _ digits: Int = 0
    ) {
        let measure = Measure(APITitles.workload, title, better, digits: digits)
        report.add(measure, server.name, run: run, value)
    }

    /// Eight random walks with two decimals, the same in every run.
    private static func texts(valueCount: Int) -> [String] {
        var state: UInt64 = 42
        return (0..<8).map { _ in
            var value = 5_000
            let numbers = (0..<valueCount).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                value += Int(state >> 33) % 101 - 50
                return
                    "\(value / 100).\(value.magnitude % 100 < 10 ? "0" : "")\(value.magnitude % 100)"
            }
            return "[\(numbers.joined(separator: ", "))]"
        }
    }
}

/// Titles of rows of this comparison.
enum APITitles {
    static let workload = "API of FlexMeasures"
    static let single = "stored values/s, posts of 1 value"
    static let day = "stored values/s, posts of 96 values"
    static let year = "stored values/s, posts of 35,040 values"
    static let read = "reads/s of a sensor-year, 4 connections"
    static let bytes = "bytes on disk per belief, after the posts of years"
}
