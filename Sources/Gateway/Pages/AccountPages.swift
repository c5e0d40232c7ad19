internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// My account: who I am, where I am logged in, and the password.
struct AccountPages: Sendable {
    let pages: UserPages

    private var authenticator: Authenticator { pages.authenticator }

    var routes: [Route] {
        [
            Route(.get, "/", .pages) { _ in .redirect(to: "/logged-in-user") },
            Route(.get, "/logged-in-user", .pages, show),
            Route(.post, "/logged-in-user/sessions", .pages, endSession),
            Route(.get, "/change", .pages, showChange),
            Route(.post, "/change", .pages, change),
        ]
    }

    private struct Session {
        let id: Int64
        let browser: String
        let address: String
        let created: String
        let lastSeen: String
        let isCurrent: Bool
    }

    private struct Content {
        let name: String
        let email: String
        let account: String
        let accountRoles: String?
        let roles: String?
        let timezone: String
        let hasApp: Bool
        let emailAlways: Bool
        let recoveryCodesLeft: Int
        let tokenCount: Int
        let sessions: [Session]
        let notice: String?
    }

    private func show(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        let user = visit.user
        let account = pages.gate.catalog.account(user.account)
        let times = pages.times(visit)
        let sessions = try await authenticator.sessions(of: user.id, current: visit.session)
        let factors: FactorStatus
        do throws(SecondFactorError) {
            factors = try await authenticator.factorStatus(of: user.id)
        } catch {
            throw error.refusal
        }
        let now = SystemWallClock().now().microseconds
        let tokens = try await authenticator.namedTokens(of: user.id).filter { token in
            token.revokedAt == nil && (token.expiresAt ?? .max) > now
        }
        let roles = user.roles.names.joined(separator: ", ")
        let accountRoles = (account?.roles ?? []).map(\.name).joined(separator: ", ")
        let content = Content(
            name: user.username,
            email: user.email,
            account: account?.name ?? "",
            accountRoles: accountRoles.isEmpty ? nil : accountRoles,
            roles: roles.isEmpty ? nil : roles,
            timezone: user.timezone,
            hasApp: factors.hasApp,
            emailAlways: factors.emailAlways,
            recoveryCodesLeft: factors.recoveryCodesLeft,
            tokenCount: tokens.count,
            sessions: sessions.map { session in
                Session(
                    id: session.id,
                    browser: BrowserName.short(session.browser ?? ""),
                    address: session.address ?? "this machine",
                    created: times.text(session.createdAt),
                    lastSeen: times.text(session.lastSeenAt),
                    isCurrent: session.isCurrent
                )
            },
            notice: Self.notice(call.queryText("notice"))
        )
        return pages.page("account", "My account", visit, content).answer()
    }

    private static func notice(_ code: String) -> String? {
        switch code {
        case "password":
            "Your password was changed, and all other logins have ended. Named API tokens go on."
        case "session": "That browser is logged out."
        default: nil
        }
    }

    private func endSession(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        if let number = Int64(call.form?.text("session") ?? "") {
            _ = try await authenticator.endSession(number, of: visit.user.id, by: call.origin)
        }
        return .redirect(to: "/logged-in-user?notice=session")
    }

    private struct ChangeContent { var problem: String? }

    private func showChange(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        return pages.page("change", "Change password", visit, ChangeContent()).answer()
    }

    private func change(_ call: Call) async throws -> Answer {
        let visit = try pages.visit(call)
        func again(_ problem: String) -> Answer {
            pages.page("change", "Change password", visit, ChangeContent(problem: problem))
                .answer(422)
        }
        let wanted = call.form?.text("new_password") ?? ""
        guard wanted == call.form?.text("new_password_confirm") else {
            return again("The two new passwords differ.")
        }
        guard try await pages.prove(call, visit) != nil else {
            return again(UserPages.wrongPassword)
        }
        let kept = try pages.keeping(visit)
        do throws(AuthError) {
            _ = try await authenticator.setPassword(
                of: visit.user.id,
                to: wanted,
                keeping: kept,
                by: call.origin
            )
        } catch {
            guard case .invalid(let problems) = error else { throw error }
            return again(PasswordText.problem(problems))
        }
        pages.accounts.tell(visit.user, of: .password)
        return .redirect(
            to: "/logged-in-user?notice=password",
            cookies: [PageCookie.session.set(kept.id)]
        )
    }
}

/// What browsers call themselves, as people call them.
enum BrowserName {
    static func short(_ text: String) -> String {
        let names = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ]
        let systems = [
            ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"),
        ]
        let name = names.first { text.contains($0.0) }?.1
        let system = systems.first { text.contains($0.0) }?.1
        switch (name, system) {
        case (let name?, let system?): return "\(name) on \(system)"
        case (let name?, nil): return name
        default:
            let word = text.prefix { $0 != " " }.prefix(40)
            return word.isEmpty ? "Unknown browser" : String(word)
        }
    }
}
