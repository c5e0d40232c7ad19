import Foundation
import TestSupport

/// A store on a Postgres and a Redis of the test's own, and servers of the built program on it.
///
/// `@unchecked Sendable`: used by one test at a time.
final class ServedStore: @unchecked Sendable {
    static let secretKey = "0123456789abcdefghijklmnopqrstuvwxyz-served-store"

    let redis: PrivateRedis
    let folder: String
    private let conninfo: String
    private let program =
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("penstock").path
    private var servers: [Int32] = []
    private var logCount = 0

    /// Makes account 1 with an admin (user 1), `ada` (2) and `bob` (3), and asset 1 with sensor 1 in
    /// kW. Passwords are `Self.password(of:)`.
    init() async throws {
        folder = NSTemporaryDirectory() + "penstock-served-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        conninfo = try PrivatePostgres.shared().makeDatabase()
        redis = try PrivateRedis()
        try await redis.started()
        try await onThread { [self] in
            try run(["add", "account", "--name", "Test"])
            try run(Self.user("admin") + ["--roles", "admin"], input: Self.password(of: "admin"))
            for name in ["ada", "bob"] {
                try run(Self.user(name), input: Self.password(of: name))
            }
            try run([
                "add", "asset", "--name", "site", "--asset-type", "building", "--account", "1",
            ])
            try run([
                "add", "sensor", "--name", "power", "--unit", "kW", "--event-resolution", "PT15M",
                "--timezone", "UTC", "--asset", "1",
            ])
        }
    }

    static func email(of name: String) -> String { "\(name)@example.com" }
    static func password(of name: String) -> String { "tulip-\(name)-harbour-41" }

    private static func user(_ name: String) -> [String] {
        ["add", "user", "--email", email(of: name), "--account", "1", "--password-stdin"]
    }

    private func environment(_ more: [String]) -> [String] {
        let isKeyGiven = more.contains { $0.hasPrefix("SECRET_KEY") }
        return ["env", "-C", folder, "DATABASE_URL=\(conninfo)"]
            + ["REDIS_URL=unix://\(redis.directory.appending(path: "redis.sock").path)"]
            + (isKeyGiven ? [] : ["SECRET_KEY=\(Self.secretKey)"]) + more
    }

    /// Starts a server and waits until it answers.
    ///
    /// - Returns: its port.
    func serve(_ settings: [String] = []) throws -> UInt16 {
        DocumentedAnswers.watch()
        let port = TestPort.free()
        let arguments = ["serve", "--insecure-http", "127.0.0.1:\(port)"]
        let pid = try Program.start(
            environment(settings) + [program] + arguments,
            output: log(logCount)
        )
        logCount += 1
        servers.append(pid)
        let client = BlockingHTTPClient(port: port)
        for _ in 0..<2_400 {
            if client.send("GET", "/api/v3_0/health/ready")?.status == 200 { return port }
            if Program.hasEnded(pid) { break }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw ProgramError(arguments: arguments, status: -1, text: printed)
    }

    /// Tries to start a server that is to refuse.
    ///
    /// - Returns: its exit status and what it printed.
    func refusedServe(_ settings: [String]) throws -> (status: Int32, text: String) {
        let output = "\(folder)/refused"
        let pid = try Program.start(
            environment(settings) + [program, "serve", "--insecure-http", "127.0.0.1:0"],
            output: output
        )
        let status = Program.wait(pid)
        return (status, (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }

    /// Runs an operator's command.
    func run(_ arguments: [String], input: String? = nil) throws {
        var ends: [Int32] = [0, 0]
        if let input {
            guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
            _ = (input + "\n").withCString { write(ends[1], $0, strlen($0)) }
            close(ends[1])
        }
        let output = "\(folder)/command"
        let pid = try Program.start(
            environment([]) + [program] + arguments,
            input: input == nil ? nil : ends[0],
            output: output
        )
        if input != nil { close(ends[0]) }
        let status = Program.wait(pid)
        guard status == 0 else {
            let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            throw ProgramError(arguments: arguments, status: status, text: text)
        }
    }

    private func log(_ number: Int) -> String { "\(folder)/log-\(number)" }

    /// What all servers have printed so far.
    var printed: String {
        (0..<logCount).map { number in
            (try? String(contentsOfFile: log(number), encoding: .utf8)) ?? ""
        }.joined(separator: "\n")
    }

    /// Mails in the outbox, the oldest first: their text.
    var mails: [String] {
        let path = "\(folder)/outbox"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(".eml") }
            .map { name in
                let text = (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? ""
                let body = text.components(separatedBy: "\r\n\r\n").dropFirst().joined()
                let data = Data(base64Encoded: body, options: .ignoreUnknownCharacters)
                return String(decoding: data ?? Data(), as: UTF8.self)
            }
    }

    /// Ends all servers in order; their exit statuses.
    @discardableResult
    func stopServers() -> [Int32] {
        defer { servers = [] }
        return servers.map { pid in
            precondition(pid > 0, "a signal to 0 would reach the whole group")
            kill(pid, SIGTERM)
            return Program.wait(pid)
        }
    }

    func end() {
        stopServers()
        redis.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Runs `body` on a thread with a store, which is ended in any case.
func withServedStore(_ body: @escaping @Sendable (ServedStore) throws -> Void) async throws {
    let store = try await ServedStore()
    do {
        try await onThread { try body(store) }
    } catch {
        store.end()
        throw error
    }
    store.end()
}

/// A client of one server, and what it often sends.
struct APIClient {
    let http: BlockingHTTPClient

    init(_ port: UInt16, host: UInt8 = 1) { http = BlockingHTTPClient(port: port, host: host) }

    func send(
        _ method: String,
        _ path: String,
        token: String? = nil,
        json: [String: Any]? = nil
    ) throws -> BlockingHTTPClient.Answer {
        var headers: [String: String] = [:]
        if let token { headers["Authorization"] = token }
        var body: String?
        if let json {
            headers["Content-Type"] = "application/json"
            body = String(decoding: try JSONSerialization.data(withJSONObject: json), as: UTF8.self)
        }
        guard let answer = http.send(method, path, headers: headers, body: body) else {
            throw CocoaError(.fileReadUnknown)
        }
        return answer
    }

    func requestToken(
        _ name: String,
        password: String? = nil,
        code: String? = nil
    ) throws -> BlockingHTTPClient.Answer {
        var json: [String: Any] = [
            "email": ServedStore.email(of: name),
            "password": password ?? ServedStore.password(of: name),
        ]
        json["code"] = code
        return try send("POST", "/api/requestAuthToken", json: json)
    }

    func token(_ name: String) throws -> String {
        let answer = try requestToken(name)
        guard let token = try answer.json()["auth_token"] as? String else {
            throw CocoaError(.userCancelled, userInfo: ["answer": answer.text])
        }
        return token
    }

    /// The status of a read of sensor 1.
    func readStatus(_ token: String?) throws -> Int {
        try send(
            "GET",
            "/api/v3_0/sensors/1/data?start=2026-01-01T00:00:00Z&duration=PT1H&unit=kW",
            token: token
        ).status
    }
}
