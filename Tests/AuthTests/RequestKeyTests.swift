import Model
import Postgres
import Testing

@testable import Auth

/// Goal: a request that is named by a key is carried out once. Method: claims, answers and lapses on a
/// real database.
@Suite struct RequestKeyTests {
    private static let moment = Timestamp(microseconds: 1_780_000_000_000_000)
    private static let later = Timestamp(microseconds: 1_790_000_000_000_000)

    private func name(_ key: UInt8, _ request: UInt8 = 1, user: Int64 = 1) -> RequestKeys.Name {
        RequestKeys.Name(
            user: UserID(user),
            key: [UInt8](repeating: key, count: 32),
            request: [UInt8](repeating: request, count: 32)
        )
    }

    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase()
        for name in ["a", "b"] {
            try await database.execute(
                """
                INSERT INTO app_user (public_id, email, username, password_hash, password_key,
                    security_stamp, token_part, account_id)
                VALUES (gen_random_uuid(), '\(name)@x', '\(name)', '', '\\x0000000000000000',
                    decode(repeat('00', 16), 'hex'), '$5$', 1)
                """
            )
        }
        return database
    }

    private func claim(_ state: RequestKeys.State) throws -> RequestKeys.Claim {
        guard case .mine(let claim) = state else { throw TestFailure("\(state)") }
        return claim
    }

    @Test func `the first answer stays, for its user and request`() async throws {
        let keys = RequestKeys(pool: try await database().pool)
        let first = try claim(try await keys.claim(name(1), at: Self.moment))
        #expect(first.moment == Self.moment)
        guard case .underWay = try await keys.claim(name(1), at: Self.later) else {
            throw TestFailure("a second claim")
        }
        guard case .otherRequest = try await keys.claim(name(1, 2), at: Self.later) else {
            throw TestFailure("another request")
        }
        await keys.keep(200, Array("{}".utf8), for: first)
        guard case .answered(200, let body) = try await keys.claim(name(1), at: Self.later) else {
            throw TestFailure("no answer")
        }
        #expect(body == Array("{}".utf8))
        guard case .otherRequest = try await keys.claim(name(1, 2), at: Self.later) else {
            throw TestFailure("another request")
        }
        _ = try claim(try await keys.claim(name(1, 2, user: 2), at: Self.later))
        _ = try claim(try await keys.claim(name(2), at: Self.later))
    }

    @Test func `what is given back may be tried at once`() async throws {
        let keys = RequestKeys(pool: try await database().pool)
        let first = try claim(try await keys.claim(name(1), at: Self.moment))
        await keys.release(first)
        let second = try claim(try await keys.claim(name(1, 2), at: Self.later))
        #expect(second.moment == Self.later)
        // A claim that was given back answers nothing any more.
        await keys.keep(200, [], for: first)
        guard case .underWay = try await keys.claim(name(1, 2), at: Self.later) else {
            throw TestFailure("answered by the wrong claim")
        }
    }

    /// Goal: who dies between write and answer is replaced, with the moment of the first attempt; old
    /// keys go. Method: rows are made older.
    @Test func `claims lapse and answers expire`() async throws {
        let database = try await database()
        let keys = RequestKeys(pool: database.pool)
        let first = try claim(try await keys.claim(name(1), at: Self.moment))
        try await database.execute(
            "UPDATE request_key SET claimed_at = claimed_at - interval '61 seconds'"
        )
        guard case .otherRequest = try await keys.claim(name(1, 2), at: Self.later) else {
            throw TestFailure("another request took the claim")
        }
        let second = try claim(try await keys.claim(name(1), at: Self.later))
        #expect(second.moment == Self.moment)
        await keys.keep(500, [], for: first)
        await keys.keep(200, [1], for: second)
        guard case .answered(200, [1]) = try await keys.claim(name(1), at: Self.later) else {
            throw TestFailure("the lapsed claim answered")
        }
        for key in 2...9 as ClosedRange<UInt8> {
            _ = try await keys.claim(name(key), at: Self.moment)
        }
        try await database.execute(
            "UPDATE request_key SET claimed_at = claimed_at - interval '25 hours'"
        )
        let third = try claim(try await keys.claim(name(1, 2), at: Self.later))
        #expect(third.moment == Self.later)
        let count = try await database.pool.read("SELECT count(*) FROM request_key")
        #expect(try count.int(0, 0) == 1)
    }
}
