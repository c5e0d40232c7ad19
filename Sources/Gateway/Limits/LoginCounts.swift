internal import Redis

/// Tries to log in, counted in Redis: by account and network, by network, and by account.
///
/// A try is counted before the password is looked at, so that tries at the same moment, in whatever
/// process, see each other; one that turns out to be right is taken back. Each count is a small hash
/// that expires half an hour after the last try. Names are keyed hashes: neither addresses nor
/// e-mails can be read from Redis.
struct LoginCounts: Sendable {
    /// The four keys of a try.
    struct Keys: Sendable {
        /// There if a login of this account from this network was right in the last 30 days.
        let known: [UInt8]
        let pair: [UInt8]
        let network: [UInt8]
        let account: [UInt8]

        /// `hash`: of a text, under a key that Redis does not have.
        init(account: String, network: String, hash: (String) -> String) {
            func key(_ kind: String, _ text: String) -> [UInt8] {
                Array("penstock:login:\(kind):\(hash("\(kind):\(text)"))".utf8)
            }
            // A network's name has no colon, so the border between both is clear.
            known = key("known", "\(network):\(account)")
            pair = key("pair", "\(network):\(account)")
            self.network = key("network", network)
            self.account = key("account", account)
        }

        fileprivate var all: [[UInt8]] { [known, pair, network, account] }
    }

    let redis: RedisClient

    /// Counts a try, unless an earlier one was too short ago.
    ///
    /// - Returns: ms to wait; 0 if the try may go on.
    func begin(_ keys: Keys) async throws(RedisError) -> Int64 {
        try await redis.evaluate(Self.beginning, keys: keys.all).integer()
    }

    /// Takes a try back. `isRight`: the network is known for this account from now on, and what was
    /// wrong before is forgiven.
    func takeBack(_ keys: Keys, isRight: Bool) async throws(RedisError) {
        let flag = Array((isRight ? "1" : "0").utf8)
        try await redis.evaluate(Self.takingBack, keys: keys.all, arguments: [flag])
    }

    /// Tries without delay: 10 of an account from a network, 15 of a network, 15 of an account. Then
    /// the delay doubles with each, from one second: up to a quarter of an hour, and up to half a
    /// minute for an account as a whole, so that nobody locks its owner out. A known network is held
    /// up by its own count of the account only.
    private static let beginning = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local wait = 0
        local function look(key, free, longest)
            local found = redis.call('HMGET', key, 'n', 't')
            local count = tonumber(found[1] or '0')
            if count < free then return end
            local delay = math.min(longest, 1000 * 2 ^ math.min(count - free, 20))
            wait = math.max(wait, tonumber(found[2] or '0') + delay - now)
        end
        look(KEYS[2], 10, 900000)
        if redis.call('EXISTS', KEYS[1]) == 0 then
            look(KEYS[3], 15, 900000)
            look(KEYS[4], 15, 30000)
        end
        if wait > 0 then return math.ceil(wait) end
        for index = 2, 4 do
            redis.call('HINCRBY', KEYS[index], 'n', 1)
            redis.call('HSET', KEYS[index], 't', string.format('%.0f', now))
            redis.call('PEXPIRE', KEYS[index], 1800000)
        end
        return 0
        """
    )

    private static let takingBack = RedisScript(
        """
        for index = 2, 4 do
            if tonumber(redis.call('HGET', KEYS[index], 'n') or '0') > 1 then
                redis.call('HINCRBY', KEYS[index], 'n', -1)
            else
                redis.call('DEL', KEYS[index])
            end
        end
        if ARGV[1] == '1' then
            redis.call('DEL', KEYS[2])
            redis.call('SET', KEYS[1], '1', 'PX', 2592000000)
        end
        return 0
        """
    )
}
