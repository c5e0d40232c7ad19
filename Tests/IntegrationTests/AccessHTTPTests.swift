import Foundation
import TestSupport
import Testing

/// Guesses, second factors, limits, named tokens and the audit log over HTTP.
@Suite(.serialized) struct AccessHTTPTests {
    private static func isMailed(_ store: ServedStore, count: Int) -> Bool {
        for _ in 0..<400 {
            if store.mails.count >= count { return true }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return false
    }

    /// The six digits of the mails that were not seen before.
    private static func code(_ store: ServedStore, besides seen: Set<String> = []) -> String {
        let texts = store.mails.compactMap { text -> String? in
            guard let range = text.range(of: "Your code is ") else { return nil }
            return String(text[range.upperBound...].prefix(6))
        }
        return texts.first { !seen.contains($0) } ?? ""
    }

    /// F01, F03, F04: the API asks for the code, five tries end the login, a code counts once. The
    /// mail lies in the outbox; the end of the server loses none.
    @Test func `F01 F03 F04 the second factor at the API`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve(["SECURITY_API_REQUIRES_SECOND_FACTOR=True"]))
            let asked = try client.requestToken("ada")
            #expect(asked.status == 401)
            #expect(asked.text.contains("`code`") && asked.text.contains("named API token"))
            #expect(try asked.json()["second_factor"] as? [String] == ["email"])
            #expect(Self.isMailed(store, count: 1))
            let code = Self.code(store)
            #expect(code.count == 6)
            let wrong = code == "123456" ? "654321" : "123456"
            #expect(try client.requestToken("ada", code: wrong).text.contains("Tries left: 4"))
            let done = try client.requestToken("ada", code: code)
            #expect(done.status == 200)
            let token = try #require(try done.json()["auth_token"] as? String)
            #expect(try client.readStatus(token) == 200)
            #expect(try client.requestToken("ada", code: code).status == 401)
            // A wrong password is no way to the code.
            let guess = try client.requestToken("bob", password: "wrong", code: "1")
            #expect(guess.text.contains("does not match"))
            _ = try client.requestToken("bob")
            #expect(Self.isMailed(store, count: 2))
            let second = Self.code(store, besides: [code])
            let bad = second == "123456" ? "654321" : "123456"
            for _ in 0..<5 { #expect(try client.requestToken("bob", code: bad).status == 401) }
            let late = try client.requestToken("bob", code: second)
            #expect(late.status == 401 || late.status == 429)
        }
    }

    /// P04, P05, R01: guesses end in 429 with Retry-After, the owner gets in from elsewhere, and a
    /// right password does not help where guesses came from.
    @Test func `P04 P05 R01 guesses end, owners get in`() async throws {
        try await withServedStore { store in
            let port = try store.serve()
            let guesser = APIClient(port)
            var looked = 0
            var limited: BlockingHTTPClient.Answer?
            for number in 0..<25 where limited == nil {
                let answer = try guesser.requestToken("ada", password: "guess \(number)")
                if answer.status == 429 { limited = answer } else { looked += 1 }
            }
            #expect((5...20).contains(looked))
            let answer = try #require(limited)
            for name in ["Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining"] {
                #expect(answer.head.lowercased().contains("\n\(name.lowercased()): "))
            }
            #expect(try answer.json()["status"] as? String == "TOO_MANY_REQUESTS")
            #expect(try APIClient(port, host: 2).requestToken("ada").status == 200)
            #expect(try guesser.requestToken("bob").status == 200)
            // By line protocol as well.
            var statuses: Set<Int> = []
            let writer = APIClient(port, host: 3)
            for number in 0..<25 {
                let path = "/write?db=x&u=bob%40example.com&p=guess\(number)"
                statuses.insert(try writer.send("POST", path).status)
            }
            #expect(statuses == [401, 429])
        }
    }

    /// R01, R02: the limit of requests as FlexMeasures answers it; without Redis data goes on and
    /// logins are closed.
    @Test func `R01 R02 limits over HTTP`() async throws {
        try await withServedStore { store in
            let settings = ["FLEXMEASURES_API_DEFAULT_RATE_LIMIT=5 per hour"]
            let port = try store.serve(settings)
            let client = APIClient(port)
            let token = try client.token("ada")
            var answers: [BlockingHTTPClient.Answer] = []
            for _ in 0..<6 {
                answers.append(try client.send("GET", "/api/penstock/v1/tokens", token: token))
            }
            #expect(answers.map(\.status) == [200, 200, 200, 200, 200, 429])
            let refused = try #require(answers.last)
            #expect(
                try refused.json()["message"] as? String
                    == "You hit a rate limit. The limit you hit allows 5 per 1 hour."
            )
            let head = refused.head.lowercased()
            #expect(head.contains("x-ratelimit-limit: 5\r"))
            #expect(head.contains("x-ratelimit-remaining: 0\r"))
            #expect(head.contains("x-ratelimit-reset: ") && head.contains("retry-after: "))
            #expect(answers[0].head.lowercased().contains("x-ratelimit-remaining: 4\r"))
            let bob = try client.token("bob")
            #expect(try client.readStatus(bob) == 200)
            #expect(try client.send("GET", "/api/v3_0/health/ready").status == 200)

            store.redis.kill()
            for _ in 0..<10 { #expect(try client.readStatus(bob) == 200) }
            let closed = try client.requestToken("ada")
            #expect(closed.status == 503)
            #expect(closed.head.lowercased().contains("retry-after: "))
        }
    }

    /// T14, L01: named tokens are made by the password, shown once, limited, and end when told.
    @Test func `named tokens`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let path = "/api/penstock/v1/tokens"
            let proof: [String: Any] = [
                "email": ServedStore.email(of: "ada"),
                "password": ServedStore.password(of: "ada"),
            ]
            func make(_ more: [String: Any]) throws -> BlockingHTTPClient.Answer {
                try client.send("POST", path, json: proof.merging(more) { $1 })
            }
            let made = try make(["name": "meter", "scopes": ["read"], "sensors": [1]])
            #expect(made.status == 201)
            let document = try made.json()
            let text = try #require(document["token"] as? String)
            let id = try #require(document["id"] as? Int)
            #expect(try client.readStatus(text) == 200)
            let write = try client.send(
                "POST",
                "/api/v3_0/sensors/1/data",
                token: text,
                json: ["values": [1], "start": "2026-01-01T00:00:00Z", "duration": "PT15M"]
            )
            #expect(write.status == 403)
            // It makes, lists and ends no tokens, but itself.
            #expect(try client.send("GET", path, token: text).status == 403)
            #expect(try client.send("DELETE", "\(path)/\(id)", token: text).status == 403)
            #expect(
                try client.send("POST", "/api/penstock/v1/logout-everywhere", token: text).status
                    == 403
            )
            let wrong: [([String: Any], Int)] = [
                (["name": "meter", "scopes": ["read"]], 422),
                (["name": "a", "scopes": ["all"]], 422), (["name": "a"], 422),
                (["name": "a", "scopes": ["read"], "sensors": [99]], 422),
                (["name": "a", "scopes": ["read"], "expires": "2020-01-01T00:00:00Z"], 422),
                (["name": "a", "scopes": ["read"], "x": 1], 422),
                (["name": "a", "scopes": ["read"], "password": "no"], 401),
            ]
            for (more, status) in wrong { #expect(try make(more).status == status, "\(more)") }
            let login = try client.token("ada")
            let list = try client.send("GET", path, token: login)
            #expect(list.status == 200 && !list.text.contains(text))
            #expect((try list.json()["tokens"] as? [Any])?.count == 1)
            let strangers = try client.token("bob")
            #expect(try client.send("DELETE", "\(path)/\(id)", token: strangers).status == 404)
            let ended = try client.send(
                "POST",
                "/api/penstock/v1/revoke-this-token",
                token: text
            )
            #expect(ended.status == 204)
            #expect(try client.readStatus(text) == 401)
            #expect(try client.readStatus(login) == 200)
            let other = try make(["name": "meter", "scopes": ["read", "write"]]).json()
            let second = try #require(other["id"] as? Int)
            let secondText = try #require(other["token"] as? String)
            #expect(try client.send("DELETE", "\(path)/\(second)", token: login).status == 204)
            #expect(try client.readStatus(secondText) == 401)
            #expect(try client.send("DELETE", "\(path)/\(second)", token: login).status == 404)
        }
    }

    /// L01, L02: one line for each event of logins and rights, and no secret in any of them.
    @Test func `L01 L02 the log tells who, and no secret`() async throws {
        try await withServedStore { store in
            let password = "guessed-tulip-17"
            let salt = "pepper-of-many-letters-5150"
            let next = APIClient(
                try store.serve(["LOG_LEVEL=trace", "SECURITY_PASSWORD_SALT=\(salt)"])
            )
            let token = try next.token("ada")
            _ = try next.requestToken("ada", password: password)
            _ = try next.send("GET", "/api/penstock/v1/audit", token: token)
            _ = try next.send("GET", "/api/v3_0/x\u{7f}%0A?token=\(token)")
            _ = try next.send("POST", "/write?db=x&u=bob&p=\(password)")
            _ = try next.send("POST", "/api/penstock/v1/logout-everywhere", token: token)
            let secrets = [
                ServedStore.secretKey, salt, ServedStore.password(of: "ada"), password, token,
                String(token.suffix(27)),
            ]
            store.stopServers()
            let printed = store.printed
            #expect(!printed.isEmpty)
            for secret in secrets { #expect(!printed.contains(secret)) }
            let lines = printed.split(separator: "\n").filter { $0.contains(" auth ") }
            for (action, user) in [
                ("login.succeeded", "subject=user:2"), ("login.failed", "subject=user:2"),
                ("access.refused", "user=2"), ("user.tokens-ended", "user=2"),
            ] {
                let line = try #require(lines.first { $0.contains("auth \(action) ") }, "\(action)")
                #expect(line.contains(user))
                #expect(line.contains("address=127.0.0.1") && line.contains("request="))
                #expect(line.contains("at=20") && line.contains("Z "))
            }
        }
    }

    /// The audit log is for admins, an account's for its admins, one's own for oneself; it pages.
    @Test func `the audit log`() async throws {
        try await withServedStore { store in
            let client = APIClient(try store.serve())
            let admin = try client.token("admin")
            let ada = try client.token("ada")
            _ = try client.requestToken("bob", password: "wrong")
            func get(_ path: String, _ token: String) throws -> BlockingHTTPClient.Answer {
                try client.send("GET", "/api/penstock/v1/\(path)", token: token)
            }
            #expect(try get("audit", ada).status == 403)
            #expect(try get("accounts/1/audit", ada).status == 403)
            #expect(try get("users/3/audit", ada).status == 403)
            func events(_ path: String, _ token: String) throws -> [[String: Any]] {
                try get(path, token).json()["events"] as? [[String: Any]] ?? []
            }
            let own = try events("users/2/audit?action=login.", ada)
            #expect(own.count == 1)
            #expect(own.first?["address"] as? String == "127.0.0.1")
            let failed = try events("accounts/1/audit?action=login.failed", admin)
            #expect(failed.count == 1)
            #expect(failed.first?["subject"] as? String == "user:3")
            // Page by page is the same as at once.
            let all = try events("audit?limit=1000", admin).compactMap { $0["event"] as? Int }
            var paged: [Int] = []
            var before = ""
            for _ in 0..<all.count {
                let answer = try get("audit?limit=2\(before)", admin).json()
                let page = answer["events"] as? [[String: Any]] ?? []
                paged += page.compactMap { $0["event"] as? Int }
                guard let next = answer["next"] as? Int else { break }
                before = "&before=\(next)"
            }
            #expect(all.count >= 5 && paged == all)
            for bad in ["limit=0", "limit=x", "since=yesterday", "before=1.5", "actor=ada"] {
                #expect(try get("audit?\(bad)", admin).status == 422, "\(bad)")
            }
        }
    }

    /// P14: reads are answered while more passwords wait than can be hashed, and every login gets
    /// an answer that says what to do.
    @Test func `P14 a flood of logins leaves the data path alone`() async throws {
        try await withServedStore { store in
            let port = try store.serve()
            let client = APIClient(port)
            let token = try client.token("ada")
            let group = DispatchGroup()
            let statuses = Statuses()
            for number in 0..<120 {
                group.enter()
                Thread.detachNewThread {
                    let host = UInt8(10 + number % 60)
                    let flood = APIClient(port, host: host)
                    let name = "user\(number)"
                    statuses.note((try? flood.requestToken(name, password: "wrong"))?.status ?? 0)
                    group.leave()
                }
            }
            var readCount = 0
            while group.wait(timeout: .now()) == .timedOut {
                #expect(try client.readStatus(token) == 200)
                readCount += 1
            }
            // A read waits behind no password: far more reads than hashes in the same time.
            #expect(readCount > statuses.count(of: 401))
            #expect(statuses.all.isSubset(of: [401, 429, 503]))
            #expect(statuses.count(of: 401) > 0)
        }
    }

    /// Answers of many threads.
    private final class Statuses: @unchecked Sendable {
        private let lock = NSLock()
        private var values: [Int] = []

        func note(_ status: Int) { lock.withLock { values.append(status) } }
        var all: Set<Int> { lock.withLock { Set(values) } }
        func count(of status: Int) -> Int {
            lock.withLock { values.filter { $0 == status }.count }
        }
    }
}
