import Foundation
import TestSupport
import Testing

/// Goal: over HTTP everyone may do what FlexMeasures lets them, and nothing else. Method: the rows
/// of a matrix that was recorded with the same structure, for all endpoints but those of jobs,
/// schedules and forecasts.
@Suite(.serialized) struct AuthorizationMatrixTests {
    private static let users = [
        "anonymous": nil, "plain user of owning account": "d-user",
        "account-admin of owning account": "d-admin", "plain user of other account": "a-user",
        "account-admin of other account": "a-admin",
        "consultant of the consultancy": "c-consultant",
        "plain user of the consultancy": "c-user",
        "account-admin of the consultancy (no consultant role)": "c-admin",
        "consultant and account-admin of the consultancy": "c-both", "admin": "site-admin",
        "admin-reader": "site-reader", "plain user of the site account": "site-plain",
    ]

    /// Stricter than what was recorded: action, and whom it is refused to, with the reason.
    private static func isStricter(_ row: Row, _ status: Int) -> Bool {
        guard status == 403 else { return false }
        // Rights hang on account roles: only admins change them.
        return row.action == "update account_roles" && row.user != "site-admin"
    }

    /// Endpoints that may not be there yet, as resource and action; once they are, their rows count.
    private static let later: Set<String> = [
        "asset (owned by D), chart data", "kpis of asset (owned by D), read",
        "sensor (owned by D), read stats", "sensor (owned by D), read status",
        "sensor (owned by D), read chart data (dev)", "beliefs (owned by D), write file",
    ]

    private struct Row {
        let user: String?
        let resource: String
        let action: String
        let expected: String
    }

    @Test func `everyone may do what they may`() async throws {
        let problems = try await onThread { try Self.problems() }
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    private static func problems() throws -> [String] {
        var world = try MatrixWorld()
        var problems: [String] = []
        var count = 0
        for row in try rows() {
            guard let request = try world.request(row.resource, row.action, by: row.user) else {
                problems.append("unknown: \(row.resource) \(row.action)")
                continue
            }
            let answer = world.send(request, as: row.user)
            if answer?.text.contains("The requested URL was not found") == true,
                later.contains("\(row.resource), \(row.action)")
            {
                continue
            }
            count += 1
            let status = answer?.status ?? 0
            let detail = try detail(answer, row)
            let isRight =
                "\(status)" == row.expected.prefix(3)
                && detail.map { row.expected.hasSuffix($0) } ?? true
            if !isRight, !isStricter(row, status) {
                problems.append(
                    "\(row.user ?? "nobody"): \(row.resource), \(row.action): \(status), "
                        + "recorded \(row.expected) \(answer?.text.prefix(200) ?? "")"
                )
            }
            try world.restore(row.action)
        }
        #expect(count > 640)
        return problems
    }

    /// What a list shows, as the matrix puts it.
    private static func detail(_ answer: BlockingHTTPClient.Answer?, _ row: Row) throws -> String? {
        guard let answer, answer.status == 200 else { return nil }
        let value = try JSONSerialization.jsonObject(with: Data(answer.body))
        if row.action.hasPrefix("list (is it") {
            let accounts = value as? [[String: Any]] ?? []
            let isListed = accounts.contains { $0["id"] as? Int == 4 }
            return isListed ? "200 listed" : "not listed"
        }
        guard row.resource == "sources" else { return nil }
        let sources = (value as? [String: Any])?["sources"] as? [[String: Any]] ?? []
        let accounts = Set(sources.map { ($0["account_id"] as? Int).map { "\($0)" } ?? "none" })
        return "seen: " + accounts.sorted().joined(separator: ",")
    }

    private static func rows() throws -> [Row] {
        let fixture = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/authz.csv")
        return try String(contentsOf: fixture, encoding: .utf8).split(separator: "\n")
            .compactMap { line in
                let parts = line.split(separator: "\t").map {
                    $0.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
                }
                guard parts.count == 4, let user = users[parts[0]] else { return nil }
                return Row(user: user, resource: parts[1], action: parts[2], expected: parts[3])
            }
    }
}

/// The seeded world with what rows of the matrix use up.
private struct MatrixWorld {
    struct Request {
        var method = "GET"
        let path: String
        var body: String?
        var contentType = "application/json"
    }

