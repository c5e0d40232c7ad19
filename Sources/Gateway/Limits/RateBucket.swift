internal import Redis

/// A token bucket in Redis: one number a key, the moment at which the bucket is full again, which
/// expires at that moment. So memory holds only who came within one period.
///
/// All processes see one clock, that of Redis.
struct RateBucket: Sendable {
    let redis: RedisClient
    let limit: RateLimit

    /// What taking tokens led to.
    struct Taken: Sendable {
        /// Up to as many as were wanted.
        let count: Int
        /// Tokens that are left.
        let remaining: Int
        /// µs until the bucket is full.
        let fullIn: Int64
        /// µs until there is a token again; 0 if some were taken.
        let nextIn: Int64
    }

    /// Takes up to `wanted` tokens: one round trip.
    ///
    /// - Throws: `RedisError`.
    func take(_ wanted: Int, of key: String) async throws(RedisError) -> Taken {
        let reply = try await redis.evaluate(
            Self.script,
            keys: [Array("penstock:rate:\(key)".utf8)],
            arguments: ["\(wanted)", "\(limit.count)", "\(limit.periodSeconds)000000"].map {
                Array($0.utf8)
            }
        )
        let numbers = try reply.array()
        guard numbers.count == 4 else { throw .unexpected("a bucket has four numbers") }
        return Taken(
            count: Int(try numbers[0].integer()),
            remaining: Int(try numbers[1].integer()),
            fullIn: try numbers[2].integer(),
            nextIn: try numbers[3].integer()
        )
    }

    /// Numbers are µs as doubles, exact up to the year 2255. The small term undoes the rounding of
    /// the stored moment to whole µs.
    private static let script = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local period = tonumber(ARGV[3])
        local step = period / tonumber(ARGV[2])
        local full = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
        local free = math.max(0, math.floor((now + period - full) / step + 0.000001))
        local taken = math.min(free, tonumber(ARGV[1]))
        local wait = 0
        if taken > 0 then
            full = full + taken * step
            local left = math.ceil((full - now) / 1000)
            redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', left)
        else
            wait = math.max(1, full + step - period - now)
        end
        return {taken, free - taken, math.ceil(full - now), math.ceil(wait)}
        """
    )
}
