import Foundation
import Synchronization

/// A Postgres server of the test process's own: on a Unix socket in a temporary folder, ended with
/// the process however that ends.
///
/// It has the roles of a real one: `penstock_owner` owns the databases, and the server's tests work
/// as `penstock_app`, who owns nothing. The superuser is `postgres`.
package final class PrivatePostgres: Sendable {
    private static let started = Result { try PrivatePostgres() }

    /// The process's server, started when first asked for.
    package static func shared() throws -> PrivatePostgres { try started.get() }

    private static let binaries = "/usr/lib/postgresql/15/bin"
    private let folder: URL
    private let watcher: Int32
    private let watcherInput: Int32
    private let databaseCount = Atomic(0)

    /// `settings`: further `-c name=value` settings.
    package init(settings: [String] = ["fsync=off", "synchronous_commit=on"]) throws {
        folder = URL(fileURLWithPath: NSTemporaryDirectory())
            .appendingPathComponent("penstock-test-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let data = folder.appendingPathComponent("data").path
        try Program.run(["chmod", "777", folder.path])
        let initialize = ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]
        try Program.run(Self.prefix + ["\(Self.binaries)/initdb"] + initialize)
        // The shell holds the server and waits for the end of its own input, which comes when this
        // process closes it or dies.
        let settings = settings.map { "-c \($0)" }.joined(separator: " ")
        let script = """
            \(Self.prefix.joined(separator: " ")) \(Self.binaries)/postgres -D \(data) -k \(folder.path) \
            -c listen_addresses= -c max_connections=600 \(settings) >\(folder.path)/log 2>&1 &
            read -r _
            \(Self.prefix.joined(separator: " ")) \(Self.binaries)/pg_ctl stop -D \(data) -m immediate -w
            rm -rf \(folder.path)
            """
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0 else {
            throw POSIXError(.EMFILE)
        }
        watcherInput = ends[1]
        watcher = try Program.start(["sh", "-c", script], input: ends[0])
        close(ends[0])
        for _ in 0..<600 where !isReady { Thread.sleep(forTimeInterval: 0.05) }
        guard isReady else { throw CocoaError(.executableNotLoadable) }
        for role in [Self.ownerRole, Self.serverRole] {
            let words = ["-h", folder.path, "-U", "postgres", role]
            try Program.run(["\(Self.binaries)/createuser"] + words)
        }
    }

    package static let ownerRole = "penstock_owner"
    package static let serverRole = "penstock_app"

    /// A connection string of this server for another role; for the superuser by default, who is any
    /// other program that may do what it likes.
    package static func conninfo(_ conninfo: String, as role: String = "postgres") -> String {
        conninfo.split(separator: " ").map { $0.hasPrefix("user=") ? "user=\(role)" : String($0) }
            .joined(separator: " ")
    }

    /// Makes an empty database and returns its connection string as its owner, who is no superuser.
    package func makeDatabase() throws -> String {
        let number = databaseCount.wrappingAdd(1, ordering: .relaxed).newValue
        let name = "test_\(number)"
        let words = ["-h", folder.path, "-U", "postgres", "-O", Self.ownerRole, name]
        try Program.run(["\(Self.binaries)/createdb"] + words)
        return "host=\(folder.path) user=\(Self.ownerRole) dbname=\(name)"
    }

    /// Ends the server, as it also ends with the process.
    package func stop() {
        close(watcherInput)
        Program.wait(watcher)
    }

    private var isReady: Bool {
        let arguments = ["\(Self.binaries)/pg_isready", "-q", "-h", folder.path, "-U", "postgres"]
        return (try? Program.run(arguments)) != nil
    }

    /// Postgres refuses to run as root.
    private static var prefix: [String] {
        getuid() == 0
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] : []
    }
}
