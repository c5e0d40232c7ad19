import Foundation
import Model
import TestSupport
import Testing

@testable import Auth

@Suite struct CredentialsTests {
    private func basic(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Goal: the forms of a header that clients send are told apart.
    @Test func `headers are read`() {
        func describe(_ header: String) -> String? {
            switch Credentials(authorization: header) {
            case .token(let token): "token \(token.exposed)"
            case .pair(let name, let secret): "pair \(name) \(secret.exposed)"
            case nil: nil
            }
        }
        #expect(describe("abc.d.e") == "token abc.d.e")
        #expect(describe("Token abc") == "token abc")
        #expect(describe("token   abc ") == "token abc")
        #expect(describe("BEARER abc") == "token abc")
        #expect(describe("Token me:pass:word") == "pair me pass:word")
        #expect(describe("Basic \(basic("me:pass:wörd"))") == "pair me pass:wörd")
        #expect(describe("basic \(basic(":x"))") == "pair  x")
        #expect(describe("Basic \(basic("no colon"))") == nil)
        #expect(describe("Basic !!!") == nil)
        #expect(describe("Digest abc") == nil)
        #expect(describe("") == nil)
        #expect(describe("Basic") == "token Basic")
    }

    /// Goal: all five forms let the same user in; wrong ones let nobody in.
    @Test func `every form of credentials is checked`() async throws {
        let stand = try await AuthStand()
        let user = try await stand.addUser("ada", account: 2)
        let token = try await stand.token("ada")
        let right = [
            token, "Token \(token)", "Bearer \(token)", "Basic \(basic("anything:\(token)"))",
            "Basic \(basic("ada@example.com:pw-ada-1234"))", "Token ada@example.com:pw-ada-1234",
        ]
        for header in right {
            let credentials = try #require(Credentials(authorization: header))
            let principal = try await stand.auth.principal(credentials: credentials)
            #expect(principal.user == user)
            #expect(try stand.auth.knownPrincipal(credentials: credentials) == principal)
        }
        let wrong = [
            "Token \(token)x", "Basic \(basic("ada@example.com:pw-ada-12345"))",
            "Basic \(basic("bob@example.com:pw-ada-1234"))", "Basic \(basic("x:\(token)x"))",
            "Basic \(basic("ada@example.com:"))", "Basic \(basic("ada@example.co:mpw-ada-1234"))",
        ]
        for header in wrong {
            let credentials = try #require(Credentials(authorization: header))
            await #expect(throws: AuthError.unauthenticated) {
                try await stand.auth.principal(credentials: credentials)
            }
        }
    }

    /// Goal: a remembered password ends with its time, the user's rights, stamp and standing.
    @Test func `a remembered password does not outlive what it stands for`() async throws {
        let stand = try await AuthStand()
        let user = try await stand.addUser("ada")
        let pair = Credentials.pair(
            name: "ada@example.com",
            secret: Secret("pw-ada-1234")
        )
        func isKnown() throws -> Bool {
            try stand.auth.knownPrincipal(credentials: pair) != nil
        }
        #expect(try !isKnown())
        _ = try await stand.auth.principal(credentials: pair)
        #expect(try isKnown())
        stand.clock.advance(seconds: Authenticator.passwordSecondsMax + 1)
        #expect(try !isKnown())

        _ = try await stand.auth.principal(credentials: pair)
        try await stand.auth.setRoles([.accountAdmin], of: user)
        #expect(try !isKnown())
        #expect(try await stand.auth.principal(credentials: pair).roles == [.accountAdmin])

        try await stand.auth.endTokens(of: user)
        #expect(try !isKnown())
        _ = try await stand.auth.principal(credentials: pair)
        _ = try await stand.auth.setPassword(of: user, to: "another-password")
        #expect(try !isKnown())
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(credentials: pair)
        }
        let other = Credentials.pair(name: "ada@example.com", secret: Secret("another-password"))
        _ = try await stand.auth.principal(credentials: other)
        try await stand.auth.setActive(false, of: user)
        await #expect(throws: AuthError.unauthenticated) {
            try await stand.auth.principal(credentials: other)
        }
    }
}
