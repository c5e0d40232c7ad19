import Foundation
import TestSupport
import Testing

/// Goal: an acknowledged value survives whatever dies, and no request is stored by half. Method:
/// writers with a ledger, and kill -9 of the server or of its Postgres at random moments, by seed.
@Suite(.serialized) struct CrashTests {
    private static let sensorCount = 6

    @Test func `20 kills of the server lose, tear and invent nothing`() async throws {
        let verdict = try await onThread {
            try Self.crash(cycleCount: 20, seed: 1) { penstock, random in
                Thread.sleep(forTimeInterval: .random(in: 0.1...0.8, using: &random))
                penstock.killHard()
                try penstock.start()
            }
        }
        try Self.judge(verdict)
    }

    @Test func `5 kills of its Postgres lose, tear and invent nothing`() async throws {
        let verdict = try await onThread {
            try Self.crash(cycleCount: 5, seed: 2) { penstock, random in
                Thread.sleep(forTimeInterval: .random(in: 0.3...1, using: &random))
                let postmaster = try #require(Self.postmaster(of: penstock))
                kill(postmaster, SIGKILL)
                // The server restarts it; meanwhile it answers 503, never 500.
                try Self.waitUntilReady(penstock)
            }
        }
        try Self.judge(verdict)
    }

    private static func judge(_ verdict: WriteLedger.Verdict) throws {
        #expect(verdict.lost == 0)
        #expect(verdict.torn == 0)
        #expect(verdict.wrong == 0)
        #expect(verdict.phantom == 0)
        #expect(verdict.oddAnswerCount == 0)
        // Something was at stake.
        #expect(verdict.acknowledgedValueCount > 1_000)
    }

    private static func crash(
        cycleCount: Int,
        seed: UInt64,
        _ cycle: (PenstockProcess, inout SeededGenerator) throws -> Void
    ) throws -> WriteLedger.Verdict {
        var random = SeededGenerator(seed: seed)
        let penstock = try PenstockProcess()
        try penstock.start()
        let token = try penstock.makeStructure(sensorCount: sensorCount)
        let ledger = WriteLedger()
        let writers = DispatchGroup()
        for sensor in 1...sensorCount {
            writers.enter()
            let (port, seed) = (penstock.port, random.next())
            Thread.detachNewThread {
                ledger.write(sensor: sensor, port: port, token: token, seed: seed)
                writers.leave()
            }
        }
        for _ in 0..<cycleCount { try cycle(penstock, &random) }
        ledger.stop()
        writers.wait()
        let verdict = try ledger.verdict(sensors: sensorCount, port: penstock.port, token: token)
        // And once more after compaction: from blocks, in a process that has seen nothing of it.
        penstock.stop()
        try penstock.command(["db", "compact"])
        try penstock.start()
        let later = try ledger.verdict(sensors: sensorCount, port: penstock.port, token: token)
        #expect(later == verdict)
        #expect(penstock.stop() == 0)
        return verdict
    }

    /// Waits until Postgres answers again: a login reads the user's password from there.
    private static func waitUntilReady(_ penstock: PenstockProcess) throws {
        for _ in 0..<600 {
            if (try? penstock.token()) != nil { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw PenstockProcess.CommandFailure(status: -1, text: "not ready again")
    }

    /// The process of the server's Postgres; nil while there is none.
    ///
    /// Asks what the process is, as the number in a stale file may be another one's by now.
    private static func postmaster(of penstock: PenstockProcess) -> Int32? {
        let file = "\(penstock.dataDirectory)/postgres/postmaster.pid"
        guard let text = try? String(contentsOfFile: file, encoding: .utf8),
            let number = Int32(text.prefix { $0 != "\n" }), number > 1,
            let name = try? String(contentsOfFile: "/proc/\(number)/comm", encoding: .utf8),
            name == "postgres\n"
        else { return nil }
        return number
    }
}

/// Runs blocking work on a thread of its own, not on the cooperative pool.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
