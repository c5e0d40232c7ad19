import Foundation

/// Thousands with separators.
func grouped(_ number: Double) -> String {
    var digits = String(Int(number.rounded()))
    var index = digits.count - 3
    while index > 0 {
        digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
        index -= 3
    }
    return digits
}

/// Reads of a sensor-year (35,136 values) as JSON: from the memtable right after the posts, from
/// Postgres and from the cache after a compaction; and of one day.
struct ReadReport {
    private let server: ServerUnderTest

    init(program: String) throws {
        server = try ServerUnderTest(program: program, sensorCount: 8, fsync: true)
        let year = Workload(
            name: "a year",
            valueCount: 35_136,
            connectionCount: 4,
            requestCount: 4
        )
        let posts = year.requests(token: server.token, firstSensor: 1)
        let posted = LoadGenerator(port: server.port).run(posts)
        if let refusal = posted.refusal { print("REFUSED: \(refusal)") }
    }

    func run() throws {
        defer { server.stop() }
        print(
            "\n| read | connections | values/s | answers/s | p50, p99 ms |\n|---|---|---|---|---|"
        )
        measure("year, memtable", hours: 8_784, count: 100, connections: 1)
        _ = try server.penstock(["db", "compact"])
        // The server follows the other process within half a second.
        Thread.sleep(forTimeInterval: 1.5)
        measure("year, first from Postgres", hours: 8_784, count: 1, connections: 4)
        measure("year, cache", hours: 8_784, count: 200, connections: 1)
        measure("year, cache", hours: 8_784, count: 200, connections: 4)
        measure("day, cache", hours: 24, count: 5_000, connections: 4)
    }

    private func measure(_ name: String, hours: Int, count: Int, connections: Int) {
        let requests = (1...connections).map { sensor in
            let text = """
                GET /api/v3_0/sensors/\(sensor)/data?start=2016-01-01T00:00:00Z&duration=PT\(hours)H\
                &unit=kW HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(server.token)\r\n\r\n
                """
            return [[UInt8]](repeating: Array(text.utf8), count: count)
        }
        let result = LoadGenerator(port: server.port).run(requests)
        if let refusal = result.refusal { print("REFUSED: \(refusal.prefix(200))") }
        let answers = Double(result.requestCount) / result.seconds
        let latency = [0.5, 0.99].map { String(format: "%.2f", result.latency($0) * 1e3) }
        let fields = [
            name, String(connections), grouped(answers * Double(hours * 4)), grouped(answers),
            latency.joined(separator: ", "),
        ]
        print("| \(fields.joined(separator: " | ")) |")
    }
}
