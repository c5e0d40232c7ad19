import Foundation
import Synchronization
import TestSupport

/// The built program on a data directory of its own.
///
/// `@unchecked Sendable`: used by one test at a time, and at the end of the process by nobody else.
final class PenstockProcess: @unchecked Sendable {
    let dataDirectory: String
    let port: UInt16
    let program: String
    private let environment: [String]
    private let arguments: [String]
    private(set) var pid: Int32 = 0

    /// `environment`: further `NAME=value` settings of the server.
    /// `arguments`: further options of `serve`.
    init(environment: [String] = [], arguments: [String] = []) throws {
        // Beside the test bundle.
        program =
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("penstock").path
        dataDirectory = NSTemporaryDirectory() + "penstock-it-\(UUID().uuidString.prefix(8))"
        port = TestPort.free()
        self.environment = environment
        self.arguments = arguments
    }

    /// Starts the server and waits until it answers.
    func start() throws {
        DocumentedAnswers.watch()
        pid = try Program.start(
            ["env", "LOG_LEVEL=warning"] + environment + [
                program, "serve", "--data-dir", dataDirectory, "--insecure-http",
                "127.0.0.1:\(port)",
            ] + arguments,
            output: "\(dataDirectory).log"
        )
        let client = BlockingHTTPClient(port: port)
        for _ in 0..<2_400 {
            if client.send("GET", "/api/v3_0/health/ready")?.status == 200 { return }
            if Program.hasEnded(pid) { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        let text = (try? String(contentsOfFile: "\(dataDirectory).log", encoding: .utf8)) ?? ""
        throw ProgramError(arguments: [program, "serve"], status: -1, text: text)
    }

    /// Ends the server at once, as a power cut to the process would.
    func killHard() {
        precondition(pid > 0, "a signal to 0 would reach the whole group")
        kill(pid, SIGKILL)
        Program.wait(pid)
        pid = 0
    }

    /// Asks the server to end, and waits.
    ///
    /// - Returns: its exit status.
    @discardableResult
    func stop() -> Int32 {
        precondition(pid > 0, "a signal to 0 would reach the whole group")
        kill(pid, SIGTERM)
        // Its number may be another process' soon.
        defer { pid = 0 }
        return Program.wait(pid)
    }

    /// Runs an admin command on the data directory; its output as JSON.
    @discardableResult
    func command(_ arguments: [String], input: String? = nil) throws -> [String: Any] {
        let output = "\(dataDirectory).out-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: output) }
        var ends: [Int32] = [0, 0]
        if let input {
            guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
            _ = input.withCString { write(ends[1], $0, strlen($0)) }
            close(ends[1])
        }
        let words = [program] + arguments + ["--json", "--data-dir", dataDirectory]
        let pid = try Program.start(words, input: input == nil ? nil : ends[0], output: output)
        if input != nil { close(ends[0]) }
        let status = Program.wait(pid)
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard status == 0 else { throw CommandFailure(status: status, text: text) }
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return value as? [String: Any] ?? ["list": value]
    }

    struct CommandFailure: Error {
        let status: Int32
        let text: String
    }

    /// An account, a user and an asset with kW sensors of 15 minutes, ids from 1; and the user's
    /// token.
    func makeStructure(sensorCount: Int) throws -> String {
        try command(["add", "account", "--name", "Test"])
        try command(
            ["add", "user", "--email", "u@example.com", "--account", "1", "--password-stdin"],
            input: "correct-horse-9\n"
        )
        try command([
            "add", "asset", "--name", "site", "--asset-type", "building", "--account", "1",
        ])
        for number in 1...sensorCount {
            try command([
                "add", "sensor", "--name", "power \(number)", "--unit", "kW", "--event-resolution",
                "PT15M", "--timezone", "Europe/Amsterdam", "--asset", "1",
            ])
        }
        return try token()
    }

    /// A token of a user whose password is that of `makeStructure`'s.
    func token(_ email: String = "u@example.com") throws -> String {
        let answer = BlockingHTTPClient(port: port).send(
            "POST",
            "/api/requestAuthToken",
            headers: ["Content-Type": "application/json"],
            body: #"{"email": "\#(email)", "password": "correct-horse-9"}"#
        )
        guard let token = try answer?.json()["auth_token"] as? String else {
            throw CommandFailure(status: -1, text: answer?.text ?? "no answer")
        }
        return token
    }

    /// Has the server stopped when the test process ends: for one that several tests share, and that
    /// nobody else would end.
    func stopAtExit() {
        Self.atExit.withLock { $0.append(self) }
        Self.registerAtExit
    }

    private static let atExit = Mutex<[PenstockProcess]>([])
    /// Once a process.
    private static let registerAtExit: Void = {
        _ = atexit {
            for process in PenstockProcess.atExit.withLock({ $0 }) { process.end() }
        }
    }()

    deinit { end() }

    private func end() {
        if pid > 0 { stop() }
        try? FileManager.default.removeItem(atPath: dataDirectory)
        try? FileManager.default.removeItem(atPath: "\(dataDirectory).log")
    }
}
