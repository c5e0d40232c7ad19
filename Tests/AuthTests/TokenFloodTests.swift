import Model
import TestSupport
import Testing

@testable import Auth

/// Many tokens at once, good and bad.
@Suite struct TokenFloodTests {
    /// Goal: a flood of bad tokens takes no memory and displaces no good one. Method: tokens with a
    /// wrong signature, and rightly signed ones of users that there are not.
    @Test func `T21 bad tokens leave no trace`() async throws {
        let stand = try await AuthStand()
        _ = try await stand.addUser("ada")
        let good = try await stand.token("ada")
        _ = try await stand.auth.principal(authorization: good)
        let count = stand.auth.cache.count
        #expect(count == 1)
        var random = SeededGenerator(seed: 21)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let parts = good.split(separator: ".")
        for _ in 0..<20_000 {
            let end = String((0..<43).map { _ in letters[Int.random(in: 0..<64, using: &random)] })
            let forged = parts.dropLast().joined(separator: ".") + "." + end
            #expect(throws: AuthError.unauthenticated) {
                try stand.auth.knownPrincipal(authorization: forged)
            }
        }
        // Old enough that nobody asks the database for it.
        let issuedAt = AuthStand.now - 1_000
        let part = TokenPart(utf8("$5$salt$part"))
        for _ in 0..<2_000 {
            let claims = TokenFormat.Claims(user: .random(), part: part, issuedAt: issuedAt)
            let token = stand.auth.format.text(claims)
            #expect(throws: AuthError.unauthenticated) {
                try stand.auth.knownPrincipal(authorization: token)
            }
        }
        #expect(stand.auth.cache.count == count)
        #expect(try stand.auth.knownPrincipal(authorization: good) != nil)
    }

    /// Goal: ids do not repeat and use all of their 128 bits.
    @Test func `T19 ids are random`() {
        let ids = (0..<100_000).map { _ in "\(PublicID.random())" }
        #expect(Set(ids).count == ids.count)
        // Each of the 32 digits is each of the 16 values about as often: 6,250 times. Ten standard
        // deviations are 765.
        for place in 0..<32 {
            var counts: [Character: Int] = [:]
            for id in ids { counts[id[id.index(id.startIndex, offsetBy: place)], default: 0] += 1 }
            #expect(counts.count == 16)
            #expect(counts.values.allSatisfy { abs($0 - 6_250) < 765 }, "place \(place)")
        }
    }
}
