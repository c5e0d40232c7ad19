import Foundation
import TestSupport
import Testing

/// Reaching for accounts, users, assets and sensors of others, by the ids of docs/security.md. The
/// world is that of the recorded corpus: A and B are strangers, C is D's consultancy.
@Suite(.serialized) struct StructureAttackTests {
    private static let shared = Result { try SeededWorld() }

    private struct Asker {
        let world: SeededWorld
        let client: BlockingHTTPClient

        func ask(
            _ user: String,
            _ method: String,
            _ path: String,
            _ body: String? = nil
        ) -> (
            status: Int, text: String
        ) {
            var headers = ["Authorization": world.tokens[user] ?? ""]
            if body != nil { headers["Content-Type"] = "application/json" }
            let answer = client.send(method, "/api/v3_0" + path, headers: headers, body: body)
            return (answer?.status ?? 0, answer?.text ?? "")
        }

        func list(_ user: String, _ path: String) throws -> [[String: Any]] {
            let answer = ask(user, "GET", path)
            #expect(answer.status == 200, "\(path): \(answer)")
            let value = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
            return value as? [[String: Any]]
                ?? (value as? [String: Any])?["data"] as? [[String: Any]] ?? []
        }

        func object(_ user: String, _ path: String) throws -> [String: Any] {
            let value = try JSONSerialization.jsonObject(
                with: Data(ask(user, "GET", path).text.utf8)
            )
            return value as? [String: Any] ?? [:]
        }

        /// All that may be changed, as an admin sees it.
        func everything() -> [String] {
            [
                "/accounts", "/users/4", "/users/5", "/users/13", "/users/1", "/users/2",
                "/users?account=1", "/users?account=4", "/assets?all_accessible=true",
                "/sensors?account=1", "/sensors?account=2", "/sensors?account=4",
            ].map { path in
                // When somebody was last here changes by itself.
                ask("site-admin", "GET", path).text.split(separator: "\n")
                    .filter { !$0.contains("last_") }.joined(separator: "\n")
            }
        }
    }

    private static func inWorld(_ body: @escaping @Sendable (Asker) throws -> Void) async throws {
        try await onThread {
            let world = try shared.get()
            try body(Asker(world: world, client: BlockingHTTPClient(port: world.process.port)))
        }
    }

