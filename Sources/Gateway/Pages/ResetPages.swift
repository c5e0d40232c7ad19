internal import Auth
internal import Hummingbird
internal import Model

/// A forgotten password: a mailed link, then a new password. The second factor is still asked for.
struct ResetPages: Sendable {
    let authenticator: Authenticator
    let accounts: Accounts

    var routes: [Route] {
        [
            Route(.get, "/reset", .visitors, show),
            Route(.post, "/reset", .visitors, ask),
            Route(.get, "/reset/{token}", .visitors, showForm),
            Route(.post, "/reset/{token}", .visitors, reset),
        ]
    }

    private struct Content {
        var isSent = false
        var problem: String?
    }

    private func page(
        _ call: Call,
        _ template: String,
        _ content: Content,
        _ status: Int = 200
    )
        -> Answer
    {
        let visitor = call.visitor()
        return Page(
            template: template,
            title: template == "reset" ? "Choose a new password" : "Forgot your password?",
            proof: authenticator.formToken.text(for: .visitor(visitor.id)),
            content: content
        ).answer(status, cookies: visitor.cookies)
    }

    private func show(_ call: Call) async throws -> Answer {
        let isVoid = call.queryText("notice") == "void"
        let problem = "That link was used already, or is older than an hour. Ask for a new one."
        return page(call, "forgotten", Content(problem: isVoid ? problem : nil))
    }

    /// The same answer at once for every address; what is to be mailed is found out afterwards.
    private func ask(_ call: Call) async throws -> Answer {
        guard let form = call.form else { throw Refusal.unproven }
        let email = form.text("email").trimmingBlanks
        let attempt = LoginAttempt(kind: .reset, email: email, address: call.caller.address)
        try await accounts.admit(attempt)
        guard accounts.reset.request(email: email, by: call.origin) else {
            throw Refusal.unavailable
        }
        return page(call, "forgotten", Content(isSent: true))
    }

    private func token(_ call: Call) -> Secret<String> {
        Secret(String(call.parameters.first ?? ""))
    }

    private func showForm(_ call: Call) async throws -> Answer {
        guard try await authenticator.isResetOpen(token(call)) else {
            return .redirect(to: "/reset?notice=void")
        }
        return page(call, "reset", Content())
    }

    private func reset(_ call: Call) async throws -> Answer {
        guard let form = call.form else { throw Refusal.unproven }
        let password = form.text("password")
        guard password == form.text("password_confirm") else {
            return page(call, "reset", Content(problem: "The two passwords differ."), 422)
        }
        let user: UserID
        do throws(AuthError) {
            user = try await authenticator.resetPassword(
                token(call),
                to: password,
                by: call.origin
            )
        } catch {
            switch error {
            case .wrongCredentials: return .redirect(to: "/reset?notice=void")
            case .invalid(let problems):
                let problem = PasswordText.problem(problems)
                return page(call, "reset", Content(problem: problem), 422)
            default: throw error
            }
        }
        if let user = authenticator.directory.user(user) { accounts.tell(user, of: .password) }
        return .redirect(
            to: "/login?notice=reset",
            cookies: [PageCookie.session.cleared, PageCookie.login.cleared]
        )
    }
}

/// Refusals of a new password as a sentence.
enum PasswordText {
    static func problem(_ problems: [FieldProblem]) -> String {
        "The new password " + problems.map(\.message).joined(separator: "; ") + "."
    }
}
