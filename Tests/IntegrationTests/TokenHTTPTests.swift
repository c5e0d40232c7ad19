import Foundation
import TestSupport
import Testing

/// Tokens and passwords over HTTP, by the ids of the security check list.
@Suite(.serialized) struct TokenHTTPTests {
    /// T01, T03, T05, T15, T18: garbage, other spellings, and tokens elsewhere than in the header.
    @Test func `T03 T15 a token has one spelling and one place`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let token = try client.token("ada")
            #expect(try client.readStatus(token) == 200)
            let none = #"{"alg":"none","typ":"JWT"}"#
            let jwt = Data(none.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
            let wrong = [
                String(token.dropLast()), token + "A", token + "=", token + "x" + token,
                "Token \(token)", token.uppercased(), "\(jwt).\(jwt).", "",
            ]
            for text in wrong { #expect(try client.readStatus(text) == 401, "\(text)") }
            let elsewhere = try client.send("GET", "/api/penstock/v1/tokens?auth_token=\(token)")
            #expect(elsewhere.status == 401)
            let cookie = client.http.send(
                "GET",
                "/api/penstock/v1/tokens",
                headers: ["Cookie": "auth_token=\(token); session=\(token)"]
            )
            #expect(cookie?.status == 401)
            let inBody = try client.send(
                "POST",
                "/api/penstock/v1/query",
                json: ["auth_token": token]
            )
            #expect(inBody.status == 401)
            // T18: nothing about the user can be read from it.
            let first = token.prefix { $0 != "." }.replacingOccurrences(of: "-", with: "+")
                .replacingOccurrences(of: "_", with: "/")
            let padded = first + String(repeating: "=", count: (4 - first.count % 4) % 4)
            let text = String(decoding: Data(base64Encoded: padded) ?? Data(), as: UTF8.self)
            // The user's random number is hexadecimal, and may well have an "ada" in it.
            #expect(!text.contains("\"ada") && !text.contains("ada@") && !text.isEmpty)
            #expect(!text.contains("example"))
        }
    }