    let world: SeededWorld
    private let client: BlockingHTTPClient
    private var tokens: [String: String]
    private var count = 0
    /// A member of Client D whose password may go.
    private let spare: Int

    init() throws {
        world = try SeededWorld()
        client = BlockingHTTPClient(port: world.process.port)
        tokens = world.tokens
        let answer = Self.send(
            Request(
                method: "POST",
                path: "/api/v3_0/users",
                body: #"{"email": "spare@example.com", "username": "spare", "account_id": 4}"#
            ),
            token: world.tokens["site-admin"],
            client
        )
        spare = try answer?.json()["id"] as? Int ?? 0
    }

    func send(_ request: Request, as user: String?) -> BlockingHTTPClient.Answer? {
        Self.send(request, token: user.flatMap { tokens[$0] }, client)
    }

    private static func send(
        _ request: Request,
        token: String?,
        _ client: BlockingHTTPClient
    ) -> BlockingHTTPClient.Answer? {
        var headers: [String: String] = [:]
        if let token { headers["Authorization"] = token }
        if request.body != nil { headers["Content-Type"] = request.contentType }
        return client.send(
            request.method,
            request.path,
            headers: headers,
            body: request.body
        )
    }

    /// Undoes what would change later rows.
    mutating func restore(_ action: String) throws {
        if action.hasPrefix("update roles") {
            _ = send(
                Request(
                    method: "PATCH",
                    path: "/api/v3_0/users/13",
                    body: #"{"flexmeasures_roles": []}"#
                ),
                as: "site-admin"
            )
            // A role that gives much ends the tokens from before, and so does its end.
            tokens["d-user"] = try world.process.token("d-user@example.com")
        }
        if action == "update consultancy_account_id" {
            _ = send(
                Request(
                    method: "PATCH",
                    path: "/api/v3_0/accounts/4",
                    body: #"{"consultancy_account_id": 3}"#
                ),
                as: "site-admin"
            )
        }
    }

    /// Something new that may be removed; its number.
    private mutating func make(_ path: String, _ fields: String) throws -> Int {
        count += 1
        let body = #"{"name": "made \#(count)", \#(fields)}"#
        let request = Request(method: "POST", path: "/api/v3_0/\(path)", body: body)
        return try send(request, as: "site-admin")?.json()["id"] as? Int ?? 0
    }

    private func account(of user: String?) -> Int {
        SeededWorld.users.first { $0.name == user }?.account ?? 4
    }

    private func number(of user: String?) -> Int {
        (SeededWorld.users.firstIndex { $0.name == user } ?? 12) + 1
    }

    private static let roles = [
        "update roles: add admin": 1, "update roles: add admin-reader": 2,
        "update roles: add account-admin": 3, "update roles: add consultant": 4,
    ]

    private static let note =
        #""start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}"#

    private static let hour = "start=2026-01-01T00:00:00Z&duration=PT1H&unit="

    private static func values(of unit: String) -> String {
        #"{"values": [1], "start": "2026-01-01T00:00:00Z", "duration": "PT1H", "unit": "\#(unit)"}"#
    }

    private static let upload = Request(
        method: "POST",
        path: "/api/v3_0/sensors/37/data/upload",
        body: [
            "--x", #"Content-Disposition: form-data; name="uploaded-files"; filename="a.csv""#,
            "Content-Type: text/csv", "", "event_start,event_value",
            "2026-01-01T00:00:00+00:00,1", "2026-01-01T00:15:00+00:00,2", "--x--", "",
        ].joined(separator: "\r\n"),
        contentType: "multipart/form-data; boundary=x"
    )

