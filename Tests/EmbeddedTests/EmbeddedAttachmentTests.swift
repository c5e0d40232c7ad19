import Foundation
import Postgres
import Synchronization
import Testing

@testable import Embedded

/// The database for one command.
@Suite(.timeLimit(.minutes(3))) struct EmbeddedAttachmentTests {
    @Test func `a command uses a serving Penstock's Postgres and leaves it running`() async throws {
        try await withDirectory { path in
            try await withServers(path) { servers in
                let attachment = try await EmbeddedAttachment.attachOrStart(
                    dataDirectory: path,
                    logger: quiet
                )
                #expect(!attachment.isOwn)
                #expect(attachment.conninfo == servers.conninfo)
                await attachment.stop()
                try expect(servers.conninfo, "SELECT 1", "1")
                #expect(isRunning(servers.processIDs.postgres))
            }
        }
    }

    /// Goal: several commands at once, on a directory that does not exist yet, each find a database
    /// that stays until they are done. Method: five in parallel that each count up slowly.
    @Test func `commands take turns`() async throws {
        try await withDirectory { path in
            let running = Gauge()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<5 {
                    group.addTask {
                        let attachment = try await EmbeddedAttachment.attachOrStart(
                            dataDirectory: path,
                            logger: quiet
                        )
                        #expect(attachment.isOwn)
                        let count = running.add()
                        #expect(count == 1)
                        let work = "CREATE TABLE t\(number) AS SELECT 1 FROM pg_sleep(0.1)"
                        try ask(attachment.ownerConninfo, work)
                        running.subtract()
                        await attachment.stop()
                    }
                }
                try await group.waitForAll()
            }
            try await withServers(path) { servers in
                let count = "SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-4]$'"
                try expect(servers.ownerConninfo, count, "5")
            }
        }
    }

    /// Goal: a command that is busy keeps a second one and a server waiting, for as long as they
    /// were told to, and in one line.
    @Test func `a busy command keeps others out, within their patience`() async throws {
        try await withDirectory { path in
            let first = try await EmbeddedAttachment.attachOrStart(
                dataDirectory: path,
                logger: quiet
            )
            let line = EmbeddedError.busy(
                "`\(path)` is in use by another Penstock (process \(getpid())): stop it first"
            )
            await #expect(throws: line) {
                _ = try await EmbeddedAttachment.attachOrStart(
                    dataDirectory: path,
                    patience: .zero,
                    logger: quiet
                )
            }
            #expect(try await startError(path) == line)
            async let later = EmbeddedServers.start(
                dataDirectory: path,
                options: .init(lockPatience: .seconds(60)),
                logger: quiet
            )
            try expect(first.conninfo, "SELECT 1", "1")
            await first.stop()
            let servers = try await later
            try expect(servers.conninfo, "SELECT 1", "1")
            await servers.stop()
        }
    }
}

/// How many are at work at the moment.
private final class Gauge: Sendable {
    private let count = Atomic(0)
    func add() -> Int { count.add(1, ordering: .relaxed).newValue }
    func subtract() { count.subtract(1, ordering: .relaxed) }
}
