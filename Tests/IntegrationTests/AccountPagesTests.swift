import Foundation
import TestSupport
import Testing

/// The pages over real sockets: what a browser, and whoever attacks one, can do. Users of their own
/// for each test; one server, which logs all it can.
@Suite(.serialized) struct AccountPagesTests {
    private static let shared = Result {
        // All tests come from one address: what one guesses must not hold up the next.
        let server = try PageServer(
            environment: ["LOG_LEVEL=trace", "PENSTOCK_LOGIN_LIMITS=False"]
        )
        try server.process.command([
            "add", "asset", "--name", "site", "--asset-type", "building", "--account", "1",
        ])
        try server.process.command([
            "add", "sensor", "--name", "power", "--unit", "kW", "--event-resolution", "PT15M",
            "--timezone", "Europe/Amsterdam", "--asset", "1",
        ])
        return server
    }

    private static func onServer(
        _ body: @escaping @Sendable (PageServer, PageBrowser) throws -> Void
    ) async throws {
        try await onThread {
            let server = try shared.get()
            try body(server, PageBrowser(port: server.process.port))
        }
    }

    private static let data =
        "/api/v3_0/sensors/1/data?start=2026-03-29T00:00:00%2B01:00&duration=PT1H&unit=kW"

    /// Whether the browser is logged in, as a page and the API see it.
    private static func isIn(_ browser: PageBrowser) throws -> Bool {
        let page = try browser.copy().get("/logged-in-user")
        let api = try browser.copy().get(data)
        #expect((page.status == 200) == (api.status == 200), "\(page.status) \(api.status)")
        if page.status != 200 {
            #expect(page.status == 303 && page.location == "/login?next=/logged-in-user")
            #expect(api.status == 401)
        }
        return page.status == 200
    }

    private static func token(_ server: PageServer, _ name: String) throws -> String {
        let answer = BlockingHTTPClient(port: server.process.port).send(
            "POST",
            "/api/requestAuthToken",
            headers: ["Content-Type": "application/json"],
            body: #"{"email": "\#(name)@example.com", "password": "\#(PageServer.password)"}"#
        )
        return try answer?.json()["auth_token"] as? String ?? ""
    }

