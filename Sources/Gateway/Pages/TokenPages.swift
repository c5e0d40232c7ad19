internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// Named API tokens: for machines, made and revoked here. Making one asks for the password again,
/// because it needs no second factor ever after.
struct TokenPages: Sendable {
    let pages: UserPages

    private var authenticator: Authenticator { pages.authenticator }

    var routes: [Route] {
        [
            Route(.get, "/tokens", .pages, show),
            Route(.post, "/tokens", .pages, create),
            Route(.post, "/tokens/revoke", .pages, revoke),
        ]
    }

    private struct Token {
        let id: Int64
        let name: String
        let scopes: String
        let reach: String
        let created: String
        let expires: String
        let lastUsed: String
        let isLive: Bool
        let state: String
    }

    private struct Content {
        let tokens: [Token]
        let problem: String?
        let notice: String?
    }

    private func show(_ call: Call) async throws -> Answer {
        let isRevoked = call.queryText("notice") == "revoked"
        return try await page(
            try pages.visit(call),
            notice: isRevoked ? "The token is revoked; nobody can use it any more." : nil
        )
    }

    private func page(
        _ visit: UserPages.Visit,
        problem: String? = nil,
        notice: String? = nil
    ) async throws -> Answer {
        let times = pages.times(visit)
        let now = SystemWallClock().now().microseconds
        let tokens = try await authenticator.namedTokens(of: visit.user.id)
        let content = Content(
            tokens: tokens.reversed().map { Self.row($0, times, now) },
            problem: problem,
            notice: notice
        )
        return pages.page("tokens", "API tokens", visit, content)
            .answer(problem == nil ? 200 : 422)
    }

    private static func row(_ token: NamedToken, _ times: PageTimes, _ now: Int64) -> Token {
        let isExpired = (token.expiresAt ?? .max) <= now
        let isLive = token.revokedAt == nil && !isExpired
        let state = token.revokedAt != nil ? "revoked" : isExpired ? "expired" : "active"
        return Token(
            id: token.id,
            name: token.name,
            scopes: token.restriction.scopes.names.joined(separator: ", "),
            reach: reach(token.restriction.reach),
            created: times.text(token.createdAt),
            expires: token.expiresAt.map(times.text) ?? "never",
            lastUsed: token.lastUsedAt.map(times.text) ?? "never",
            isLive: isLive,
            state: state
        )
    }

    private static func reach(_ reach: Restriction.Reach) -> String {
        guard case .only(let parts) = reach else { return "everything I may reach" }
        let assets = parts.assets.map { "\($0.rawValue)" }.joined(separator: ", ")
        let sensors = parts.sensors.map { "\($0.rawValue)" }.joined(separator: ", ")
        return [
            assets.isEmpty ? nil : "assets \(assets)", sensors.isEmpty ? nil : "sensors \(sensors)",
        ].compactMap { $0 }.joined(separator: "; ")
    }

    private struct CreatedContent {
        let name: String
        let token: String
    }

    private func create(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        let user = visit.user
        let consultancy = pages.gate.catalog.account(user.account)?.consultancy
        try pages.gate.require(
            .createChildren,
            .apiToken(
                of: user.id,
                account: user.account,
                consultancy: consultancy,
                having: user.roles
            ),
            visit.principal
        )
        guard let form = call.form,
            let scopes = Restriction.Scopes(names: form.all("scope")),
            let assets = Self.ids(form.text("assets")), let sensors = Self.ids(form.text("sensors"))
        else {
            let problem = "Assets and sensors are numbers with commas between them."
            return try await page(visit, problem: problem)
        }
        let days = Int64(form.text("days"))
        guard form.text("days") == "never" || days.map({ (1...3_650).contains($0) }) == true else {
            return try await page(visit, problem: "Say for how many days the token is good.")
        }
        guard try await pages.prove(call, visit) != nil else {
            return try await page(visit, problem: UserPages.wrongPassword)
        }
        let isLimited = !(assets.isEmpty && sensors.isEmpty)
        let now = SystemWallClock().now().microseconds / Microseconds.second
        let wanted = NewNamedToken(
            user: user.id,
            name: form.text("name").trimmingBlanks,
            restriction: Restriction(
                scopes,
                reach: isLimited
                    ? .only(
                        assets: assets.map { AssetID($0) },
                        sensors: sensors.map { SensorID($0) }
                    ) : .everything
            ),
            expiresAt: days.map { now + $0 * 86_400 }
        )
        let created: CreatedNamedToken
        do throws(AuthError) {
            created = try await authenticator.createNamedToken(wanted, by: call.origin)
        } catch {
            guard case .invalid(let problems) = error else { throw error }
            let text = problems.map { "The \($0.field) \($0.message)." }.joined(separator: " ")
            return try await page(visit, problem: text)
        }
        let content = CreatedContent(name: created.token.name, token: created.text.exposed)
        return pages.page("token", "New API token", visit, content).answer()
    }

    /// Numbers with commas or blanks between them; nil if there is something else.
    private static func ids(_ text: String) -> [Int64]? {
        let words = text.split { $0 == "," || $0.isWhitespace }
        let ids = words.compactMap { Int64($0) }.filter { $0 > 0 }
        return ids.count == words.count ? ids : nil
    }

    private func revoke(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        if let id = Int64(call.form?.text("token") ?? "") {
            _ = try await authenticator.revokeNamedToken(id, of: visit.user.id, by: call.origin)
        }
        return .redirect(to: "/tokens?notice=revoked")
    }
}
