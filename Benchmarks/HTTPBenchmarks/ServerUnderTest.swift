import Foundation

/// A `penstock serve` in an empty data directory, with an account, a user and sensors.
final class ServerUnderTest {
    let port: UInt16
    let token: String
    let sensorCount: Int
    private let program: String
    private let folder: String
    private let server: Process

    /// `fsync`: whether Postgres waits for the disk; off only to show what that costs.
    init(program: String, sensorCount: Int, fsync: Bool) throws {
        self.program = program
        self.sensorCount = sensorCount
        folder = NSTemporaryDirectory() + "penstock-bench-\(UUID().uuidString.prefix(8))"
        port = UInt16.random(in: 20_000...50_000)
        let store = ["--data-dir", folder]
        // Makes the database, so that its settings can be changed before the server starts.
        try Self.run(program, ["db", "upgrade"] + store)
        if !fsync {
            let settings = "\(folder)/postgres/local.conf"
            try "fsync = off\n".write(toFile: settings, atomically: false, encoding: .utf8)
        }
        server = Process()
        server.executableURL = URL(fileURLWithPath: program)
        server.arguments = ["serve", "--insecure-http", "127.0.0.1:\(port)"] + store
        let output = Pipe()
        server.standardOutput = output
        try server.run()
        // The first line says that it serves.
        _ = output.fileHandleForReading.availableData
        try Self.run(program, ["add", "account", "--name", "bench"] + store)
        let user = ["--email", "bench@example.com", "--username", "bench", "--account", "1"]
        try Self.run(
            program,
            ["add", "user", "--password-stdin"] + user + store,
            input: "bench-pass-1\n"
        )
        try Self.run(
            program,
            ["add", "asset", "--name", "site", "--asset-type", "building", "--account", "1"] + store
        )
        token = try Self.token(port)
        try addSensors()
    }

    /// Sensors straight by SQL: a thousand commands would take minutes.
    private func addSensors() throws {
        let sql = """
            INSERT INTO sensor (name, unit, timezone, event_resolution, knowledge_horizon_fnc,
            knowledge_horizon_par, asset_id) SELECT 'bench ' || n, 'kW', 'UTC', '15 minutes',
            'ex_post', '{"ex_post_horizon": "PT0S"}', 1 FROM generate_series(1, \(sensorCount)) n
            """
        try Self.run("/usr/bin/psql", ["-q", try conninfo(), "-c", sql])
        // The server hears of them within a second.
        Thread.sleep(forTimeInterval: 2)
    }

    /// The embedded Postgres' socket is where the postmaster says.
    private func conninfo() throws -> String {
        let lines = try String(contentsOfFile: "\(folder)/postgres/postmaster.pid", encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return "host=\(lines[4]) port=\(lines[3]) user=penstock_owner dbname=penstock"
    }

    /// Runs `penstock` on the server's data and returns what it prints.
    func penstock(_ arguments: [String]) throws -> String {
        try Self.run(program, arguments + ["--data-dir", folder])
    }

    /// Group commits by latency: upper bound of a bucket in seconds, and how many were at most that.
    func commits() throws -> [(bound: Double, count: Double)] {
        let text = try Self.run("/usr/bin/curl", ["-s", "http://127.0.0.1:\(port)/metrics"])
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\"")
            guard line.hasPrefix("penstock_commit_seconds_bucket"), parts.count == 3,
                let count = Double(parts[2].split(separator: " ").last ?? "")
            else { return nil }
            return (Double(parts[1]) ?? .infinity, count)
        }
    }

    /// User and system time of the server's process so far.
    var processorSeconds: Double {
        let path = "/proc/\(server.processIdentifier)/stat"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return .nan }
        // Fields 14 and 15, the state being field 3 (proc(5)).
        let fields = text[end...].split(separator: " ").dropFirst().map { Double($0) ?? 0 }
        return (fields[11] + fields[12]) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func stop() {
        server.terminate()
        server.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func token(_ port: UInt16) throws -> String {
        let answer = try run(
            "/usr/bin/curl",
            [
                "-s", "-H", "Content-Type: application/json", "-d",
                "{\"email\": \"bench@example.com\", \"password\": \"bench-pass-1\"}",
                "http://127.0.0.1:\(port)/api/requestAuthToken",
            ]
        )
        let document = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        guard let token = document?["auth_token"] as? String else {
            throw CocoaError(.coderInvalidValue)
        }
        return token
    }

    @discardableResult
    private static func run(
        _ program: String,
        _ arguments: [String],
        input: String = ""
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (output, inputPipe) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardInput = inputPipe
        try process.run()
        inputPipe.fileHandleForWriting.write(Data(input.utf8))
        inputPipe.fileHandleForWriting.closeFile()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableRuntimeMismatch) }
        return String(decoding: data, as: UTF8.self)
    }
}
