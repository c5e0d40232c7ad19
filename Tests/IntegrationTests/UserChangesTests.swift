import Foundation
import TestSupport
import Testing

/// What users' administrators do by the API, and what is mailed and told of it.
@Suite(.serialized) struct UserChangesTests {
    private static func waitFor(_ isTrue: () -> Bool) -> Bool {
        for _ in 0..<400 {
            if isTrue() { return true }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return false
    }

    /// Goal: whoever watches the log sees who changed whose rights, and no address; and a former
    /// address hears that it is one.
    @Test func `L02 changes of users are told, and mailed to the former address`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let admin = try client.token("admin")
            func patch(_ path: String, _ json: [String: Any]?) throws -> Int {
                try client.send("PATCH", "/api/v3_0/users/\(path)", token: admin, json: json).status
            }
            let made = try client.send(
                "POST",
                "/api/v3_0/users",
                token: admin,
                json: ["email": "new@example.com", "username": "new", "account_id": 1]
            )
            #expect(made.status == 201)
            let id = try #require(try made.json()["id"] as? Int)
            #expect(Self.waitFor { store.mails.contains { $0.contains("/reset/") } })
            #expect(try patch("\(id)", ["flexmeasures_roles": [3]]) == 200)
            #expect(try patch("\(id)", ["email": "newer@example.com"]) == 200)
            #expect(try patch("\(id)", ["email": "newer@example.com"]) == 200)
            #expect(try patch("\(id)", ["active": false]) == 200)
            #expect(try patch("\(id)/password-reset", nil) == 200)
            #expect(Self.waitFor { store.mails.contains { $0.contains("another e-mail address") } })
            store.stopServers()
            #expect(store.mails.count { $0.contains("another e-mail address") } == 1)
            let lines = store.printed.split(separator: "\n").filter { $0.contains(" auth ") }
            for action in [
                "user.created", "user.roles-changed", "user.updated", "user.deactivated",
                "password.voided",
            ] {
                let told = lines.filter { $0.contains("auth \(action) ") }
                #expect(told.count == 1, "\(action): \(told)")
                #expect(told.allSatisfy { $0.contains("user=1 subject=user:\(id) ") })
            }
            #expect(!lines.contains { $0.contains("example.com") })
        }
    }

    /// Goal: nobody has the server mail without end, or tries addresses out. Method: a limit of
    /// three; what is refused changes nothing, and other users have limits of their own.
    @Test func `R01 mails to others are limited`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve(["PENSTOCK_MAIL_RATE_LIMIT=3 per hour"]))
            let (admin, ada) = (try client.token("admin"), try client.token("ada"))
            func create(_ name: String) throws -> BlockingHTTPClient.Answer {
                try client.send(
                    "POST",
                    "/api/v3_0/users",
                    token: admin,
                    json: ["email": "\(name)@example.com", "username": name, "account_id": 1]
                )
            }
            func move(_ path: String, _ email: String, _ token: String) throws -> Int {
                try client.send(
                    "PATCH",
                    "/api/v3_0/users/\(path)",
                    token: token,
                    json: ["email": email]
                ).status
            }
            #expect(try create("one").status == 201)
            #expect(try create("two").status == 201)
            // What is wrong anyway, or changes no address, is not counted.
            let half = ["email": "half@example.com"]
            let wrong = try client.send("POST", "/api/v3_0/users", token: admin, json: half)
            #expect(wrong.status == 422)
            #expect(try move("1", "admin@example.com", admin) == 200)
            #expect(try move("2", "one@example.com", admin) == 400)
            let refused = try create("three")
            #expect(refused.status == 429)
            #expect(refused.head.lowercased().contains("retry-after: "))
            #expect(try move("2", "else@example.com", admin) == 429)
            let reset = "/api/v3_0/users/3/password-reset"
            #expect(try client.send("PATCH", reset, token: admin).status == 429)
            #expect(try client.requestToken("bob").status == 200)
            let users = try client.send("GET", "/api/v3_0/users", token: admin).text
            #expect(users.contains("two@example.com") && !users.contains("three@example.com"))
            // Guesses of addresses are counted, too.
            for _ in 0..<3 { #expect(try move("2", "one@example.com", ada) == 400) }
            #expect(try move("2", "one@example.com", ada) == 429)
            #expect(try move("2", "free@example.com", ada) == 429)
        }
    }
}
