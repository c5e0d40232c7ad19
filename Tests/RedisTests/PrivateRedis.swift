import Foundation
import Redis

/// A Redis of the test's own, in a directory of its own, on a socket only. Ends with `stop()`.
final class PrivateRedis: @unchecked Sendable {
    // `process` is replaced by `start` and `stop` only, which a test calls one after the other.
    private var process: Process?
    let directory: URL
    let options: [String]

    init(options: [String] = []) throws {
        directory = URL(filePath: NSTemporaryDirectory())
            .appending(path: "penstock-redis-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.options = options
    }

    var address: RedisAddress {
        RedisAddress(.unix(path: directory.appending(path: "redis.sock").path))
    }

    func start() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/redis-server")
        process.arguments =
            [
                "--port", "0", "--unixsocket", directory.appending(path: "redis.sock").path,
                "--dir", directory.path, "--save", "",
            ] + options
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        self.process = process
    }

    /// Waits until a client can speak to it.
    func started() async throws {
        try start()
        for _ in 0..<500 {
            let isThere = await Task { () -> Bool in
                let client = RedisClient(.init(address: address))
                do throws(RedisError) {
                    try await client.ping()
                    return true
                } catch {
                    // A server that wants a password first is there, too.
                    if case .server = error { return true }
                    return false
                }
            }.value
            if isThere { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw CocoaError(.executableLoad)
    }

    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Keeps the server from answering, with its socket open.
    func pause() { process.map { _ = Foundation.kill($0.processIdentifier, SIGSTOP) } }

    func resume() { process.map { _ = Foundation.kill($0.processIdentifier, SIGCONT) } }

    func stop() {
        resume()
        kill()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Runs `body` against a fresh server and ends that in any case.
func withPrivateRedis(
    options: [String] = [],
    _ body: (PrivateRedis) async throws -> Void
) async throws {
    let server = try PrivateRedis(options: options)
    do {
        try await server.started()
        try await body(server)
    } catch {
        server.stop()
        throw error
    }
    server.stop()
}
