import Foundation

// Penstock beside VictoriaMetrics, InfluxDB, COPY and TimescaleDB, in one run on one machine.
//
//     make bench-peers                     # all cases; most of an hour
//     make bench-peers PEERS="--small"     # tries everything out; --help lists the options
//
// All stores get the same lines, made here, over connections of the same kind. See
// docs/benchmarks.md for what the numbers mean.

Cleanup.shared.watchSignals()
let options: Options
do {
    options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch {
    print(error)
    exit(2)
}

let machine = Machine.description(options)
var comparison = Comparison(options)
var failure: (any Error)?
do { try comparison.run() } catch { failure = error }
Cleanup.shared.run()

let text = "\(machine)\n\(comparison.report.markdown)"
print(text)
if let path = options.reportPath {
    let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    try "\(old)\n\(text)".write(toFile: path, atomically: true, encoding: .utf8)
}
if let failure {
    print("error: \(failure)")
}
exit(failure == nil && comparison.report.failureCount == 0 ? 0 : 1)
