import Auth
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// Steady time that the test sets, µs.
private final class SetClock: SteadyClock {
    private let now = Atomic<Int64>(1_000_000_000)
    func microseconds() -> Int64 { now.load(ordering: .relaxed) }
    func advance(seconds: Int64) { now.add(seconds * 1_000_000, ordering: .relaxed) }
}

private func client(_ server: PrivateRedis) -> RedisClient {
    RedisClient(
        .init(address: server.address, connectTimeoutMilliseconds: 250, timeoutMilliseconds: 500)
    )
}

/// How often Redis ran a script.
private func scriptCount(_ redis: RedisClient) async throws -> Int {
    let text = try await redis.command("INFO", "commandstats").text()
    guard let start = text.firstRange(of: "cmdstat_evalsha:calls=") else { return 0 }
    return Int(text[start.upperBound...].prefix { $0.isNumber }) ?? 0
}

@Suite(.serialized) struct RateLimiterTests {
    /// Goal: a small limit is exact over several processes, and callers keep apart (R01). Method: two
    /// limiters on one Redis take turns.
    @Test func `a small limit is exact in all processes`() async throws {
        try await withPrivateRedis { server in
            let limit = try #require(RateLimit("5 per hour"))
            let here = RateLimiter("test", limit, redis: client(server))
            let there = RateLimiter("test", limit, redis: client(server))
            var standings: [RateStanding] = []
            for number in 0..<8 {
                let limiter = number % 2 == 0 ? here : there
                standings.append(try #require(await limiter.take("user:1")))
            }
            #expect(
                standings.map(\.isRefused) == [false, false, false, false, false, true, true, true]
            )
            #expect(standings.prefix(5).map(\.remaining) == [4, 3, 2, 1, 0])
            // A fifth of an hour brings one back.
            let refused = try #require(standings.last)
            #expect((1...720).contains(refused.retrySeconds))
            #expect((721...3_600).contains(refused.resetSeconds))
            #expect(await here.take("user:2")?.isRefused == false)
        }
    }

    /// Goal: tokens come back with time, not at the end of a window.
    @Test func `a bucket fills up steadily`() async throws {
        try await withPrivateRedis { server in
            let limit = try #require(RateLimit("4 per 20 second"))
            let bucket = RateBucket(redis: client(server), limit: limit)
            #expect(try await bucket.take(10, of: "x").count == 4)
            let empty = try await bucket.take(1, of: "x")
            #expect(empty.count == 0)
            #expect((1...5_000_000).contains(empty.nextIn))
            var found = 0
            for _ in 0..<300 where found == 0 {
                try await Task.sleep(for: .milliseconds(100))
                found = try await bucket.take(1, of: "x").count
            }
            #expect(found == 1)
        }
    }

    /// Goal: a busy caller costs few round trips, and no more is let through than the limit.
    @Test func `slices spare round trips and never add tokens`() async throws {
        try await withPrivateRedis { server in
            let redis = client(server)
            let limit = try #require(RateLimit("20000 per day"))
            let clock = SetClock()
            let limiter = RateLimiter("test", limit, redis: redis, clock: clock)
            var admitted = 0
            for _ in 0..<25_000 where await limiter.take("user:1")?.isRefused == false {
                admitted += 1
            }
            // A token comes back every four seconds.
            #expect((20_000...20_020).contains(admitted))
            #expect(try await scriptCount(redis) < 150)
        }
    }

    /// Goal: what is leased and not used is lost after a second: no hoard to be used later.
    @Test func `leases end`() async throws {
        try await withPrivateRedis { server in
            let redis = client(server)
            let limit = try #require(RateLimit("1000 per day"))
            let clock = SetClock()
            let limiter = RateLimiter("test", limit, redis: redis, clock: clock)
            // 1 + 2 + 4 tokens leased, four used.
            for _ in 0..<4 { _ = await limiter.take("user:1") }
            let before = try await scriptCount(redis)
            clock.advance(seconds: 2)
            let standing = try #require(await limiter.take("user:1"))
            #expect(try await scriptCount(redis) == before + 1)
            #expect(standing.remaining == 1_000 - 7 - 1)
        }
    }

    /// R02 for data: without Redis the limit is open, and Redis is not asked for each request.
    @Test func `R02 the limit is open without Redis`() async throws {
        try await withPrivateRedis { server in
            let limit = try #require(RateLimit("1 per day"))
            let clock = SetClock()
            let limiter = RateLimiter("test", limit, redis: client(server), clock: clock)
            #expect(await limiter.take("user:1")?.isRefused == false)
            #expect(await limiter.take("user:1")?.isRefused == true)
            server.kill()
            for _ in 0..<100 { #expect(await limiter.take("user:2") == nil) }
            try await server.started()
            #expect(await limiter.take("user:2") == nil)
            clock.advance(seconds: 2)
            #expect(await limiter.take("user:2")?.isRefused == false)
        }
    }

    /// R03: callers are forgotten, here after a second, in Redis after the limit's period.
    @Test func `R03 memory is bounded`() async throws {
        try await withPrivateRedis { server in
            let redis = client(server)
            let limit = try #require(RateLimit("5 per second"))
            let clock = SetClock()
            let limiter = RateLimiter("test", limit, redis: redis, clock: clock)
            for number in 0..<6_000 {
                if number % 500 == 0 { clock.advance(seconds: 3) }
                _ = await limiter.take("network:\(number)")
            }
            #expect(limiter.leaseCount <= RateLimiter.leaseCountMin)
            var left: Int64 = 1
            for _ in 0..<500 where left > 0 {
                try await Task.sleep(for: .milliseconds(20))
                left = try await redis.command("DBSIZE").integer()
            }
            #expect(left == 0)
        }
    }
}
