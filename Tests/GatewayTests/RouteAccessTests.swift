import Testing

/// Who may call what. A route without an access does not compile; these tests keep the accesses
/// that there are.
@Suite struct RouteAccessTests {
    /// What strangers may call. Whoever adds a line here opens a door to the world.
    private static let everyones: Set<String> = [
        "GET /api", "GET /api/", "GET /api/v3_0", "GET /api/v3_0/health/ready",
        "GET /api/ops/ping", "GET /api/ops/getLatestTaskRun", "POST /api/requestAuthToken",
        "GET /ping", "GET /health",
        // What the API is.
        "GET /openapi.json", "GET /ui/static/openapi-specs.json", "GET /docs", "GET /api/v3_0/docs",
        "GET /api/v3_0/docs/",
        "GET /favicon.ico", "GET /static/favicon.svg", "GET /static/penstock.css",
        // Of the pages: what there is before a login.
        "GET /login", "POST /login", "GET /tf-validate", "POST /tf-validate",
        "POST /tf-validate/mail", "GET /reset", "POST /reset", "GET /reset/{token}",
        "POST /reset/{token}",
        "POST /api/penstock/v1/tokens",
    ]

    /// Routes and their access. New routes need no line here unless they are everyone's, but no
    /// route changes its access without changing its line.
    private static let golden = """
        GET / .pages
        GET /api .everyone
        GET /api/ .everyone
        GET /api/penstock/v1/accounts/{id}/audit .on(.accountAuditLog, .read)
        GET /api/penstock/v1/audit .having(.read, .auditLog)
        POST /api/penstock/v1/last .users
        POST /api/penstock/v1/logout-everywhere .users
        POST /api/penstock/v1/query .users
        POST /api/penstock/v1/revoke-this-token .users
        DELETE /api/penstock/v1/tokens/{id} .users
        GET /api/penstock/v1/tokens .users
        POST /api/penstock/v1/tokens .everyone
        GET /api/penstock/v1/users/{id}/audit .on(.userAuditLog, .read)
        DELETE /api/penstock/v1/users/{id}/tokens/{token} .on(.userToken, .delete)
        GET /api/penstock/v1/users/{id}/tokens .on(.userToken, .read)
        GET /api/dev/asset/{id} .on(.asset, .read)
        GET /api/dev/sensor/{id} .on(.sensor, .read)
        GET /api/dev/sensor/{id}/chart .on(.sensor, .read)
        GET /api/dev/sensor/{id}/chart_annotations .on(.sensor, .read)
        GET /api/dev/sensor/{id}/chart_data .on(.beliefs, .read)
        GET /api/dev/sensor/{id}/chart_data/ .on(.beliefs, .read)
        POST /api/requestAuthToken .everyone
        POST /api/v2/query .lineClients
        POST /api/v2/write .lineClients
        GET /api/v3_0/assets/{id}/chart .on(.asset, .read)
        GET /api/v3_0/assets/{id}/chart_annotations .on(.asset, .read)
        GET /api/v3_0/assets/{id}/chart_data .on(.asset, .read)
        GET /api/v3_0/assets/{id}/chart_data/ .on(.asset, .read)
        GET /api/v3_0/assets/{id}/kpis .on(.asset, .read)
        POST /api/v3_0/assets/default_asset_view .users
        POST /api/v3_0/assets/keep_legends_below_graphs .users
        GET /api/v3_0/health/ready .everyone
        DELETE /api/v3_0/sensors/{id}/data .on(.beliefs, .delete)
        GET /api/v3_0/sensors/{id}/data .on(.beliefs, .read)
        POST /api/v3_0/sensors/{id}/data .on(.beliefs, .createChildren)
        GET /change .pages
        POST /change .pages
        GET /favicon.ico .everyone
        GET /health .everyone
        GET /logged-in-user .pages
        POST /logged-in-user/sessions .pages
        GET /login .visitors
        POST /login .visitors
        POST /logout .pages
        GET /metrics .operators
        GET /ping .everyone
        GET /query .lineClients
        POST /query .lineClients
        GET /reset .visitors
        POST /reset .visitors
        GET /reset/{token} .visitors
        POST /reset/{token} .visitors
        GET /static/favicon.svg .everyone
        GET /static/penstock.css .everyone
        GET /tf-setup .pages
        POST /tf-setup/app .pages
        POST /tf-setup/app/confirm .pages
        POST /tf-setup/app/remove .pages
        POST /tf-setup/email .pages
        POST /tf-setup/recovery .pages
        GET /tf-validate .visitors
        POST /tf-validate .visitors
        POST /tf-validate/mail .visitors
        GET /tokens .pages
        POST /tokens .pages
        POST /tokens/revoke .pages
        POST /write .lineClients
        """

    /// What is wrong with routes, a line each.
    private func problems(_ scan: RouteScan) -> [String] {
        let pinned = Dictionary(
            uniqueKeysWithValues: Self.golden.split(separator: "\n").map { line in
                let words = line.split(separator: " ", maxSplits: 2)
                return ("\(words[0]) \(words[1])", String(words[2]))
            }
        )
        return scan.entries.compactMap { route in
            if !route.access.hasPrefix(".") {
                return "\(route): say the access where the route is declared"
            }
            if [".everyone", ".visitors"].contains(route.access),
                !Self.everyones.contains(route.key)
            {
                return "\(route): not a route for everyone"
            }
            if let access = pinned[route.key], access != route.access {
                return "\(route): was \(access)"
            }
            return nil
        }
    }

    @Test func `every route says who may call it`() throws {
        let scan = try RouteScan.gateway()
        #expect(problems(scan) == [])
        // The scan finds what there is.
        let declared = Set(scan.entries.map(\.description))
        let found = Self.golden.split(separator: "\n").filter { declared.contains(String($0)) }
        #expect(found.count >= 10, "\(scan.entries)")
        let doubles = Dictionary(grouping: scan.entries, by: \.key).filter { $0.value.count > 1 }
        #expect(doubles.isEmpty)
    }

    /// Goal: the test above can fail.
    @Test func `open doors are seen`() {
        let mistakes: [(source: String, problem: String)] = [
            (#"Route(.get, "/api/v3_0/users", .everyone, list)"#, "not a route for everyone"),
            (
                #"static let path = "/api/v3_0/x"; [Route(.post, Self.path, .everyone) { _ in }]"#,
                "POST /api/v3_0/x .everyone"
            ),
            (
                #"Route(.delete, "/api/v3_0/sensors/{id}/data", .users, delete)"#,
                ".on(.beliefs, .delete)"
            ),
            (#"Route(.post, "/x", .visitors, open)"#, "not a route for everyone"),
            (#"Route(.get, "/metrics", open, metrics)"#, "say the access"),
        ]
        for (source, problem) in mistakes {
            var scan = RouteScan()
            scan.read(source)
            let found = problems(scan)
            #expect(found.count == 1 && found[0].contains(problem), "\(source): \(found)")
        }
        var fine = RouteScan()
        fine.read(
            #"""
            OtherRoute(.get, "/a", .everyone); Routes(.get, "/b", .everyone, c)
            Route(.get, "/api/v3_0/sensors/{id}/data", .on(.beliefs, .read)) { call in f(call, [1, 2]) }
            """#
        )
        #expect(fine.entries.count == 1)
        #expect(problems(fine) == [])
    }
}
