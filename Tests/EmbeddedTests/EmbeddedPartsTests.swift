import Foundation
import Testing

@testable import Embedded

/// The parts that need no server.
@Suite struct EmbeddedPartsTests {
    /// Goal: at once, then longer each time up to the bound, and at once again after a steady run.
    @Test func `the delay grows with failures and forgets them`() {
        var delay = RestartDelay()
        let waits = (0..<12).map { _ in delay.next(afterUptime: .zero) / .milliseconds(1) }
        #expect(waits == [0, 50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000])
        #expect(delay.next(afterUptime: .seconds(9)) == .seconds(10))
        #expect(delay.next(afterUptime: .seconds(10)) == .zero)
        #expect(delay.next(afterUptime: .seconds(1)) == .milliseconds(50))
    }

    @Test func `an exit is told from a signal`() throws {
        let user = try SystemUser.current()
        for (script, expected) in [
            ("exit 7", ExitStatus.exited(code: 7)), ("kill -9 $$", .signaled(number: 9)),
            ("exit 0", .exited(code: 0)),
        ] {
            let command = ChildCommand(program: "/bin/sh", arguments: ["-c", script], user: user)
            #expect(try ChildProcess.run(command, timeoutMilliseconds: 30_000).status == expected)
        }
    }

    /// Goal: a child sees nothing of ours: no input, no variable, no open file, its own group, `/`.
    @Test func `a child starts clean`() throws {
        setenv("PENSTOCK_SECRET", "hush", 1)
        let leaked = open("/etc/passwd", O_RDONLY)
        defer { close(leaked) }
        let script = "env; ls /proc/$$/fd; pwd; cat; ps -o pgid= -p $$ | tr -d ' '; echo $$"
        let command = ChildCommand(
            program: "/bin/sh",
            arguments: ["-c", script],
            user: try .current()
        )
        let lines = try ChildProcess.run(command, timeoutMilliseconds: 30_000).output
            .split(separator: "\n").map(String.init)
        #expect(!lines.contains { $0.contains("SECRET") || $0 == "\(leaked)" })
        #expect(lines.contains("/") && lines.contains("0") && lines.contains("2"))
        #expect(lines.suffix(2).first == lines.last)
    }

    @Test func `the output of a program is bounded, and so is its time`() throws {
        let user = try SystemUser.current()
        let long = ChildCommand(program: "/usr/bin/seq", arguments: ["100000"], user: user)
        let result = try ChildProcess.run(long, timeoutMilliseconds: 30_000, outputByteCountMax: 10)
        #expect(result.output == "1\n2\n3\n4\n5\n")
        #expect(result.status == .exited(code: 0))
        let slow = ChildCommand(program: "/usr/bin/sleep", arguments: ["600"], user: user)
        #expect(throws: EmbeddedError.self) { try ChildProcess.run(slow, timeoutMilliseconds: 100) }
        let none = ChildCommand(program: "/nonexistent", arguments: [], user: user)
        let failed = try ChildProcess.run(none, timeoutMilliseconds: 30_000)
        #expect(failed.status == .exited(code: 127))
    }

    @Test func `the telling line of a log is found`() {
        let log = """
            2026-01-01 LOG:  starting
            2026-01-01 FATAL:  could not map memory
            2026-01-01 LOG:  database system is shut down

            """
        #expect(ServerLog.reason(in: log) == "2026-01-01 FATAL:  could not map memory")
        #expect(ServerLog.reason(in: "one\ntwo\n") == "two")
        #expect(ServerLog.reason(in: "\n") == nil)
        #expect(ServerLog.reason(in: String(repeating: "x", count: 9_999))?.count == 400)
    }

    /// Goal: a log does not grow for ever under a server that keeps writing to it.
    @Test func `a log that is too long starts anew`() async throws {
        try await withDirectory { path in
            try DataDirectory.makePrivate(path, for: .current())
            let log = try ServerLog(path + "/a.log", owner: .current())
            ftruncate(log.file, off_t(ServerLog.byteCountMax))
            log.trim()
            #expect(log.byteCount == ServerLog.byteCountMax)
            #expect(write(log.file, "x", 1) == 1)
            log.trim()
            #expect(write(log.file, "failed\n", 7) == 7)
            #expect(log.byteCount == 7)
            #expect(log.reason(since: 0) == "failed")
            #expect(log.reason(since: 7) == nil)
        }
    }

    /// Goal: the lock tells owner, server and nobody apart, and goes with its holder.
    @Test func `a lock has one owner and says whether he serves`() async throws {
        try await withDirectory { path in
            let me = try SystemUser.current()
            let first = try #require(try DirectoryLock.take(path, owner: me))
            defer { unlink(path) }
            #expect(try DirectoryLock.take(path, owner: me) == nil)
            #expect(!DirectoryLock.isServed(path))
            first.announce(serving: true)
            #expect(DirectoryLock.isServed(path))
            #expect(try DirectoryLock.take(path, owner: me) == nil)
            first.announce(serving: false)
            #expect(!DirectoryLock.isServed(path))
            #expect(DirectoryLock.ownerText(path) == "\(getpid())")
            first.announce(serving: true)
            first.release()
            first.release()
            #expect(!DirectoryLock.isServed(path))
            #expect(try DirectoryLock.take(path, owner: me) != nil)
        }
    }

    @Test func `a link in the place of a folder is refused`() async throws {
        try await withDirectory { path in
            try DataDirectory.locate(path).prepare()
            try FileManager.default.removeItem(atPath: path + "/log")
            symlink("/etc", path + "/log")
            let error = #expect(throws: EmbeddedError.self) {
                try DataDirectory.locate(path).prepare()
            }
            #expect(error?.description.contains("\(path)/log") == true)
        }
    }
}
