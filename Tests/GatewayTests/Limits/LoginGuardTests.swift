import Auth
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite(.serialized) struct LoginGuardTests {
    private struct Stand {
        let redis: RedisClient
        let subject: LoginGuard

        init(_ server: PrivateRedis) {
            redis = RedisClient(.init(address: server.address, timeoutMilliseconds: 500))
            subject = LoginGuard(redis: redis) { text in
                String(text.utf8.reduce(UInt64(5_381)) { $0 &* 33 &+ UInt64($1) }, radix: 16)
            }
        }

        /// - Returns: nil if the password was looked at; else the seconds to wait.
        func guess(
            _ email: String,
            from address: String,
            isRight: Bool = false
        ) async throws -> Int? {
            do {
                try await subject.attempt(email: email, address: address) {
                    if !isRight { throw AuthError.wrongCredentials }
                }
                return nil
            } catch AuthError.wrongCredentials {
                return nil
            } catch let refusal as Refusal {
                guard case .limited(let limit) = refusal else { throw refusal }
                return limit.seconds
            }
        }
    }

    private static func onStand(_ body: (Stand) async throws -> Void) async throws {
        try await withPrivateRedis { server in try await body(Stand(server)) }
    }

    /// P04: three forms of guessing end within 20 tries.
    @Test(arguments: ["one account", "one network", "spread"] as [String])
    func `P04 guesses end within twenty tries`(form: String) async throws {
        try await Self.onStand { stand in
            var looked = 0
            for number in 0..<40 {
                let email = form == "one network" ? "u\(number)@example.com" : "ada@example.com"
                let address = form == "spread" ? "10.0.\(number).7" : "10.0.0.\(number)"
                if try await stand.guess(email, from: address) == nil { looked += 1 }
            }
            #expect((5...20).contains(looked))
            // Others are not touched.
            #expect(
                try await stand.guess("bob@example.com", from: "10.9.0.1", isRight: true) == nil
            )
        }
    }

    /// P05: a lock of one network is none of the owner's.
    @Test func `P05 the owner gets in from another network`() async throws {
        try await Self.onStand { stand in
            for _ in 0..<50 { _ = try await stand.guess("ada@example.com", from: "10.0.0.1") }
            #expect(
                try await stand.guess("ada@example.com", from: "10.0.0.1", isRight: true) != nil
            )
            #expect(
                try await stand.guess("ada@example.com", from: "10.0.1.1", isRight: true) == nil
            )
        }
    }

    /// P05: where the owner has logged in before, guesses from everywhere else do not hold them up.
    @Test func `P05 a known network is spared the slow-down`() async throws {
        try await Self.onStand { stand in
            #expect(
                try await stand.guess("ada@example.com", from: "10.1.0.1", isRight: true) == nil
            )
            for number in 0..<40 {
                _ = try await stand.guess("ada@example.com", from: "10.2.\(number).1")
            }
            let stranger = try await stand.guess("ada@example.com", from: "10.3.0.1", isRight: true)
            let seconds = try #require(stranger)
            #expect((1...30).contains(seconds))
            #expect(
                try await stand.guess("ada@example.com", from: "10.1.0.9", isRight: true) == nil
            )
            // Its own guesses are counted all the same.
            var looked = 0
            for _ in 0..<30
            where try await stand.guess("ada@example.com", from: "10.1.0.1") == nil { looked += 1 }
            #expect((5...20).contains(looked))
        }
    }

    @Test func `delays grow and end`() async throws {
        try await Self.onStand { stand in
            for _ in 0..<10 {
                #expect(try await stand.guess("Ada@example.com", from: "10.0.0.1") == nil)
            }
            #expect(try await stand.guess("ada@EXAMPLE.com", from: "10.0.0.1") == 1)
            var isLooked = false
            for _ in 0..<500 where !isLooked {
                try await Task.sleep(for: .milliseconds(20))
                isLooked = try await stand.guess("ada@example.com", from: "10.0.0.1") == nil
            }
            #expect(isLooked)
            #expect(try await stand.guess("ada@example.com", from: "10.0.0.1") == 2)
        }
    }

    @Test func `a right login forgives`() async throws {
        try await Self.onStand { stand in
            var refusals: [Int?] = []
            for number in 1...40 {
                let isRight = number % 10 == 0
                refusals.append(
                    try await stand.guess("ada@example.com", from: "127.0.0.1", isRight: isRight)
                )
            }
            // Nine wrong ones and a right one, again and again: the account's own count starts anew,
            // and the network is known.
            #expect(refusals.allSatisfy { $0 == nil })
        }
    }

    /// P04: guesses at the same moment are counted before they are looked at.
    @Test func `P04 a burst is counted`() async throws {
        try await Self.onStand { stand in
            let looked = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<80 {
                    group.addTask {
                        try await stand.guess("ada@example.com", from: "10.0.0.1") == nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect((5...20).contains(looked))
        }
    }

    /// Goal: many who know their passwords log in at once from one network, and all get in.
    @Test func `a burst of honest logins is served`() async throws {
        try await Self.onStand { stand in
            let served = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<90 {
                    group.addTask {
                        try await stand.guess("u\(number)@x.y", from: "10.0.0.1", isRight: true)
                            == nil
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(served == 90)
        }
    }

    /// R02 for logins: what cannot be counted is refused; so is all without any Redis.
    @Test func `R02 logins are closed without Redis`() async throws {
        func isClosed(_ subject: LoginGuard) async -> Bool {
            do {
                try await subject.attempt(email: "a@b.c", address: nil) {
                    Issue.record("the password was looked at")
                }
                return false
            } catch Refusal.unavailable {
                return true
            } catch {
                return false
            }
        }
        #expect(await isClosed(LoginGuard(redis: nil) { $0 }))
        try await withPrivateRedis { server in
            let stand = Stand(server)
            #expect(
                try await stand.guess("ada@example.com", from: "10.0.0.1", isRight: true) == nil
            )
            server.kill()
            #expect(await isClosed(stand.subject))
            try await server.started()
            #expect(
                try await stand.guess("ada@example.com", from: "10.0.0.1", isRight: true) == nil
            )
        }
    }

    /// R03: every key ends by itself, and none tells whose it is.
    @Test func `R03 keys expire and tell nothing`() async throws {
        try await Self.onStand { stand in
            for number in 0..<12 {
                _ = try await stand.guess("ada@example.com", from: "10.0.0.1", isRight: number == 3)
            }
            let keys = try await stand.redis.command("KEYS", "*").array().map { try $0.text() }
            #expect(keys.count == 4)
            for key in keys {
                #expect(!key.contains("ada") && !key.contains("10.0"))
                let left = try await stand.redis.command("PTTL", key).integer()
                #expect(left > 0)
            }
        }
    }

    /// Goal: turns never leak: after any mix of outcomes nobody is thought to be under way.
    @Test func `turns are handed on and end`() async throws {
        let turns = LoginTurns()
        let most = Tally()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let network = "\(number % 2)"
                    guard await turns.enter(network) else { return }
                    most.add(1)
                    await Task.yield()
                    most.add(-1)
                    turns.leave(network)
                }
            }
        }
        #expect(turns.count == 0)
        #expect(most.most <= 2 * LoginTurns.countMax)
    }

    /// P14: the same work that many want at once is done once, and new work is bounded.
    @Test func `P14 the same password is hashed once`() async throws {
        let flights = SingleFlight<String, Int>(countMax: 2)
        let workCount = Tally()
        let callerCount = Tally()
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let work: @Sendable () async throws -> Int = {
            workCount.add(1)
            for await _ in gate { break }
            return 7
        }
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    callerCount.add(1)
                    return try await flights.value("a", work)
                }
            }
            // The last of them then is a lock away from the flight.
            while callerCount.now < 50 {
                try await Task.sleep(for: .milliseconds(1))
            }
            try await Task.sleep(for: .milliseconds(50))
            let other = try await flights.value("b") { 1 }
            #expect(other == 1)
            opener.finish()
            return try await group.reduce(0, +)
        }
        #expect(sum == 50 * 7)
        #expect(workCount.now == 1)
        #expect(flights.count == 0)
    }
}

/// A number that several tasks change.
private final class Tally: Sendable {
    private let value = Mutex((now: 0, most: 0))

    func add(_ count: Int) {
        value.withLock { value in
            value.now += count
            value.most = max(value.most, value.now)
        }
    }

    var now: Int { value.withLock(\.now) }
    /// The largest that it was.
    var most: Int { value.withLock(\.most) }
}
