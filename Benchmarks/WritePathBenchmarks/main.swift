import Foundation

// The write path from HTTP to committed Postgres, client and server on one machine.
//
//     make bench

let program = CommandLine.arguments.dropFirst().first ?? ".build/release/penstock"
let server = try ServerUnderTest(program: program, sensorCount: 200)
defer { server.stop() }
let generator = LoadGenerator(port: server.port)

/// A count of thousands with separators.
func grouped(_ number: Double) -> String {
    var digits = String(Int(number.rounded()))
    var index = digits.count - 3
    while index > 0 {
        digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
        index -= 3
    }
    return digits
}

print("| workload | connections | acknowledged values/s | posts/s | p50 ms | p99 ms |")
print("|---|---|---|---|---|---|")
var firstSensor = 1
for workload in Workload.all {
    let requests = workload.requests(token: server.token, firstSensor: firstSensor)
    firstSensor += workload.connectionCount
    let result = generator.run(requests)
    if let refusal = result.refusal { print("REFUSED: \(refusal)") }
    let posts = Double(result.requestCount) / result.seconds
    let p50 = String(format: "%.2f", result.latency(0.5) * 1e3)
    let p99 = String(format: "%.2f", result.latency(0.99) * 1e3)
    print(
        "| \(workload.name) | \(workload.connectionCount) | \(grouped(posts * Double(workload.valueCount))) | \(grouped(posts)) | \(p50) | \(p99) |"
    )
}
print("")
print(try server.penstock(["db", "compact", "--json"]))
print(try server.penstock(["db", "size", "--json"]))
