internal import Auth
internal import Logging
internal import Redis
internal import Synchronization

/// Counts requests against one limit, over all processes, without asking Redis for each.
///
/// Tokens are leased from the bucket in Redis in slices that grow while a caller is busy: the first
/// request in a second takes one token, then two, four, up to a fiftieth of the limit. What is leased
/// and not used within a second is lost. So nobody gets more than the bucket gives plus one slice a
/// process that was leased before and is used now: an excess of at most 2 % a process over any
/// period, and none for limits below 100.
///
/// Open without Redis: a caller is let through, and Redis is asked again after a second.
final class RateLimiter: Sendable {
    private struct Lease {
        var tokens = 0
        /// Tokens of the last slice.
        var size = 0
        /// Steady time, µs, at which the tokens are lost.
        var until: Int64 = 0
        /// Steady time, µs, until which Redis has no token.
        var emptyUntil: Int64 = 0
        /// Steady time, µs, at which the bucket is full.
        var fullAt: Int64 = 0
        /// Tokens in Redis when it was last asked.
        var remaining = 0
        var isFilling = false

        func isIdle(at now: Int64) -> Bool { until < now && emptyUntil < now && !isFilling }
    }

    private struct State {
        var leases: [String: Lease] = [:]
        /// Leases at which idle ones are looked for.
        var purgeCount = RateLimiter.leaseCountMin
        /// Steady time, µs, until which Redis is not asked.
        var openUntil: Int64 = 0
    }

    let limit: RateLimit
    private let bucket: RateBucket
    private let name: String
    private let clock: any SteadyClock
    private let sizeMax: Int
    private let state = Mutex(State())
    private let logger = Logger(label: "penstock.limits")

    private static let leaseMicroseconds: Int64 = 1_000_000
    static let leaseCountMin = 1_024
    /// More callers in a second than these are forgotten, and asked about anew.
    static let leaseCountMax = 65_536

    /// `name`: keeps the buckets of several limits apart.
    init(
        _ name: String,
        _ limit: RateLimit,
        redis: RedisClient,
        clock: any SteadyClock = SystemSteadyClock()
    ) {
        (self.name, self.limit, self.clock) = (name, limit, clock)
        bucket = RateBucket(redis: redis, limit: limit)
        sizeMax = max(1, min(limit.count / 50, 1_024))
    }

    private enum Step { case answered(RateStanding?), mustAsk(Int) }

    /// Counts one request.
    ///
    /// - Returns: what is left; nil if Redis is away, and the request is let through.
    func take(_ key: String) async -> RateStanding? {
        switch state.withLock({ step(key, &$0) }) {
        case .answered(let standing): return standing
        case .mustAsk(let wanted):
            do throws(RedisError) {
                let taken = try await bucket.take(wanted, of: "\(name):\(key)")
                return state.withLock { note(taken, key, &$0) }
            } catch {
                logger.warning("a rate limit is open", metadata: ["error": "\(error)"])
                state.withLock { state in
                    state.openUntil = clock.microseconds() + Self.leaseMicroseconds
                    state.leases[key]?.isFilling = false
                }
                return nil
            }
        }
    }

    /// Callers that are in memory.
    var leaseCount: Int { state.withLock { $0.leases.count } }

    private func step(_ key: String, _ state: inout State) -> Step {
        let now = clock.microseconds()
        if state.leases[key] == nil { makeRoom(now, &state) }
        return step(now, &state.leases[key, default: Lease()], state.openUntil)
    }

    private func step(_ now: Int64, _ lease: inout Lease, _ openUntil: Int64) -> Step {
        if now < lease.until, lease.tokens > 0 {
            lease.tokens -= 1
            return .answered(standing(lease, now, isRefused: false))
        }
        if now < lease.emptyUntil { return .answered(standing(lease, now, isRefused: true)) }
        if now < openUntil { return .answered(nil) }
        // While one request fetches a slice, others fetch what they need themselves.
        guard !lease.isFilling else { return .mustAsk(1) }
        lease.isFilling = true
        lease.size = now < lease.until ? min(2 * max(1, lease.size), sizeMax) : 1
        return .mustAsk(lease.size)
    }

    private func note(
        _ taken: RateBucket.Taken,
        _ key: String,
        _ state: inout State
    ) -> RateStanding {
        let now = clock.microseconds()
        var lease = state.leases[key] ?? Lease()
        lease.isFilling = false
        if now >= lease.until { lease.tokens = 0 }
        lease.tokens += max(0, taken.count - 1)
        lease.until = now + Self.leaseMicroseconds
        lease.remaining = taken.remaining
        lease.fullAt = now + taken.fullIn
        lease.emptyUntil = taken.count == 0 ? now + taken.nextIn : 0
        state.leases[key] = lease
        return standing(lease, now, isRefused: taken.count == 0)
    }

    private func standing(_ lease: Lease, _ now: Int64, isRefused: Bool) -> RateStanding {
        let resetSeconds = Int((max(0, lease.fullAt - now) + 999_999) / 1_000_000)
        let wait = max(1, Int((lease.emptyUntil - now + 999_999) / 1_000_000))
        return RateStanding(
            limit: limit,
            remaining: isRefused ? 0 : lease.remaining + lease.tokens,
            resetSeconds: resetSeconds,
            retrySeconds: isRefused ? wait : 0,
            isRefused: isRefused
        )
    }

    private func makeRoom(_ now: Int64, _ state: inout State) {
        guard state.leases.count >= state.purgeCount else { return }
        state.leases = state.leases.filter { !$0.value.isIdle(at: now) }
        if state.leases.count >= Self.leaseCountMax { state.leases = [:] }
        state.purgeCount = max(Self.leaseCountMin, 2 * state.leases.count)
    }
}
