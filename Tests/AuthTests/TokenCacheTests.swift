import Model
import TestSupport
import Testing

@testable import Auth

@Suite struct TokenCacheTests {
    private func digest(_ number: Int) -> SHA256Digest { SHA256Digest(of: utf8("\(number)").span) }

    private func known(_ id: Int64, standing: Standing) -> UserDirectory.Known {
        let user = User(
            id: UserID(id),
            publicID: .random(),
            email: "u\(id)@example.com",
            username: "u\(id)",
            isActive: true,
            account: AccountID(1),
            timezone: "UTC",
            roles: [],
            part: Secret(TokenPart([]))
        )
        return UserDirectory.Known(
            user: user,
            standing: standing,
            generation: standing.generation
        )
    }

    private func entry(
        _ id: Int64,
        standing: Standing = Standing(generation: 1),
        from issuedAt: Int64 = 100
    ) throws -> TokenCache.Entry {
        let lifetime = try #require(TokenLifetime(issuedAt: issuedAt, ageMaxSeconds: 10))
        return TokenCache.Entry(known(id, standing: standing), lifetime: lifetime)
    }

    @Test func `a token is remembered while it is accepted`() throws {
        let cache = TokenCache()
        let entry = try entry(7)
        for second in Int64(95)...115 {
            cache.insert(digest(1), entry, activeUserCount: 1)
            let expected = (100...110).contains(second) ? entry.principal : nil
            #expect(cache.principal(digest(1), second: second) == expected, "second \(second)")
        }
        #expect(cache.principal(digest(2), second: 105) == nil)
    }

    @Test func `a new generation of the user ends it`() throws {
        let cache = TokenCache()
        let standing = Standing(generation: 1)
        cache.insert(digest(1), try entry(7, standing: standing), activeUserCount: 1)
        cache.insert(digest(2), try entry(8), activeUserCount: 1)
        #expect(cache.principal(digest(1), second: 105) != nil)
        standing.advance(to: 2)
        #expect(cache.principal(digest(1), second: 105) == nil)
        #expect(cache.principal(digest(2), second: 105) != nil)
        #expect(cache.count == 1)
    }

    /// Goal: 64 tokens a user; the ones in use stay. Method: one token is used between 200 inserts.
    @Test func `a user's tokens are bounded`() throws {
        let cache = TokenCache()
        cache.insert(digest(-1), try entry(8), activeUserCount: 1_000)
        for number in 0..<200 {
            cache.insert(digest(number), try entry(7), activeUserCount: 1_000)
            #expect(cache.principal(digest(0), second: 105) != nil, "insert \(number)")
        }
        #expect(cache.count == TokenCache.userTokenCountMax + 1)
        #expect(cache.principal(digest(199), second: 105) != nil)
        #expect(cache.principal(digest(1), second: 105) == nil)
        #expect(cache.principal(digest(-1), second: 105) != nil)
    }

    /// Goal: twice the active users, at least 256; the ones in use stay.
    @Test(arguments: [(0, 256), (100, 256), (500, 1_000)])
    func `all tokens are bounded`(activeUserCount: Int, countMax: Int) throws {
        let cache = TokenCache()
        for number in 0..<3_000 {
            cache.insert(
                digest(number),
                try entry(Int64(number)),
                activeUserCount: activeUserCount
            )
            #expect(cache.count <= countMax)
            #expect(cache.principal(digest(0), second: 105) != nil, "insert \(number)")
        }
        #expect(cache.count == countMax)
        let last = try #require(cache.principal(digest(2_999), second: 105))
        #expect(last.user == UserID(2_999))
    }

    @Test func `a smaller bound shrinks the cache`() throws {
        let cache = TokenCache()
        for number in 0..<1_000 {
            cache.insert(digest(number), try entry(Int64(number)), activeUserCount: 500)
        }
        #expect(cache.count == 1_000)
        cache.insert(digest(1_000), try entry(1_000), activeUserCount: 10)
        #expect(cache.count == 256)
    }

    /// Goal (T20): no token finds another user. Method: a model of the cache's promise (a hit is
    /// the user of the last insert of that token) under random operations of four tasks.
    @Test(arguments: 0..<4) func `users never mix`(seed: UInt64) async throws {
        let cache = TokenCache()
        let entries = try (0..<100).map { try entry(Int64($0)) }
        let hits = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<4 {
                group.addTask {
                    var random = SeededGenerator(seed: seed * 4 + UInt64(task))
                    var hits = 0
                    for _ in 0..<20_000 {
                        let number = Int.random(in: 0..<2_000, using: &random)
                        let owner = number % 100
                        if let found = cache.principal(digest(number), second: 105) {
                            hits += 1
                            guard found == entries[owner].principal else {
                                throw TestFailure("seed \(seed): token \(number) is \(found)")
                            }
                        } else {
                            cache.insert(digest(number), entries[owner], activeUserCount: 300)
                        }
                    }
                    return hits
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(hits > 1_000)
        #expect(cache.count == 600)
    }
}

@Suite struct LeaseTests {
    @Test func `what was heard is trusted for two seconds and asked about for three more`() {
        let clock = ManualSteadyClock()
        let lease = Lease(limits: LeaseLimits(), clock: clock)
        #expect(lease.state == .lost)
        lease.confirm(upTo: lease.now)
        #expect(lease.state == .fresh)
        clock.advance(milliseconds: 2_000)
        #expect(lease.state == .fresh)
        clock.advance(milliseconds: 1)
        #expect(lease.state == .stale)
        clock.advance(milliseconds: 2_999)
        #expect(lease.state == .stale)
        clock.advance(milliseconds: 1)
        #expect(lease.state == .lost)
    }

    @Test func `an older moment does not shorten it, a missing change does`() {
        let clock = ManualSteadyClock()
        let lease = Lease(limits: LeaseLimits(), clock: clock)
        let before = lease.now
        clock.advance(milliseconds: 1_500)
        lease.confirm(upTo: lease.now)
        lease.confirm(upTo: before)
        clock.advance(milliseconds: 1_000)
        #expect(lease.state == .fresh)
        lease.revoke()
        #expect(lease.state == .stale)
        lease.confirm(upTo: lease.now)
        #expect(lease.state == .fresh)
    }
}