    mutating func request(
        _ resource: String,
        _ action: String,
        by user: String?
    ) throws -> Request? {
        let api = "/api/v3_0"
        count += 1
        let new = #""name": "new \#(count)""#
        let asset = #"{\#(new), "generic_asset_type_id": 5"#
        let sensor = #"{\#(new), "unit": "kW", "event_resolution": "PT15M""#
        let note = #"{"content": "note \#(count)", "# + Self.note
        func get(_ path: String) -> Request { Request(path: api + path) }
        func post(_ path: String, _ body: String?) -> Request {
            Request(method: "POST", path: api + path, body: body)
        }
        func patch(_ path: String, _ body: String?) -> Request {
            Request(method: "PATCH", path: api + path, body: body)
        }
        if let role = Self.roles[action] {
            return patch("/users/13", #"{"flexmeasures_roles": [\#(role)]}"#)
        }
        switch (resource, action) {
        case ("account (client account D)", "read"): return get("/accounts/4")
        case ("account (consultancy account C)", "read"): return get("/accounts/3")
        case ("account (unrelated account A)", "read"): return get("/accounts/1")
        case ("account (client account D)", "update"):
            return patch("/accounts/4", #"{"attributes": {"n": \#(count)}}"#)
        case ("account (client account D)", "update account_roles"):
            return patch("/accounts/4", #"{"account_roles": [1]}"#)
        case ("account (client account D)", "update consultancy_account_id"):
            return patch("/accounts/4", #"{"consultancy_account_id": 3}"#)
        case ("account (client account D)", "update plan_id"):
            return patch("/accounts/4", #"{"plan_id": null}"#)
        case ("account (client account D)", "list (is it in GET /accounts?)"):
            return get("/accounts")
        case ("account (any)", "create"): return post("/accounts", "{\(new)}")
        case ("account (client account D)", "create-children: top-level asset"):
            return post("/assets", asset + #", "account_id": 4}"#)
        case ("account (client account D)", "create-children: user"):
            let body =
                #"{"email": "n\#(count)@example.com", "username": "n\#(count)", "account_id": 4}"#
            return post("/users", body)
        case ("account (client account D)", "create-children: annotation"):
            return post("/accounts/4/annotations", note)
        case ("audit log of account D", "read"): return get("/accounts/4/auditlog")
        case ("audit log of user d-user", "read"): return get("/users/13/auditlog")
        case ("audit log of asset (owned by D)", "read"): return get("/assets/12/auditlog")
        case ("user (d-user)", "read"): return get("/users/13")
        case ("user (d-admin)", "read"): return get("/users/14")
        case ("users of account D", "list"): return get("/users?account=4")
        case ("user (d-user)", "update timezone"):
            return patch("/users/13", #"{"timezone": "Europe/Amsterdam"}"#)
        case ("user (other user of account D)", "update active"):
            return patch("/users/\(spare)", #"{"active": true}"#)
        case ("user (other user of account D)", "password reset"):
            return patch("/users/\(spare)/password-reset", nil)
        case ("user (self)", "read"): return get("/users/\(number(of: user))")
        case ("user (self)", "update timezone"):
            return patch("/users/\(number(of: user))", #"{"timezone": "Europe/Amsterdam"}"#)
        case ("user (self)", "update active/roles"):
            return patch("/users/\(number(of: user))", #"{"active": true}"#)
        case ("asset (owned by D)", "read"): return get("/assets/12")
        case ("assets of account D", "list"): return get("/assets?account=4")
        case ("asset (owned by D)", "list sensors"): return get("/assets/12/sensors")
        case ("asset (owned by D)", "create-children: child asset"):
            return post("/assets", asset + #", "account_id": 4, "parent_asset_id": 11}"#)
        case ("asset (owned by D)", "create-children: child asset owned by caller's account"):
            let owner = account(of: user)
            return post("/assets", asset + #", "account_id": \#(owner), "parent_asset_id": 11}"#)
        case ("asset (owned by D)", "create-children: sensor"):
            return post("/sensors", sensor + #", "generic_asset_id": 12}"#)
        case ("asset (owned by D)", "create-children: annotation"):
            return post("/assets/12/annotations", note)
        case ("asset (owned by D)", "update"):
            return patch("/assets/12", #"{"attributes": {"n": \#(count)}}"#)
        case ("asset (owned by D)", "delete"):
            let fields = #""generic_asset_type_id": 5, "account_id": 4, "parent_asset_id": 11"#
            return Request(method: "DELETE", path: "\(api)/assets/\(try make("assets", fields))")
        case ("asset (owned by D)", "copy (as sibling under its parent)"):
            return post("/assets/12/copy", nil)
        case ("asset (owned by D)", "copy into own account (top-level)"):
            return post("/assets/12/copy?account=\(account(of: user))", nil)
        case ("asset (public)", "read"): return get("/assets/4")
        case ("asset (public)", "list"): return get("/assets/public")
        case ("asset (public)", "create"): return post("/assets", asset + "}")
        case ("asset (public)", "create-children: sensor"):
            return post("/sensors", sensor + #", "generic_asset_id": 4}"#)
        case ("asset (public)", "create-children: annotation"):
            return post("/assets/4/annotations", note)
        case ("asset (public)", "update"):
            return patch("/assets/4", #"{"attributes": {"n": \#(count)}}"#)
        case ("asset (public)", "delete"):
            let made = try make("assets", #""generic_asset_type_id": 5"#)
            return Request(method: "DELETE", path: "\(api)/assets/\(made)")
        case ("asset (public)", "copy into own account"):
            return post("/assets/4/copy?account=\(account(of: user))", nil)
        case ("jobs of asset (owned by D)", "read"): return get("/assets/12/jobs")
        case ("asset (owned by D)", "chart data"): return get("/assets/12/chart_data")
        case ("kpis of asset (owned by D)", "read"):
            return get("/assets/12/kpis?start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z")
        case ("asset types", "list"): return get("/assets/types")
        case ("sensor (owned by D)", "read"): return get("/sensors/37")
        case ("sensors of account D", "list"): return get("/sensors?account=4")
        case ("sensor (owned by D)", "update"):
            return patch("/sensors/37", #"{"attributes": {"n": \#(count)}}"#)
        case ("sensor (owned by D)", "delete"):
            let fields = #""unit": "kW", "event_resolution": "PT15M", "generic_asset_id": 12"#
            return Request(method: "DELETE", path: "\(api)/sensors/\(try make("sensors", fields))")
        case ("sensor (owned by D)", "create-children: annotation"):
            return post("/sensors/37/annotations", note)
        case ("sensor (public)", "read"): return get("/sensors/7")
        case ("sensor (public)", "update"):
            return patch("/sensors/7", #"{"attributes": {"n": \#(count)}}"#)
        case ("sensor (owned by D)", "read stats"): return get("/sensors/37/stats")
        case ("sensor (owned by D)", "read status"): return get("/sensors/37/status")
        case ("sensor (owned by D)", "read chart data (dev)"):
            return Request(path: "/api/dev/sensor/37/chart_data")
        case ("beliefs (owned by D)", "read"): return get("/sensors/37/data?" + Self.hour + "kW")
        case ("beliefs (owned by D)", "write JSON"):
            return post("/sensors/37/data", Self.values(of: "kW"))
        case ("beliefs (owned by D)", "write file"): return Self.upload
        case ("beliefs (owned by D)", "delete"):
            return Request(method: "DELETE", path: "\(api)/sensors/37/data")
        case ("beliefs (public sensor)", "read"):
            return get("/sensors/7/data?" + Self.hour + "EUR/MWh")
        case ("beliefs (public sensor)", "write JSON"):
            return post("/sensors/7/data", Self.values(of: "EUR/MWh"))
        case ("beliefs (public sensor)", "delete"):
            return Request(method: "DELETE", path: "\(api)/sensors/7/data")
        case ("sources", "list"): return get("/sources")
        case ("ops: post task run", "create"):
            return Request(method: "POST", path: "/api/ops/postLatestTaskRun", body: "name=x")
        default: return nil
        }
    }
}
