import Model
import Synchronization
import Testing

@testable import Gateway

/// Goal: requests with nothing in common make series at once, all others one after the other.
/// Method: bodies that wait for each other, or that must not meet.
@Suite struct CreationTurnsTests {
    private let turns = CreationTurns()
    private let account = AccountID(1)

    private func take<R>(
        _ claim: CreationTurns.Claim,
        database: String = "db",
        room: Int = 100,
        _ body: (Bool) async throws -> R
    ) async throws -> R {
        try await turns.take(claim, in: database, of: account, room: { room }, body)
    }

    /// Two bodies of which each waits until the other one runs.
    private func meet(
        _ first: CreationTurns.Claim,
        _ second: CreationTurns.Claim,
        database: String = "db"
    ) async throws {
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (claim, database) in [(first, "db"), (second, database)] {
                group.addTask {
                    try await self.take(claim, database: database) { _ in
                        crowd.enter()
                        while crowd.most < 2 { await Task.yield() }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Counts who is in a body.
    private final class Crowd: Sendable {
        private let state = Mutex((now: 0, most: 0))
        var most: Int { state.withLock(\.most) }
        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { state.withLock { $0.now -= 1 } }
    }

    /// How many of some bodies ran at once, at most.
    private func most(_ claims: [CreationTurns.Claim], room: Int = 100) async throws -> Int {
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for claim in claims {
                group.addTask {
                    try await self.take(claim, room: room) { _ in
                        crowd.enter()
                        for _ in 0..<100 { await Task.yield() }
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        return crowd.most
    }

    @Test func `requests with nothing in common go side by side`() async throws {
        try await meet(.series([1, 2]), .series([3]))
        try await meet(.database, .series([1]), database: "other")
        #expect(try await most((0..<20).map { .series([$0]) }) <= 2)
    }

    @Test func `requests with something in common go one after the other`() async throws {
        #expect(try await most((0..<20).map { .series([0, $0 + 1]) }) == 1)
        #expect(try await most([.database, .series([1]), .database, .series([2])]) <= 2)
        #expect(try await most([.database, .database, .database]) == 1)
    }

    @Test func `what might be too much together goes one after the other`() async throws {
        #expect(try await most((0..<20).map { .series([2 * $0, 2 * $0 + 1]) }, room: 3) == 1)
    }

    @Test func `a body that fails lets the next one go`() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await take(.database) { _ in throw Failure() } }
        #expect(try await take(.database) { $0 } == false)
    }
}
