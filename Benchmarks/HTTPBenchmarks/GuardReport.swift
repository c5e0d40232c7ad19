import Foundation

/// What the door costs: the same requests to this program and to one that was built without it.
///
///     make bench-guard
///
/// Servers run one at a time, in turns. The processor time of the server's own process is compared,
/// which other work on the machine disturbs less than rates; Postgres' time is in neither.
struct GuardReport {
    let guarded: String
    let open: String
    /// Turns of each program.
    var roundCount = 5

    private struct Case: Sendable {
        let name: String
        let requests: @Sendable (ServerUnderTest) -> [[[UInt8]]]
    }

    private struct Sample {
        /// Microseconds of the server's processor time.
        var cpu: Double
        var requestsPerSecond: Double
    }

    private static let cases = [
        Case(name: "GET of a day, from the cache") { server in
            (1...4).map { sensor in
                let text = """
                    GET /api/v3_0/sensors/\(sensor)/data?start=2016-01-01T00:00:00Z&duration=PT24H\
                    &unit=kW HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(server.token)\r\n\r\n
                    """
                return [[UInt8]](repeating: Array(text.utf8), count: 5_000)
            }
        },
        Case(name: "POST of one value") { server in
            Workload(name: "", valueCount: 1, connectionCount: 16, requestCount: 30_000)
                .requests(token: server.token, firstSensor: 10)
        },
        Case(name: "POST of 100 values") { server in
            Workload(name: "", valueCount: 100, connectionCount: 16, requestCount: 30_000)
                .requests(token: server.token, firstSensor: 30)
        },
    ]

    func run() throws {
        var samples: [[String: [Sample]]] = [[:], [:]]
        for round in 0..<roundCount {
            // Each goes first in turn.
            for which in round % 2 == 0 ? [0, 1] : [1, 0] {
                for (name, sample) in try measure(which == 0 ? guarded : open) {
                    samples[which][name, default: []].append(sample)
                }
            }
        }
        print("| requests | µs of the server's processor each | without the door | gain | rate |")
        print("|---|---|---|---|---|")
        for name in Self.cases.map(\.name) {
            let cpu = samples.map { Self.median($0[name, default: []].map(\.cpu)) }
            let rate = samples.map { Self.median($0[name, default: []].map(\.requestsPerSecond)) }
            let fields = [
                name, String(format: "%.1f", cpu[0]), String(format: "%.1f", cpu[1]),
                String(format: "%.1f %%", (1 - cpu[1] / cpu[0]) * 100),
                String(format: "%.3f times", rate[1] / rate[0]),
            ]
            print("| \(fields.joined(separator: " | ")) |")
        }
    }

    private func measure(_ program: String) throws -> [(String, Sample)] {
        let server = try ServerUnderTest(program: program, sensorCount: 64, fsync: false)
        defer { server.stop() }
        let day = Workload(name: "", valueCount: 96, connectionCount: 4, requestCount: 4)
        _ = LoadGenerator(port: server.port).run(
            day.requests(token: server.token, firstSensor: 1)
        )
        return Self.cases.map { part in
            let requests = part.requests(server)
            let before = server.processorSeconds
            let result = LoadGenerator(port: server.port).run(requests)
            if let refusal = result.refusal { print("REFUSED: \(refusal.prefix(200))") }
            let count = Double(result.requestCount)
            let sample = Sample(
                cpu: (server.processorSeconds - before) / count * 1e6,
                requestsPerSecond: count / result.seconds
            )
            return (part.name, sample)
        }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
    }
}
