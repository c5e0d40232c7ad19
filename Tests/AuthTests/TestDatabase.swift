import Foundation
import Model
import Postgres
import Synchronization

@testable import Auth

/// A private Postgres for this test run: on a socket in a temporary folder, on no port. It ends
/// with the test process, however that ends, because a shell waits for the end of a pipe.
private final class TestServer: Sendable {
    static let shared = Result { try TestServer() }
    let folder: String
    private let process: Mutex<Process>
    private let lifeline: Mutex<Pipe>

    private static let script = """
        set -e
        folder=$1
        bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
        as() {
            if [ "$(id -u)" = 0 ]; then
                exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
            else exec "$@"; fi
        }
        if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$folder"; fi
        (as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 \\
            --no-sync >/dev/null)
        (as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \\
            -c max_connections=200 </dev/null >"$folder/log" 2>&1) &
        server=$!
        until "$bin/pg_isready" -q -h "$folder"; do sleep 0.05; done
        echo ready
        read -r end || true
        kill -INT $server
        wait $server || true
        rm -rf "$folder"
        """

    private init() throws {
        var template = Array("/tmp/penstock-auth-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", Self.script, "test-postgres", folder]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        let answer = output.fileHandleForReading.availableData
        guard String(decoding: answer, as: UTF8.self) == "ready\n" else {
            throw CocoaError(.fileReadUnknown)
        }
        self.process = Mutex(process)
        lifeline = Mutex(input)
    }
}

/// A database of its own for one test, with two accounts (1 and 2) and Auth's tables.
final class TestDatabase: Sendable {
    let conninfo: String
    let pool: PostgresPool
    private let name: String
    private static let number = Atomic(0)

    init() async throws {
        let server = try TestServer.shared.get()
        name = "test_\(Self.number.add(1, ordering: .relaxed).newValue)"
        let base = "host=\(server.folder) user=postgres"
        conninfo = "\(base) dbname=\(name)"
        pool = PostgresPool(.init(conninfo: conninfo, timeoutMilliseconds: 30_000))
        try await Self.execute("CREATE DATABASE \(name)", on: "\(base) dbname=postgres")
        _ = try await pool.withConnection { connection in
            // The catalog's table, as far as Auth knows it.
            try connection.execute(
                """
                CREATE TABLE account (id bigint PRIMARY KEY, name text NOT NULL);
                INSERT INTO account VALUES (1, 'one'), (2, 'two');
                """
            )
            return try AuthMigrations.migrations.run(on: connection)
        }
    }

    /// Cuts everyone off: open sessions are ended and new ones refused, as when a server is away.
    func shut() async throws {
        await pool.close()
        try await admin(
            """
            ALTER DATABASE \(name) ALLOW_CONNECTIONS false;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(name)'
            """
        )
    }

    func open() async throws { try await admin("ALTER DATABASE \(name) ALLOW_CONNECTIONS true") }

    /// Runs a statement as any other program would.
    func execute(_ text: String) async throws {
        _ = try await pool.withConnection { connection in
            try connection.execute(text)
            return true
        }
    }

    private func admin(_ text: String) async throws {
        let postgres = conninfo.replacingOccurrences(of: "dbname=\(name)", with: "dbname=postgres")
        for statement in text.split(separator: ";") {
            try await Self.execute(String(statement), on: postgres)
        }
    }

    private static func execute(_ text: String, on conninfo: String) async throws {
        let pool = PostgresPool(.init(conninfo: conninfo, connectionCountMax: 1))
        _ = try await pool.withConnection { connection in
            try connection.execute(text)
            return true
        }
        await pool.close()
    }
}

/// Waits until something becomes true, at most half a minute: then the test fails by `false`. For
/// what another thread does; the time is no part of what is tested.
func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    for _ in 0..<3_000 {
        if try await condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
