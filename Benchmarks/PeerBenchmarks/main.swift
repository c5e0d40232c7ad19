import Foundation

// Penstock beside VictoriaMetrics, InfluxDB, COPY and TimescaleDB, in one run on one machine.
//
//     make bench-peers                     # all cases; most of an hour
//     make bench-peers PEERS="--small"     # tries everything out; --help lists the options
//     make bench-flexmeasures              # beside FlexMeasures, whose API it speaks
//
// All stores get the same lines, made here, over connections of the same kind. See
// docs/benchmarks.md for what the numbers mean.

Cleanup.shared.watchSignals()

/// Prints a report, and adds it to a file.
func publish(_ text: String, to path: String?) throws {
    print(text)
    guard let path else { return }
    let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    try "\(old)\n\(text)".write(toFile: path, atomically: true, encoding: .utf8)
}

/// What the command line asks for; ends the process if it cannot be understood.
func understood<R>(_ body: () throws -> R) -> R {
    do { return try body() } catch {
        print(error)
        exit(2)
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
var failure: (any Error)?
let failureCount: Int
if arguments.first == "flexmeasures" {
    var comparison = understood { try FlexMeasuresComparison(Array(arguments.dropFirst())) }
    let machine = comparison.machine
    do { try comparison.run() } catch { failure = error }
    Cleanup.shared.run()
    try publish("\(machine)\n\(comparison.report.markdown)", to: comparison.reportPath)
    failureCount = comparison.report.failureCount
} else {
    let options = understood { try Options(arguments) }
    let machine = Machine.description(options)
    var comparison = Comparison(options)
    do { try comparison.run() } catch { failure = error }
    Cleanup.shared.run()
    try publish("\(machine)\n\(comparison.report.markdown)", to: options.reportPath)
    failureCount = comparison.report.failureCount
}
if let failure { print("error: \(failure)") }
exit(failure == nil && failureCount == 0 ? 0 : 1)