    /// Goal: nobody raises themselves, or sets what the API does not offer. Method: each request is
    /// refused, and then all is as it was.
    @Test func `A04 no request sets more than it may`() async throws {
        try await Self.inWorld { asker in
            let before = asker.everything()
            let fields = [
                #""account_id": 2"#, #""id": 99"#, #""fs_uniquifier": "x""#, #""password": "x""#,
                #""roles": ["admin"]"#, #""flexmeasures_roles": [1]"#,
                #""flexmeasures_roles": [2]"#, #""flexmeasures_roles": [3]"#,
                #""flexmeasures_roles": [4]"#, #""active": false"#, #""security_stamp": "00""#,
                #""tf_totp_secret": "x""#, #""last_login_at": null"#, #""public_id": "x""#,
            ]
            for field in fields {
                // A right field beside a wrong one changes nothing either.
                let body = #"{"timezone": "Asia/Seoul", \#(field)}"#
                let answer = asker.ask("a-user", "PATCH", "/users/4", body)
                #expect([403, 422].contains(answer.status), "\(field): \(answer)")
            }
            let privileged: [(user: String, path: String, body: String)] = [
                ("a-admin", "/users/5", #"{"flexmeasures_roles": [3, 4]}"#),
                ("a-admin", "/users/4", #"{"flexmeasures_roles": [3]}"#),
                ("a-admin", "/users/4", #"{"flexmeasures_roles": [2]}"#),
                ("a-admin", "/users/4", #"{"flexmeasures_roles": [4, 1]}"#),
                ("c-consultant", "/users/13", #"{"flexmeasures_roles": [4]}"#),
                ("c-consultant", "/users/11", #"{"email": "mine@example.com"}"#),
                ("c-admin", "/users/13", #"{"active": false}"#),
                ("site-admin", "/users/4", #"{"flexmeasures_roles": [1]}"#),
                ("site-admin", "/users/1", #"{"flexmeasures_roles": []}"#),
                ("site-admin", "/users/1", #"{"active": false}"#),
                ("site-plain", "/users/1", #"{"email": "mine@example.com"}"#),
                ("a-user", "/accounts/1", #"{"account_roles": [6]}"#),
                ("a-admin", "/accounts/1", #"{"consultancy_account_id": 2}"#),
                ("a-admin", "/accounts/1", #"{"plan_id": 1}"#),
                ("a-admin", "/accounts/1", #"{"id": 7}"#),
                ("a-admin", "/accounts/1", #"{"secrets": "x"}"#),
                ("c-consultant", "/accounts/4", #"{"consultancy_account_id": 1}"#),
                ("c-consultant", "/accounts/3", #"{"account_roles": []}"#),
                ("a-admin", "/sensors/9", #"{"id": 99}"#),
                ("a-admin", "/sensors/9", #"{"knowledge_horizon_fnc": "x"}"#),
                ("a-admin", "/assets/5", #"{"id": 99}"#),
                ("a-admin", "/assets/5", #"{"secrets": {}}"#),
            ]
            for (user, path, body) in privileged {
                let answer = asker.ask(user, "PATCH", path, body)
                #expect([403, 422].contains(answer.status), "\(user) \(path) \(body): \(answer)")
            }
            let new = #""email": "new@example.com", "username": "new""#
            let created: [(user: String, path: String, body: String)] = [
                ("a-user", "/users", #"{\#(new), "account_id": 1}"#),
                ("a-admin", "/users", #"{\#(new), "account_id": 2}"#),
                ("a-admin", "/users", #"{\#(new), "account_id": "2"}"#),
                ("a-admin", "/users", #"{\#(new), "account_id": 1, "flexmeasures_roles": [1]}"#),
                ("a-admin", "/users", #"{\#(new), "account_id": 1, "password": "x"}"#),
                ("a-admin", "/accounts", #"{"name": "New"}"#),
                ("c-consultant", "/accounts", #"{"name": "New", "account_roles": [6]}"#),
                ("c-consultant", "/accounts", #"{"name": "New", "consultancy_account_id": 1}"#),
                ("c-admin", "/accounts", #"{"name": "New"}"#),
                ("a-user", "/assets", #"{"name": "New", "generic_asset_type_id": 5}"#),
            ]
            for (user, path, body) in created {
                let answer = asker.ask(user, "POST", path, body)
                #expect([403, 422].contains(answer.status), "\(user) \(path) \(body): \(answer)")
            }
            #expect(asker.everything() == before)
        }
    }

    /// Goal: who may read everything changes nothing.
    @Test func `A05 admin-readers write no structure`() async throws {
        try await Self.inWorld { asker in
            let before = asker.everything()
            let asset = #"{"name": "R", "generic_asset_type_id": 5, "account_id": 1}"#
            let requests: [(method: String, path: String, body: String?)] = [
                ("POST", "/accounts", #"{"name": "R"}"#), ("PATCH", "/accounts/1", "{}"),
                ("POST", "/users", #"{"account_id": 1}"#), ("PATCH", "/users/4", "{}"),
                ("PATCH", "/users/4/password-reset", nil),
                ("PATCH", "/assets/5", #"{"name": "R"}"#),
                ("DELETE", "/assets/7", nil), ("POST", "/assets/7/copy", nil),
                ("POST", "/sensors", #"{"generic_asset_id": 5}"#),
                ("PATCH", "/sensors/9", "{}"), ("DELETE", "/sensors/9", nil),
                ("POST", "/sensors/9/annotations", "{}"), ("POST", "/assets/5/annotations", "{}"),
                ("POST", "/accounts/1/annotations", "{}"),
            ]
            for (method, path, body) in requests {
                let answer = asker.ask("site-reader", method, path, body)
                #expect(answer.status == 403, "\(method) \(path): \(answer)")
            }
            #expect(asker.ask("site-reader", "POST", "/assets", asset).status == 422)
            #expect(asker.everything() == before)
        }
    }

    /// Goal: neither status nor words tell whether a number is taken, wherever it stands.
    @Test func `A01 A02 foreign and missing structure look the same`() async throws {
        let new = #""name": "New", "generic_asset_type_id": 5"#
        // `@` is the number of an asset, `%` of a sensor, `&` of an account, `$` of a user.
        let requests: [(method: String, path: String, body: String?)] =
            [
                ("GET", "/accounts/&", nil), ("PATCH", "/accounts/&", #"{"x": 1}"#),
                ("GET", "/accounts/&/auditlog", nil), ("POST", "/accounts/&/annotations", "["),
                ("GET", "/users/$", nil), ("PATCH", "/users/$", #"{"x": 1}"#),
                ("PATCH", "/users/$/password-reset", nil), ("GET", "/users/$/auditlog", nil),
                ("GET", "/users?account=&", nil), ("GET", "/assets?account=&", nil),
                ("GET", "/assets?root=@", nil), ("GET", "/sensors?account=&", nil),
                ("GET", "/sensors?asset=@", nil), ("GET", "/assets/@", nil),
                ("PATCH", "/assets/@", "["), ("DELETE", "/assets/@", nil),
                ("GET", "/assets/@/sensors", nil), ("GET", "/assets/@/auditlog", nil),
                ("GET", "/assets/@/jobs", nil), ("POST", "/assets/@/copy", nil),
                ("POST", "/assets/@/annotations", "["), ("POST", "/assets/8/copy?parent=@", nil),
                ("POST", "/assets/8/copy?account=&", nil), ("GET", "/sensors/%", nil),
                ("PATCH", "/sensors/%", "["), ("DELETE", "/sensors/%", nil),
                ("POST", "/sensors/%/annotations", "["),
                ("POST", "/sensors", #"{"generic_asset_id": @}"#),
                ("POST", "/sensors", #"{"generic_asset_id": "@"}"#),
                ("POST", "/users", #"{"account_id": &}"#),
                ("POST", "/assets", #"{\#(new), "account_id": &}"#),
                ("POST", "/assets", #"{\#(new), "parent_asset_id": @}"#),
                ("POST", "/assets", #"{\#(new), "parent_asset_id": @, "account_id": 2}"#),
                ("POST", "/assets", #"{\#(new), "parent_asset_id": @, "account_id": 1}"#),
                ("POST", "/assets", #"{\#(new), "parent_asset_id": @, "account_id": &}"#),
                ("PATCH", "/assets/8", #"{"parent_asset_id": @}"#),
                ("PATCH", "/assets/8", #"{"account_id": &}"#),
            ] + Self.references.map { ("PATCH", "/assets/8", "{\($0)}") }
        try await Self.inWorld { asker in
            for (method, path, body) in requests {
                func answer(
                    _ numbers: (asset: Int, sensor: Int, account: Int, user: Int)
                ) -> (
                    status: Int, text: String
                ) {
                    func put(_ text: String) -> String {
                        text.replacing("@", with: "\(numbers.asset)")
                            .replacing("%", with: "\(numbers.sensor)")
                            .replacing("&", with: "\(numbers.account)")
                            .replacing("$", with: "\(numbers.user)")
                    }
                    return asker.ask("b-admin", method, put(path), body.map(put))
                }
                let foreign = answer((asset: 5, sensor: 9, account: 1, user: 4))
                let missing = answer((asset: 90_005, sensor: 90_009, account: 901, user: 904))
                #expect([403, 422].contains(foreign.status), "\(method) \(path) \(body ?? "")")
                #expect(foreign == missing, "\(method) \(path) \(body ?? "")")
            }
        }
    }

    /// Fields of an asset that refer to the sensor `%` or the asset `@`, in all the ways to write it.
    private static let references = [
        #""flex_context": {"consumption-price": {"sensor": %}}"#,
        #""flex_context": {"consumption-price": {"sensor": "%"}}"#,
        #""flex_context": {"consumption-price": {"sensor": " %"}}"#,
        #""flex_context": {"consumption-price": {"sensor": %.0}}"#,
        #""flex_context": {"consumption-price": {"sensors": %}}"#,
        #""flex_context": {"inflexible-device-sensors": [23, %]}"#,
        #""flex_context": {"inflexible-device-sensors": ["%"]}"#,
        #""flex_context": {"commitments": [{"name": "a", "baseline": {"sensor": %}}]}"#,
        #""flex_context": "{\"consumption-price\": {\"sensor\": %}}""#,
        #""flex_model": {"state-of-charge": {"sensor": %}}"#,
        #""flex_model": {"soc-usage": [{"sensor": %}]}"#,
        #""sensors_to_show": [%]"#, #""sensors_to_show": [[23, %]]"#,
        #""sensors_to_show": [{"title": "x", "sensor": %}]"#,
        #""sensors_to_show": [{"title": "x", "sensors": ["%"]}]"#,
        #""sensors_to_show": [{"title": "x", "plots": [{"sensor": %}]}]"#,
        #""sensors_to_show": [{"title": "x", "plots": [{"sensors": [23, %]}]}]"#,
        #""sensors_to_show": [{"title": "x", "plots": [{"asset": @, "flex-context": "site-power-capacity"}]}]"#,
        #""sensors_to_show": [{"title": "x", "plots": [{"asset": "@", "flex-model": "soc-max"}]}]"#,
        #""sensors_to_show_as_kpis": [{"title": "x", "sensor": %}]"#,
    ]

    /// Goal: an asset refers to nothing that its editor may not read, so that nothing can be read
    /// through it. Method: a stranger's sensor and asset are refused with 403, one's own are taken;
    /// a consultant may refer from a client's asset to the client's, and the client not to the
    /// consultancy's.
    @Test func `A09 assets refer to readable sensors and assets only`() async throws {
        try await Self.inWorld { asker in
            func answer(
                _ user: String,
                _ asset: Int,
                _ reference: String,
                to sensor: Int,
                of: Int
            )
                -> Int
            {
                let body = "{\(reference)}".replacing("%", with: "\(sensor)")
                    .replacing("@", with: "\(of)")
                return asker.ask(user, "PATCH", "/assets/\(asset)", body).status
            }
            let before = asker.ask("site-admin", "GET", "/assets/8").text
            for reference in Self.references {
                #expect(answer("b-user", 8, reference, to: 9, of: 5) == 403, "\(reference)")
                #expect(answer("d-user", 11, reference, to: 51, of: 14) == 403, "\(reference)")
            }
            let new = #"{"name": "New", "generic_asset_type_id": 5, "parent_asset_id": 8, "#
            for reference in Self.references {
                let body = new + reference.replacing("%", with: "9").replacing("@", with: "5") + "}"
                #expect(asker.ask("b-user", "POST", "/assets", body).status == 403, "\(reference)")
            }
            #expect(asker.ask("site-admin", "GET", "/assets/8").text == before)
            for index in [0, 5, 11, 17] {
                let reference = Self.references[index]
                #expect(answer("b-user", 8, reference, to: 27, of: 8) == 200, "\(reference)")
                // The public sensor 7 and asset 4.
                #expect(
                    answer("b-user", 8, reference.replacing("23, ", with: ""), to: 7, of: 4) == 200
                )
            }
            let client = Self.references[0]
            #expect(answer("c-consultant", 11, client, to: 42, of: 11) == 200)
            #expect(answer("c-user", 11, client, to: 42, of: 11) == 403)
        }
    }

    /// Goal: a copy takes along no reference to what its new owner may not read.
    @Test func `A09 copies drop references to others`() async throws {
        try await Self.inWorld { asker in
            // The consultant may read both; D may not read C's.
            let body =
                #"{"flex_context": {"consumption-price": {"sensor": 42}, "production-price": {"sensor": 56}}}"#
            #expect(asker.ask("c-consultant", "PATCH", "/assets/12", body).status == 200)
            let answer = asker.ask("c-consultant", "POST", "/assets/12/copy", nil)
            #expect(answer.status == 201)
            let copy = try #require(
                (try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any])?[
                    "asset"
                ] as? Int
            )
            let context = try asker.object("d-user", "/assets/\(copy)")["flex_context"] as? String
            #expect(context?.contains("42") == true)
            #expect(context?.contains("56") == false)
        }
    }

    /// Goal: what belongs to an account stays there, whoever could delete it.
    @Test func `A07 nothing moves to another account`() async throws {
        try await Self.inWorld { asker in
            let before = asker.everything()
            let moves: [(user: String, path: String, body: String)] = [
                ("a-user", "/assets/5", #"{"account_id": 2}"#),
                ("a-admin", "/assets/5", #"{"account_id": 2}"#),
                ("a-admin", "/assets/5", #"{"account_id": null}"#),
                ("a-admin", "/assets/7", #"{"account_id": 2, "parent_asset_id": 8}"#),
                ("a-admin", "/assets/7", #"{"parent_asset_id": 8}"#),
                ("a-admin", "/assets/7", #"{"parent_asset_id": 4}"#),
                ("c-consultant", "/assets/11", #"{"account_id": 3}"#),
                ("c-both", "/assets/11", #"{"account_id": 3, "name": "Mine"}"#),
                ("c-both", "/assets/12", #"{"account_id": 3, "parent_asset_id": 14}"#),
                ("c-both", "/assets/12", #"{"account_id": 3, "parent_asset_id": null}"#),
                ("a-admin", "/assets/4", #"{"account_id": 1}"#),
                ("a-admin", "/sensors/9", #"{"generic_asset_id": 8}"#),
                ("a-admin", "/users/4", #"{"account_id": 2}"#),
                ("d-admin", "/accounts/4", #"{"consultancy_account_id": null}"#),
            ]
            for (user, path, body) in moves {
                let answer = asker.ask(user, "PATCH", path, body)
                #expect([403, 422].contains(answer.status), "\(user) \(path) \(body): \(answer)")
            }
            #expect(asker.everything() == before)
            // Admins may move an asset, and its members may name the account that it has.
            #expect(asker.ask("a-user", "PATCH", "/assets/5", #"{"account_id": 1}"#).status == 200)
            let made = #"{"name": "Moved", "generic_asset_type_id": 5, "account_id": 1}"#
            let answer = asker.ask("site-admin", "POST", "/assets", made)
            let moved = try JSONSerialization.jsonObject(with: Data(answer.text.utf8))
            let id = try #require((moved as? [String: Any])?["id"] as? Int)
            let path = "/assets/\(id)"
            #expect(asker.ask("site-admin", "PATCH", path, #"{"account_id": 2}"#).status == 200)
            #expect(asker.ask("a-admin", "GET", path).status == 403)
            #expect(asker.ask("b-admin", "DELETE", path).status == 204)
        }
    }

    /// Goal: lists, their searches, orders and counts know of nothing that is not the reader's.
    @Test func `A10 lists neither show nor count what is foreign`() async throws {
        try await Self.inWorld { asker in
            let accounts = ["b-user": [2], "d-user": [4], "c-consultant": [3, 4], "c-user": [3]]
            for (user, own) in accounts {
                for suffix in [
                    "", "&sort-by=name&sort-dir=desc", "&filter=Prosumer", "&page=1&per-page=1",
                ] {
                    for account in try asker.list(user, "/accounts?x=1\(suffix)") {
                        #expect(own.contains(account["id"] as? Int ?? 0), "\(user) \(suffix)")
                    }
                }
                let paged = try asker.object(user, "/accounts?page=1&per-page=1")
                #expect(paged["num-records"] as? Int == own.count)
                for path in [
                    "/assets?all_accessible=true", "/assets?all_accessible=true&filter=site",
                    "/assets?all_accessible=true&sort-by=owner",
                    "/assets?all_accessible=true&depth=0",
                ] {
                    for asset in try asker.list(user, path) {
                        let owner = asset["account_id"] as? Int
                        #expect(owner.map { own.contains($0) } ?? true, "\(user) \(path)")
                    }
                }
                let assets = try asker.list(user, "/assets?all_accessible=true").count
                let page = try asker.object(user, "/assets?all_accessible=true&page=1&per-page=1")
                #expect(page["num-records"] as? Int == assets)
                let found = try asker.object(
                    user,
                    "/assets?all_accessible=true&page=1&filter=%22A%20site%22"
                )
                #expect(found["filtered-records"] as? Int == 0, "\(user)")
                for person in try asker.list(user, "/users?include_inactive=true") {
                    #expect(own.contains(person["account_id"] as? Int ?? 0), "\(user)")
                }
                let sources =
                    try asker.object(user, "/sources")["sources"] as? [[String: Any]] ?? []
                for source in sources {
                    let owner = source["account_id"] as? Int
                    #expect(owner.map { own.contains($0) } ?? (source["user_id"] == nil))
                }
                for path in ["/sensors?include_public_assets=true&include_consultancy_clients=true"]
                {
                    for sensor in try asker.list(user, path) {
                        let id = sensor["id"] as? Int ?? 0
                        #expect(asker.ask(user, "GET", "/sensors/\(id)").status == 200)
                    }
                }
            }
            // A client's asset below a consultancy's is not among the children that the client sees.
            let hidden =
                #"{"name": "Hidden", "generic_asset_type_id": 5, "parent_asset_id": 11, "account_id": 3}"#
            #expect(asker.ask("c-consultant", "POST", "/assets", hidden).status == 201)
            #expect(!asker.ask("d-user", "GET", "/assets/11").text.contains("Hidden"))
            #expect(asker.ask("c-consultant", "GET", "/assets/11").text.contains("Hidden"))
        }
    }

    /// Goal: what is no number is not stored, however deep it is.
    @Test func `J01 numbers that are none within attributes`() async throws {
        try await Self.inWorld { asker in
            for number in ["1e400", "-1e999", "NaN", "Infinity"] {
                for path in ["/accounts/1", "/assets/5", "/sensors/9"] {
                    for body in [
                        #"{"attributes": {"a": [\#(number)]}}"#,
                        #"{"attributes": "{\"a\": {\"b\": \#(number)}}"}"#,
                    ] {
                        let answer = asker.ask("a-admin", "PATCH", path, body)
                        #expect([400, 422].contains(answer.status), "\(path) \(body): \(answer)")
                    }
                }
            }
        }
    }

    /// Goal: what is no request changes nothing and breaks nothing, in bodies and in queries.
    @Test func `J02 J03 J04 malformed requests about structure`() async throws {
        let bodies: [[UInt8]] =
            [
                "[", "[]", "1", "null", #""x""#, #"{"name": "a", "name": "b"}"#,
                "{\"name\": \"a\u{0}b\"}",
                #"{"name": "a\u0000b"}"#, #"{"name": "\ud800"}"#, #"{"latitude": 1e400}"#,
                #"{"name": ["a"]}"#, #"{"attributes": [1]}"#, #"{"email": {"$ne": 1}}"#,
                String(repeating: "[", count: 30_000), String(repeating: #"{"a":"#, count: 10_000),
            ].map { Array($0.utf8) } + [
                Array(#"{"name": ""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
            ]
        let routes: [(method: String, path: String)] = [
            ("POST", "/accounts"), ("PATCH", "/accounts/1"), ("POST", "/users"),
            ("PATCH", "/users/4"), ("POST", "/assets"), ("PATCH", "/assets/5"),
            ("POST", "/sensors"), ("PATCH", "/sensors/9"), ("POST", "/sensors/9/annotations"),
        ]
        let values = [
            "", "-1", "1e9", "9223372036854775808", "NaN", "%00", "%FF", "%27", "%5C", "%22open",
            "%0D%0AX:y", String(repeating: "a", count: 5_000),
        ]
        try await Self.inWorld { asker in
            let before = asker.everything()
            let token = asker.world.tokens["site-admin"] ?? ""
            for (method, path) in routes {
                for body in bodies {
                    let head = """
                        \(method) /api/v3_0\(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                        Authorization: \(token)\r\nContent-Type: application/json\r\n\
                        Content-Length: \(body.count)\r\n\r\n
                        """
                    let answer = asker.client.send(raw: Array(head.utf8) + body)
                    #expect(
                        (400..<500).contains(answer?.status ?? 0),
                        "\(method) \(path) \(String(decoding: body.prefix(40), as: UTF8.self))"
                    )
                }
            }
            for path in [
                "/accounts", "/users", "/assets", "/sensors", "/sources", "/assets/5/auditlog",
            ] {
                for name in [
                    "page", "per-page", "sort-by", "sort-dir", "filter", "account", "asset", "root",
                    "depth", "fields", "unit", "include_public", "only_latest", "asset_type",
                ] {
                    for value in values {
                        let status = asker.ask("site-admin", "GET", "\(path)?\(name)=\(value)")
                            .status
                        #expect((200..<500).contains(status), "\(path) \(name) \(value)")
                    }
                }
            }
            #expect(asker.everything() == before)
        }
    }

    /// Goal: all changes are in the audit log, with who made them, and the chain holds.
    @Test func `L02 changes of structure are written down`() async throws {
        try await Self.inWorld { asker in
            let asset = #"{"name": "Seen", "generic_asset_type_id": 5, "account_id": 2}"#
            let made = asker.ask("b-admin", "POST", "/assets", asset)
            let document = try JSONSerialization.jsonObject(with: Data(made.text.utf8))
            let id = try #require((document as? [String: Any])?["id"] as? Int)
            let path = "/assets/\(id)"
            #expect(asker.ask("b-user", "PATCH", path, #"{"name": "Seen 2"}"#).status == 200)
            #expect(asker.ask("b-user", "DELETE", path).status == 403)
            #expect(asker.ask("b-admin", "DELETE", path).status == 204)
            let answer = asker.client.send(
                "GET",
                "/api/penstock/v1/audit?subject=asset:\(id)",
                headers: ["Authorization": asker.world.tokens["site-admin"] ?? ""]
            )
            let events = try answer?.json()["events"] as? [[String: Any]] ?? []
            let found = events.map { "\($0["action"] ?? "") by \($0["user"] ?? "")" }
            #expect(
                found == ["asset.deleted by 8", "asset.updated by 7", "asset.created by 8"]
            )
            for event in events {
                #expect(event["address"] as? String == "127.0.0.1")
                #expect((event["request_id"] as? String)?.isEmpty == false)
                #expect(event["account"] as? Int == 2)
            }
            let verified = try asker.world.process.command(["audit", "verify"])
            #expect(verified["events"] as? Int ?? 0 > 3)
        }
    }
}