    @Test func `a login needs a mailed code and opens a new session`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("ada")
            // Whatever the browser brings is not what it leaves with (fixation).
            let planted = String(repeating: "A", count: 43)
            browser.setCookie("session", planted)
            let first = try server.begin(browser, "ada", next: "/tokens")
            #expect(first.status == 303 && first.location == "/tf-validate?next=/tokens")
            #expect(first.setCookies.map(\.name) == ["__Host-penstock-login"])
            #expect(try !Self.isIn(browser))
            let code = try server.code("ada", besides: 0)
            let visitor = browser.cookie("form")
            try browser.get("/tf-validate?next=/tokens")
            let last = try browser.post("/tf-validate", ["code": code, "next": "/tokens"])
            #expect(last.status == 303 && last.location == "/tokens")
            #expect(try Self.isIn(browser))
            #expect(browser.cookie("session") != planted && browser.cookie("login") == nil)
            #expect(visitor != nil && browser.cookie("form") == nil)
            // A second login leaves the first one's session dead.
            let former = browser.copy()
            browser.setCookie("form", nil)
            let other = PageBrowser(port: browser.port)
            try server.begin(other, "ada")
            other.setCookie("session", former.cookie("session"))
            try other.get("/tf-validate")
            try other.post("/tf-validate", ["code": server.code("ada", besides: 1)])
            #expect(try Self.isIn(other))
            #expect(try !Self.isIn(former))
        }
    }

    @Test func `T13 a logout kills the cookie, everywhere the tokens too`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("bea")
            let token = try Self.token(server, "bea")
            func works() -> Int? {
                BlockingHTTPClient(port: browser.port).send(
                    "GET",
                    Self.data,
                    headers: ["Authorization": token]
                )?.status
            }
            try server.logIn(browser, "bea")
            let (copy, other) = (browser.copy(), PageBrowser(port: browser.port))
            try server.logIn(other, "bea")
            #expect(try Self.isIn(copy))
            try browser.get("/logged-in-user")
            let out = try browser.post("/logout")
            #expect(out.status == 303 && out.location == "/login?notice=out")
            #expect(browser.cookie("session") == nil)
            #expect(try !Self.isIn(copy))
            #expect(try Self.isIn(other) && works() == 200)
            try other.get("/logged-in-user")
            let copyOfOther = other.copy()
            try other.post("/logout", ["everywhere": "yes"])
            #expect(try !Self.isIn(copyOfOther) && works() == 401)
            // A single other one, by its number.
            let (here, there) = (PageBrowser(port: browser.port), PageBrowser(port: browser.port))
            try server.logIn(there, "bea")
            try server.logIn(here, "bea")
            let number = try here.get("/logged-in-user")
                .first(#/name="session" value="([0-9]+)"/#)
            try here.post("/logged-in-user/sessions", ["session": number ?? ""])
            #expect(try !Self.isIn(there) && Self.isIn(here))
        }
    }

    @Test func `T15 tokens count in the header only, sessions in the cookie only`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("cem")
            let token = try Self.token(server, "cem")
            try server.logIn(browser, "cem")
            let session = browser.cookie("session") ?? ""
            let client = BlockingHTTPClient(port: browser.port)
            let tries: [(String, [String: String])] = [
                ("&auth_token=\(token)", [:]), ("&session=\(session)", [:]),
                ("", ["Cookie": "__Host-penstock-session=\(token)"]),
                ("", ["Cookie": "auth_token=\(token)"]), ("", ["Cookie": "session=\(session)"]),
                ("", ["Authorization": session]), ("", ["X-Session": session]),
                // A header comes first, a bad one too.
                ("", ["Authorization": "x", "Cookie": "__Host-penstock-session=\(session)"]),
            ]
            for (query, headers) in tries {
                #expect(client.send("GET", Self.data + query, headers: headers)?.status == 401)
            }
            // A token opens no page.
            #expect(client.send("GET", "/tokens", headers: ["Authorization": token])?.status == 303)
            #expect(try Self.isIn(browser))
        }
    }

    @Test func `P01 P03 unknown addresses get the answers of known ones`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("dora")
            func answers(_ path: String, _ fields: [String: String]) throws -> PageBrowser.Page {
                try browser.get(path)
                return try browser.post(path, fields)
            }
            let wrong = ["dora", "nobody", "dora@x"].map { name in
                try? answers("/login", ["email": "\(name)@example.com", "password": "wrong-one-9"])
            }
            #expect(wrong.map { $0?.status } == [200, 200, 200])
            #expect(Set(wrong.map { $0?.text }).count == 1)
            #expect(wrong[0]?.text.contains("The e-mail address or the password is wrong.") == true)
            let resets = ["dora@example.com", "nobody@example.com", "a\r\nBcc: b@c.d", ""].map {
                try? answers("/reset", ["email": $0])
            }
            #expect(resets.map { $0?.status } == [200, 200, 200, 200])
            #expect(Set(resets.map { $0?.text }).count == 1)
            // I09: the one mail that goes out goes to the one user who is known.
            _ = try server.mail("dora", #/(\/reset\/\S+)/#)
            #expect(server.mails("nobody").isEmpty)
        }
    }

    @Test func `P04 guesses on the page end`() async throws {
        try await onThread {
            let server = try PageServer()
            server.process.stopAtExit()
            try server.addUser("eve")
            let browser = PageBrowser(port: server.process.port)
            var last: PageBrowser.Page?
            for _ in 0..<20 where last?.status != 429 {
                last = try server.begin(browser, "eve", password: "no-such-word-1")
            }
            #expect(last?.status == 429)
            #expect(last?.values("Retry-After").isEmpty == false)
            #expect(last?.values("Content-Type").first?.hasPrefix("text/html") == true)
            // The right one is not looked at either.
            #expect(try server.begin(browser, "eve").status == 429)
        }
    }

    @Test func `P09 a password is the same however it is composed`() async throws {
        try await Self.onServer { server, browser in
            try server.process.command(
                [
                    "add", "user", "--email", "uma@example.com", "--account", "1",
                    "--password-stdin",
                ],
                input: "Zw\u{F6}lf-Brunnen-7\n"
            )
            for form in ["Zw\u{F6}lf-Brunnen-7", "Zwo\u{308}lf-Brunnen-7"] {
                #expect(try server.begin(browser, "uma", password: form).status == 303)
            }
            #expect(try server.begin(browser, "uma", password: "Zwolf-Brunnen-7").status == 200)
        }
    }

    @Test func `F02 after the password alone nothing is open`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("eva")
            try server.begin(browser, "eva")
            browser.setCookie("session", browser.cookie("login"))
            #expect(try !Self.isIn(browser))
            for path in ["/", "/tokens", "/tf-setup", "/change", "/logged-in-user"] {
                #expect(try browser.get(path).status == 303)
            }
            for path in ["/tokens", "/tf-setup/app", "/change", "/logout", "/tokens/revoke"] {
                #expect(try browser.post(path, ["password": PageServer.password]).status == 303)
            }
            #expect(try browser.get(Self.data).status == 401)
        }
    }

    @Test func `F03 F04 F06 five tries, each code once and for its own login`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("fay")
            try server.begin(browser, "fay")
            let code = try server.code("fay", besides: 0)
            let other = PageBrowser(port: browser.port)
            try server.begin(other, "fay")
            let otherCode = try server.code("fay", besides: 1)
            // F06: not good for the other login.
            if code != otherCode {
                try other.get("/tf-validate")
                #expect(try other.post("/tf-validate", ["code": code]).status == 200)
            }
            // F04: once, and the login is over with it.
            try browser.get("/tf-validate")
            let copy = browser.copy()
            #expect(try browser.post("/tf-validate", ["code": code]).location == "/")
            #expect(try copy.post("/tf-validate", ["code": code]).location == "/login?notice=ended")
            #expect(try !Self.isIn(copy))
            // F03: the right code comes too late.
            let wrong = otherCode == "123456" ? "654321" : "123456"
            var statuses: [Int] = []
            for _ in 0..<5 {
                statuses.append(try other.post("/tf-validate", ["code": wrong]).status)
            }
            #expect(statuses.last == 303 && statuses.filter { $0 == 200 }.count >= 3)
            let late = try other.post("/tf-validate", ["code": otherCode])
            #expect(late.location == "/login?notice=ended")
            #expect(try !Self.isIn(other))
        }
    }

    @Test func `F07 F09 factors change for the password only, recovery codes count once`()
        async throws
    {
        try await Self.onServer { server, browser in
            try server.addUser("gil")
            try server.logIn(browser, "gil")
            let old = PageBrowser(port: browser.port)
            try server.logIn(old, "gil")
            try browser.get("/tf-setup")
            for path in ["app", "app/remove", "email", "recovery"] {
                for password in ["", "wrong-one-9"] {
                    let page = try browser.post("/tf-setup/\(path)", ["password": password])
                    #expect(page.status == 422 && page.text.contains("The password is wrong"))
                }
            }
            #expect(try browser.post("/tf-setup/app/confirm", ["code": "123456"]).status == 422)
            let made = try browser.post(
                "/tf-setup/recovery",
                ["password": PageServer.password]
            )
            let codes = made.text.matches(of: /<li><code>([0-9a-z-]{19})</).map { String($0.1) }
            #expect(codes.count == 10)
            // All codes are gone from the page when it is asked for again.
            #expect(try !browser.get("/tf-setup").text.contains(codes.first ?? "-"))
            let on = try browser.post(
                "/tf-setup/email",
                ["password": PageServer.password, "always": "yes"]
            )
            #expect(on.status == 303 && on.location == "/tf-setup?notice=always")
            // The change has ended all other sessions.
            #expect(try Self.isIn(browser) && !Self.isIn(old))
            for expected in [true, false] {
                let other = PageBrowser(port: browser.port)
                try server.begin(other, "gil")
                try other.get("/tf-validate")
                try other.post("/tf-validate", ["code": codes[0]])
                #expect(try Self.isIn(other) == expected)
            }
        }
    }

    /// Goal: who has lost all factors, and has a new password already, gets in again by an operator's
    /// command and by nothing else; the command is written down.
    @Test func `F08 lost factors are removed by operators`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("ike")
            try server.logIn(browser, "ike")
            try browser.get("/tf-setup")
            let fields = ["password": PageServer.password, "always": "yes"]
            #expect(try browser.post("/tf-setup/email", fields).status == 303)
            #expect(try Self.token(server, "ike") == "")
            try server.process.command(
                ["user", "password", "ike@example.com", "--password-stdin"],
                input: PageServer.password + "\n"
            )
            #expect(try Self.token(server, "ike") == "")
            try server.process.command(["user", "reset-factors", "ike@example.com"])
            Thread.sleep(forTimeInterval: 1.2)
            #expect(try Self.token(server, "ike") != "")
            #expect(try !Self.isIn(browser))
            let events = try server.process.command(["audit", "list", "--action", "factor."])
            let list =
                events["list"] as? [[String: Any]] ?? events["events"] as? [[String: Any]] ?? []
            #expect(list.contains { $0["actor"] as? String == "operator" })
        }
    }

    @Test func `F08 a new password does not spare the second factor`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("hal")
            try server.logIn(browser, "hal", remember: true)
            let former = browser.copy()
            // The browser is remembered: no code.
            let again = PageBrowser(port: browser.port)
            again.setCookie("device", browser.cookie("device"))
            #expect(try server.begin(again, "hal").location == "/")
            let stranger = PageBrowser(port: browser.port)
            try stranger.get("/reset")
            try stranger.post("/reset", ["email": "HAL@example.com"])
            let path = try server.mail("hal", #/(\/reset\/\S+)/#)
            #expect(try stranger.get(path).status == 200)
            func set(_ one: String, _ two: String) throws -> PageBrowser.Page {
                try stranger.post(path, ["password": one, "password_confirm": two])
            }
            #expect(try set("lantern-Mosaic-42", "lantern-Mosaic-43").status == 422)
            #expect(try set("12345678", "12345678").status == 422)
            #expect(try Self.isIn(former))
            let done = try set("lantern-Mosaic-42", "lantern-Mosaic-42")
            #expect(done.location == "/login?notice=reset")
            #expect(try !Self.isIn(stranger) && !Self.isIn(former))
            // Once.
            #expect(try stranger.get(path).location == "/reset?notice=void")
            #expect(
                try set("lantern-Mosaic-44", "lantern-Mosaic-44").location == "/reset?notice=void"
            )
            // Neither the old password nor the remembered browser counts.
            #expect(try server.begin(again.copy(), "hal").status == 200)
            let device = PageBrowser(port: browser.port)
            device.setCookie("device", browser.cookie("device"))
            let begun = try server.begin(device, "hal", password: "lantern-Mosaic-42")
            #expect(begun.location == "/tf-validate")
            #expect(try !Self.isIn(device))
        }
    }

    @Test func `a new password asks for the old one and keeps this session`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("ida")
            try server.logIn(browser, "ida")
            let old = browser.copy()
            try browser.get("/change")
            func change(_ password: String, _ new: String) throws -> PageBrowser.Page {
                try browser.post(
                    "/change",
                    ["password": password, "new_password": new, "new_password_confirm": new]
                )
            }
            #expect(try change("wrong-one-9", "lantern-Mosaic-42").status == 422)
            #expect(try change(PageServer.password, "password1").status == 422)
            #expect(
                try change(PageServer.password, String(repeating: "x", count: 5_000)).status == 422
            )
            let done = try change(PageServer.password, "lantern-Mosaic-42")
            #expect(done.location == "/logged-in-user?notice=password")
            #expect(try Self.isIn(browser) && !Self.isIn(old))
            _ = try server.mail("ida", #/(password was changed)/#)
        }
    }

    @Test func `H04 H08 pages and cookies carry their guards`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("jan")
            var pages = [try browser.get("/login"), try browser.get("/reset")]
            pages.append(try server.logIn(browser, "jan", remember: true))
            let cookies = pages.flatMap(\.setCookies)
            #expect(Set(cookies.map(\.name)).count == 4)
            for cookie in cookies {
                let parts = cookie.field.components(separatedBy: "; ")
                #expect(cookie.name.hasPrefix("__Host-") && parts.contains("Path=/"))
                #expect(parts.contains("Secure") && parts.contains("HttpOnly"))
                #expect(parts.contains { $0.hasPrefix("SameSite=") && $0 != "SameSite=None" })
            }
            pages.removeLast()
            for path in ["/logged-in-user", "/tf-setup", "/tokens", "/change", "/nowhere"] {
                pages.append(try browser.get(path))
            }
            for page in pages {
                let policy = page.values("Content-Security-Policy").joined(separator: "; ")
                for part in [
                    "default-src 'none'", "style-src 'self'", "form-action 'self'",
                    "frame-ancestors 'none'", "base-uri 'none'",
                ] { #expect(policy.contains(part)) }
                #expect(!policy.contains("unsafe") && !policy.contains("script-src"))
                #expect(page.values("Cache-Control") == ["no-store"])
                #expect(page.values("Referrer-Policy") == ["same-origin"])
                #expect(page.values("X-Content-Type-Options").contains("nosniff"))
                #expect(page.values("Content-Type") == ["text/html; charset=utf-8"])
            }
        }
    }

    @Test func `H06 writes with a cookie need a form of this server`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("kim")
            try server.logIn(browser, "kim")
            try browser.get("/tokens")
            let proof = browser.proof
            let other = PageBrowser(port: browser.port)
            try other.get("/login")
            func post(_ headers: [String: String?], _ proof: String?) throws -> Int {
                try browser.copy().post(
                    "/tokens/revoke",
                    proof.map { ["token": "1", "csrf_token": $0] } ?? ["token": "1"],
                    headers: headers,
                    withProof: false
                ).status
            }
            #expect(try post([:], proof) == 303)
            // Programs that say nothing of an origin are no browsers.
            #expect(try post(["Origin": nil, "Sec-Fetch-Site": nil], proof) == 303)
            for wrong in [nil, "", "x", other.proof, String(proof.dropLast()), proof + "A"] {
                #expect(try post([:], wrong) == 403)
            }
            let origins: [[String: String?]] = [
                ["Origin": "https://other.example"], ["Origin": "null"], ["Origin": ""],
                ["Origin": "http://127.0.0.1.other.example"], ["Origin": "http://127.0.0.1:1"],
                ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
                ["Origin": nil, "Sec-Fetch-Site": "cross-site"],
            ]
            for origin in origins { #expect(try post(origin, proof) == 403) }
            for type in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
                #expect(try post(["Content-Type": type], proof) == 403)
            }
            // The API: in the header, whatever the body is.
            for path in ["/api/v3_0/sensors/1/data", "/api/penstock/v1/last"] {
                for type in ["application/json", "text/plain", "application/x-www-form-urlencoded"]
                {
                    func api(_ more: [String: String]) throws -> Int {
                        let headers = ["Content-Type": type].merging(more) { $1 }
                        return try browser.copy().send("POST", path, headers, "{}").status
                    }
                    #expect(try api([:]) == 403)
                    #expect(try api(["Origin": "http://127.0.0.1"]) == 403)
                    #expect(try api(["X-CSRF-Token": other.proof]) == 403)
                    let foreign = ["X-CSRF-Token": proof, "Origin": "https://other.example"]
                    #expect(try api(foreign) == 403)
                    #expect(try ![401, 403].contains(api(["X-CSRF-Token": proof])))
                }
            }
            let json = ["Content-Type": "application/json"]
            for (method, path) in [
                ("DELETE", "/api/v3_0/sensors/1/data"), ("PATCH", "/api/v3_0/users/1"),
                ("PATCH", "/api/v3_0/accounts/1"), ("PATCH", "/api/v3_0/assets/1"),
                ("DELETE", "/api/v3_0/assets/1"), ("DELETE", "/api/v3_0/sensors/1"),
                ("POST", "/api/v3_0/users"), ("PATCH", "/api/v3_0/users/1/password-reset"),
            ] {
                let page = try browser.copy().send(method, path, json, "{}")
                #expect(
                    page.status == 403 && page.text.contains("X-CSRF-Token"),
                    "\(method) \(path)"
                )
            }
            // The login itself: another browser's form does not log this one in.
            let victim = PageBrowser(port: browser.port)
            let fields = ["email": "kim@example.com", "password": PageServer.password]
            #expect(try victim.post("/login", fields).status == 403)
            try victim.get("/login")
            victim.proof = other.proof
            #expect(try victim.post("/login", fields).status == 403)
            #expect(victim.cookie("login") == nil)
        }
    }

    @Test func `H15 a login leads to this host`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("leo")
            try server.logIn(browser, "leo", remember: true)
            let device = browser.cookie("device")
            for next in ["//other.example", "https://other.example", "/\\other.example", "/a\r\nb"]
            {
                let again = PageBrowser(port: browser.port)
                again.setCookie("device", device)
                #expect(try server.begin(again, "leo", next: next).location == "/")
                let query = next.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                #expect(try again.get("/login?next=\(query)").location == "/")
                #expect(try !again.get("/tf-validate?next=\(query)").head.contains("other.example"))
            }
            // A target that is another host's to begin with.
            let page = try PageBrowser(port: browser.port).get("//other.example/logged-in-user")
            #expect(page.status == 404)
        }
    }

    @Test func `I05 names are texts on every page`() async throws {
        try await Self.onServer { server, browser in
            let name = "\"\u{301}><script>alert(1)</script>'x"
            try server.addUser("mia", username: name)
            try server.logIn(browser, "mia")
            try browser.get("/tokens")
            let made = try browser.post(
                "/tokens",
                [
                    "name": name, "scope": "read", "days": "30",
                    "password": PageServer.password,
                ]
            )
            #expect(made.text.contains("penstock_"))
            for path in ["/logged-in-user", "/tf-setup", "/tokens", "/change"] {
                let page = try browser.get(path)
                #expect(page.status == 200 && !page.text.contains("<script"))
                #expect(!page.text.contains("<i>") && !page.text.utf8.contains("\"\u{301}"))
            }
            #expect(try browser.get("/logged-in-user").text.contains("&lt;script&gt;"))
            let echoed = try browser.get("/login?next=%22%3E%3Cscript%3E")
            #expect(!echoed.text.contains("<script") && !echoed.head.contains("<script"))
        }
    }

    @Test func `tokens are made for the password, shown once, and revoked`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("ned")
            try server.logIn(browser, "ned")
            try browser.get("/tokens")
            func make(_ more: [String: String]) throws -> PageBrowser.Page {
                let fields = [
                    "name": "gateway", "scope": "read", "days": "30",
                    "password": PageServer.password,
                ]
                return try browser.post("/tokens", fields.merging(more) { $1 })
            }
            for wrong in [
                ["password": "wrong-one-9"], ["days": ""], ["days": "0"], ["days": "-1"],
                ["scope": "root"], ["name": ""], ["assets": "1; DROP"], ["sensors": "x"],
            ] { #expect(try make(wrong).status == 422, "\(wrong)") }
            let token = try make(["sensors": "1"]).first(#/>(penstock_[A-Za-z0-9_-]+)</#) ?? ""
            let client = BlockingHTTPClient(port: browser.port)
            func works() -> Int? {
                client.send("GET", Self.data, headers: ["Authorization": token])?.status
            }
            #expect(works() == 200)
            let list = try browser.get("/tokens")
            #expect(!list.text.contains(token) && list.text.contains("sensors 1"))
            // Somebody else's stays.
            let stranger = PageBrowser(port: browser.port)
            try server.addUser("oda")
            try server.logIn(stranger, "oda")
            let id = list.first(#/name="token" value="([0-9]+)"/#) ?? ""
            try stranger.get("/tokens")
            try stranger.post("/tokens/revoke", ["token": id])
            #expect(works() == 200)
            try browser.post("/tokens/revoke", ["token": id])
            #expect(works() == 401)
        }
    }

    @Test func `pages explain what went wrong, programs get JSON`() async throws {
        try await Self.onServer { _, browser in
            let missing = try browser.get("/nowhere")
            #expect(missing.status == 404 && missing.text.contains("<h1>Not found</h1>"))
            let method = try browser.get("/logout")
            #expect(method.status == 405 && method.text.contains("<h1>Not possible</h1>"))
            #expect(method.values("Allow") == ["OPTIONS, POST"])
            let client = BlockingHTTPClient(port: browser.port)
            #expect(client.send("GET", "/nowhere")?.text.hasPrefix("{") == true)
            let api = try browser.get("/api/v3_0/nowhere")
            #expect(api.status == 404 && api.text.hasPrefix("{"))
            for (path, type) in [
                ("/static/penstock.css", "text/css; charset=utf-8"),
                ("/favicon.ico", "image/svg+xml"),
            ] {
                #expect(try browser.get(path).values("Content-Type") == [type])
            }
            #expect(try browser.get("/static/../secret_key").status == 404)
        }
    }

    @Test func `L01 L02 logins are written down, secrets are not`() async throws {
        try await Self.onServer { server, browser in
            try server.addUser("pia")
            try server.begin(browser, "pia", password: "a-Wrong-one-77")
            try server.logIn(browser, "pia", remember: true)
            let secrets = ["session", "device"].compactMap { browser.cookie($0) }
            try browser.get("/logged-in-user")
            let proof = browser.proof
            try browser.post("/logout")
            let audit = try server.process.command(["audit", "list", "--limit", "50"])
            let text = "\(audit)"
            for action in ["login.failed", "login.half-open", "login.succeeded", "login.ended"] {
                #expect(text.contains(action), "\(action)")
            }
            #expect(text.contains("127.0.0.1"))
            let log = try String(
                contentsOfFile: "\(server.process.dataDirectory).log",
                encoding: .utf8
            )
            #expect(log.contains("trace") || log.contains("debug"))
            for secret in secrets + [proof, PageServer.password, "a-Wrong-one-77"] {
                #expect(!log.contains(secret) && !text.contains(secret))
            }
        }
    }
}

extension String.UTF8View {
    fileprivate func contains(_ text: String) -> Bool {
        let bytes = Array(self)
        let needle = Array(text.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: needle) }
    }
}
