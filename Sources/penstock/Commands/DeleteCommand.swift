import ArgumentParser
import Catalog
import Foundation
import Gateway
import Model
import TSEngine

/// `penstock delete …`: removes what is stored.
struct DeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove beliefs.",
        subcommands: [DeleteBeliefs.self]
    )
}

struct DeleteBeliefs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "beliefs",
        abstract: "Remove the beliefs of a sensor, of all events or of those in a span of time.",
        discussion: """
            They are hidden at once, and gone from the disk with the next compaction (`penstock db \
            compact`).
            """
    )

    @Option(help: "Id of the sensor.") var sensor: Int64
    @Option(help: "Only of the source with this id.") var source: Int64?
    @Option(help: "Only events that start then or later, such as 2026-03-01T00:00:00+01:00.")
    var start: String?
    @Option(help: "Only events that end by then.") var end: String?
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await StoreAccess.with(store, makesDirectory: false) { access in
            let known = access.catalog.sensor(SensorID(sensor))
            let deletion = Deletion(
                sensor: SensorID(sensor),
                source: source.map { SourceID($0) },
                events: try events(resolution: known?.timing.resolution ?? 0)
            )
            let stored = try await StoreMaintenance(access.pool).beliefs(of: [deletion])[0]
            // Beliefs may have outlived their sensor.
            guard known != nil || stored.wholeCount + stored.partlyCount > 0 else {
                throw CommandError("sensor: there is none with id \(sensor)")
            }
            try confirm(stored)
            try await access.withEngine { engine in try await engine.delete([deletion]) }
            Output.print(
                [
                    "sensor": .integer(sensor),
                    "source": source.map { JSONValue.integer($0) } ?? .null,
                    "status": "deleted",
                ],
                json: output.json
            )
        }
    }

    /// Starts of the events, µs since 1970 UTC.
    private func events(resolution: Int64) throws -> ClosedRange<Int64> {
        let first = try moment(start, "start") ?? .min
        let last = try moment(end, "end").map { $0 - resolution } ?? .max
        guard first <= last else {
            throw CommandError("end: no event starts at `start` or later and ends by then")
        }
        return first...last
    }

    private func moment(_ text: String?, _ option: String) throws -> Int64? {
        guard let text else { return nil }
        guard let moment = try? OffsetTimestamp(iso8601: text) else {
            throw CommandError(
                "\(option): `\(text)` is not a time with an offset, such as 2026-03-01T00:00:00+01:00"
            )
        }
        return moment.microseconds
    }

    private func confirm(_ stored: StoredBeliefs) throws {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandError("nobody is there to be asked: say --yes")
        }
        var question = "Remove \(stored.wholeCount) beliefs of sensor \(sensor)"
        if stored.partlyCount > 0 { question += " and some of \(stored.partlyCount) more" }
        print(question + ", and what came in the last minutes? [y/N] ", terminator: "")
        // Otherwise the question appears after the answer.
        fflush(nil)
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw CommandError("nothing was removed")
        }
    }
}