    /// T14: a token is issued for the right password only, whatever else comes along.
    @Test func `T14 a token does not renew a token`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let token = try client.token("ada")
            func ask(_ json: [String: Any]) throws -> Int {
                try client.send("POST", "/api/requestAuthToken", token: token, json: json).status
            }
            let email = ServedStore.email(of: "ada")
            #expect(try ask(["email": email, "password": "whatever"]) == 401)
            #expect(try ask(["email": email]) == 422)
            #expect(try ask(["email": email, "auth_token": token]) == 422)
            let named = try client.send(
                "POST",
                "/api/penstock/v1/tokens",
                token: token,
                json: ["name": "x", "scopes": ["read"]]
            )
            #expect(named.status == 422)
        }
    }

    /// T07: accepted while age <= max age, also from the cache, then refused for good.
    @Test func `T07 a token ends on its second`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve(["SECURITY_TOKEN_MAX_AGE=6"]))
            let before = Int(Date().timeIntervalSince1970)
            let token = try client.token("ada")
            let after = Int(Date().timeIntervalSince1970)
            var lastAccepted = 0
            var firstRefused = Int.max
            while Int(Date().timeIntervalSince1970) < after + 9 {
                let asked = Int(Date().timeIntervalSince1970)
                let status = try client.readStatus(token)
                let answered = Int(Date().timeIntervalSince1970)
                // Whoever is asked in one second only tells what holds in that second.
                if status == 200 { lastAccepted = max(lastAccepted, asked) }
                if status == 401 { firstRefused = min(firstRefused, answered) }
                Thread.sleep(forTimeInterval: 0.05)
            }
            #expect(lastAccepted <= after + 6)
            #expect(firstRefused >= before + 7)
            #expect(lastAccepted >= before + 5)
            #expect(firstRefused < Int.max)
        }
    }

    /// T16, T17: old keys verify until they are taken out; weak ones are refused at the start.
    @Test func `T16 T17 keys rotate and must be good`() async throws {
        try await withServedStore { store in
            let old = ServedStore.secretKey
            let new = "another-key-of-many-letters-0987654321-zyxwvut"
            let first = APIClient(try store.serve())
            let token = try first.token("ada")
            store.stopServers()
            let rotated = ["SECRET_KEY=\(new)", "SECRET_KEY_FALLBACKS=\(old)"]
            let second = APIClient(try store.serve(rotated))
            #expect(try second.readStatus(token) == 200)
            let signedByNew = try second.token("ada")
            store.stopServers()
            let file = "\(store.folder)/key"
            try (new + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            let third = APIClient(try store.serve(["SECRET_KEY_FILE=\(file)"]))
            #expect(try third.readStatus(token) == 401)
            #expect(try third.readStatus(signedByNew) == 200)
            store.stopServers()
            for weak in ["", "secret", "12345678", String(repeating: "a", count: 40)] {
                let refused = try store.refusedServe(["SECRET_KEY=\(weak)"])
                #expect(refused.status != 0)
                #expect(refused.text.contains("SECRET_KEY is refused"))
            }
        }
    }

    /// T11, T12, T13: what ends a token ends it in every process within a second.
    @Test func `T11 T12 T13 revocation is felt in two processes`() async throws {
        try await withServedStore { store in
            let here = APIClient(try store.serve())
            let there = APIClient(try store.serve())
            /// Waits for the refusal; the test's patience is not what is promised.
            func isRefused(_ token: String, by client: APIClient) throws -> Bool {
                for _ in 0..<200 {
                    if try client.readStatus(token) == 401 { return true }
                    Thread.sleep(forTimeInterval: 0.05)
                }
                return false
            }
            let token = try here.token("ada")
            let other = try there.token("bob")
            #expect(try there.readStatus(token) == 200)
            let everywhere = try here.send(
                "POST",
                "/api/penstock/v1/logout-everywhere",
                token: token
            )
            #expect(everywhere.status == 204)
            // At once where it was said.
            #expect(try here.readStatus(token) == 401)
            #expect(try isRefused(token, by: there))
            #expect(try there.readStatus(other) == 200)
            #expect(try here.readStatus(try there.token("ada")) == 200)
        }
    }

    /// P01, P13, P08: refusals look alike, odd credentials are 4xx.
    @Test func `P01 P08 P13 refusals tell nothing`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let known = try client.requestToken("ada", password: "wrong")
            let unknown = try client.requestToken("nobody", password: "wrong")
            #expect(known.status == 401)
            #expect(unknown.status == 401)
            #expect(known.body == unknown.body)
            #expect(try known.json()["errors"] as? [String] == ["User password does not match."])
            let odd: [[String: Any]] = [
                ["email": "ada\u{0}@example.com", "password": "x"],
                ["email": ["a": 1], "password": "x"], ["email": "a@b.c", "password": [1]],
                ["email": "a@b.c", "password": String(repeating: "x", count: 5_000)],
                ["email": "a@b.c", "password": "x", "code": 5],
                ["email": "a@b.c", "password": "x", "code": String(repeating: "1", count: 65)],
            ]
            for json in odd {
                #expect(try client.send("POST", "/api/requestAuthToken", json: json).status == 422)
            }
            let long = client.http.send(
                "POST",
                "/api/requestAuthToken",
                headers: ["Content-Type": "application/json"],
                body: #"{"email": "a@b.c", "password": ""#
                    + String(repeating: "x", count: 5_000_000)
                    + #""}"#
            )
            #expect(long == nil || long?.status == 413)
        }
    }

    /// T20: many tokens of several users at once never mix.
    @Test func `T20 users never mix`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let names = ["ada": 2, "bob": 3, "admin": 1]
            for (name, id) in names {
                let token = try client.token(name)
                for _ in 0..<50 {
                    let answer = try client.send(
                        "GET",
                        "/api/penstock/v1/users/\(id)/tokens",
                        token: token
                    )
                    #expect(answer.status == 200)
                    for (other, otherID) in names where other != name {
                        let path = "/api/penstock/v1/users/\(otherID)/tokens"
                        let status = try client.send("GET", path, token: token).status
                        #expect(status == (name == "admin" ? 200 : 403))
                    }
                }
            }
        }
    }
}
