package import Foundation
package import Redis

/// A Redis of the test's own, in a directory of its own, on a socket only. Ends with `stop()`.
package final class PrivateRedis: @unchecked Sendable {
    // `processID` is replaced by `start` and `kill` only, which a test calls one after the other.
    private var processID: Int32?
    package let directory: URL
    package let options: [String]

    package init(options: [String] = []) throws {
        directory = URL(filePath: NSTemporaryDirectory())
            .appending(path: "penstock-redis-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.options = options
    }

    package var address: RedisAddress {
        RedisAddress(.unix(path: directory.appending(path: "redis.sock").path))
    }

    package func start() throws {
        let arguments = [
            "redis-server", "--port", "0", "--unixsocket",
            directory.appending(path: "redis.sock").path, "--dir", directory.path, "--save", "",
        ]
        processID = try Program.start(arguments + options)
    }

    /// Waits until a client can speak to it.
    package func started() async throws {
        try start()
        for _ in 0..<6_000 {
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

    package func kill() {
        guard let processID, processID > 0 else { return }
        Foundation.kill(processID, SIGKILL)
        Program.wait(processID)
        self.processID = nil
    }

    /// Keeps the server from answering, with its socket open.
    package func pause() { processID.map { _ = Foundation.kill($0, SIGSTOP) } }

    package func resume() { processID.map { _ = Foundation.kill($0, SIGCONT) } }

    package func stop() {
        resume()
        kill()
        try? FileManager.default.removeItem(at: directory)
    }
}

/// Runs `body` against a fresh server and ends that in any case.
package func withPrivateRedis(
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
