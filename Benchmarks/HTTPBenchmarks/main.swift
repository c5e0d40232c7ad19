import Foundation

// The paths of a write and of a read over HTTP; client, server and Postgres on one machine.
//
//     make bench
//
// Each workload runs against a server of its own whose Postgres waits for the disk, as it does by
// default, and against one whose Postgres does not (fsync = off): the difference is the disk's.

let program = CommandLine.arguments.dropFirst().first ?? ".build/release/penstock"

/// The least bucket bound, in ms, that `quantile` of the commits between two readings are within.
func commitLatency(
    _ quantile: Double,
    _ before: [(bound: Double, count: Double)],
    _ after: [(bound: Double, count: Double)]
) -> String {
    let counts = zip(before, after).map { ($1.bound, $1.count - $0.count) }
    guard let total = counts.last?.1, total > 0 else { return "-" }
    let bound = counts.first { $0.1 >= quantile * total }?.0 ?? .infinity
    return String(format: "%g", bound * 1e3)
}

if let flag = CommandLine.arguments.firstIndex(of: "--guard") {
    try GuardReport(guarded: program, open: CommandLine.arguments[flag + 1]).run()
    exit(0)
}

print(
    """
    | workload | connections | fsync | acknowledged values/s | posts/s | post p50, p99 ms | \
    commit p50, p99 within ms |
    |---|---|---|---|---|---|---|
    """
)
for workload in Workload.all {
    for fsync in [true, false] {
        let server = try ServerUnderTest(program: program, sensorCount: 64, fsync: fsync)
        let requests = workload.requests(token: server.token, firstSensor: 1)
        let before = try server.commits()
        let result = LoadGenerator(port: server.port).run(requests)
        let after = try server.commits()
        if let refusal = result.refusal { print("REFUSED: \(refusal)") }
        let posts = Double(result.requestCount) / result.seconds
        let latency = [0.5, 0.99].map { String(format: "%.2f", result.latency($0) * 1e3) }
        let commits = [0.5, 0.99].map { commitLatency($0, before, after) }
        let fields = [
            workload.name, String(workload.connectionCount), fsync ? "on" : "off",
            grouped(posts * Double(workload.valueCount)), grouped(posts),
            latency.joined(separator: ", "), commits.joined(separator: ", "),
        ]
        print("| \(fields.joined(separator: " | ")) |")
        if fsync {
            _ = try server.penstock(["db", "compact", "--json"])
            let size = try server.penstock(["db", "size", "--json"])
            let line = size.split(separator: "\n").first { $0.hasPrefix("  \"bytes_per_value") }
            print("compacted:\(line ?? "")")
        }
        server.stop()
    }
}

try ReadReport(program: program).run()
