import Foundation
import Logging
import Postgres
import Testing

@testable import Embedded

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Whether the tests may become other users.
let isRoot = geteuid() == 0

/// Sends a signal to one process. Never to a whole group, which numbers below 1 would mean: the
/// number of a server that does not run is 0.
func signal(_ processID: Int32, _ number: Int32) throws {
    try #require(processID > 0, "the process runs")
    kill(processID, number)
}

/// Lends the name of a directory that does not exist yet, and removes what was made there.
func withDirectory(_ body: (String) async throws -> Void) async throws {
    let path = "/tmp/penstock-embedded-\(UInt32.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
}

/// Lends running servers, and stops them in any case.
func withServers(
    _ path: String,
    options: EmbeddedServers.Options = .init(),
    _ body: (EmbeddedServers) async throws -> Void
) async throws {
    let servers = try await EmbeddedServers.start(
        dataDirectory: path,
        options: options,
        logger: quiet
    )
    do {
        try await body(servers)
    } catch {
        await servers.stop()
        throw error
    }
    await servers.stop()
}

/// Runs one statement and returns its first value as text.
@discardableResult
func ask(_ conninfo: String, _ sql: String) throws -> String {
    let connection = try PostgresConnection(conninfo)
    let rows = try connection.execute(sql)
    guard let rows, rows.count > 0 else { return "" }
    return rows.string(0, 0)
}

/// Checks the first value of a statement, as text.
func expect(
    _ conninfo: String,
    _ sql: String,
    _ expected: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let found = try ask(conninfo, sql)
    #expect(found == expected, "\(sql)", sourceLocation: sourceLocation)
}

/// Waits for a condition that must come true; a failure after a minute names the place.
func eventually(
    _ what: Comment,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<3_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// Whether a process runs; one that has ended and waits to be asked for its status does not.
func isRunning(_ processID: Int32) -> Bool {
    guard let text = SmallFile.text("/proc/\(processID)/stat") else { return false }
    return text.split(separator: ") ").last?.first != "Z"
}

/// The error of a start that must fail; a start that succeeds is recorded and stopped.
func startError(
    _ path: String,
    options: EmbeddedServers.Options = .init(lockPatience: .zero)
) async throws -> EmbeddedError? {
    do {
        let servers = try await EmbeddedServers.start(
            dataDirectory: path,
            options: options,
            logger: quiet
        )
        await servers.stop()
        Issue.record("started")
        return nil
    } catch let error as EmbeddedError {
        #expect(!error.description.contains("\n"))
        return error
    }
}
