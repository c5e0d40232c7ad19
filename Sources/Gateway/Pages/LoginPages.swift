internal import Auth
internal import HTTPTypes
internal import Hummingbird

/// Login and logout: e-mail and password first, then a code, then a session.
struct LoginPages: Sendable {
    let gate: Gate
    let accounts: Accounts

    private var authenticator: Authenticator { gate.authenticator }

    var routes: [Route] {
        [
            Route(.get, "/login", .visitors, show),
            Route(.post, "/login", .visitors, begin),
            Route(.get, "/tf-validate", .visitors, showCode),
            Route(.post, "/tf-validate", .visitors, complete),
            Route(.post, "/tf-validate/mail", .visitors, mailAgain),
            Route(.post, "/logout", .pages, end),
        ]
    }

    private struct LoginContent {
        let next: String
        var problem: String?
        var notice: String?
    }

    private func show(_ call: Call) async throws -> Answer {
        let next = ReturnPath(call.queryText("next"))
        let session = PageCookie.session.value(call.request.headers)
        if session != nil, (try? await gate.principal(session: session)) != nil {
            return .redirect(to: next.text)
        }
        let notice: String? =
            switch call.queryText("notice") {
            case "ended": "That login has ended. Please start again with your password."
            case "reset": "Your password was changed. You can log in with it now."
            case "out": "You are logged out."
            case "everywhere": "You are logged out everywhere."
            default: nil
            }
        return page(call, LoginContent(next: next.text, notice: notice))
    }

    private func page(_ call: Call, _ content: LoginContent, status: Int = 200) -> Answer {
        let visitor = call.visitor()
        return Page(
            template: "login",
            title: "Log in",
            proof: authenticator.formToken.text(for: .visitor(visitor.id)),
            content: content
        ).answer(status, cookies: visitor.cookies)
    }

    /// The first step. Nothing in the answer depends on whether anyone has this address.
    private func begin(_ call: Call) async throws -> Answer {
        guard let form = call.form else { throw Refusal.unproven }
        let email = form.text("email").trimmingBlanks
        let next = ReturnPath(form.text("next"))
        let attempt = LoginAttempt(kind: .login, email: email, address: call.caller.address)
        try await accounts.admit(attempt)
        let step: LoginStep
        do throws(SecondFactorError) {
            step = try await authenticator.beginLogin(
                email: email,
                password: form.text("password"),
                device: PageCookie.device.value(call.request.headers),
                by: call.origin
            )
        } catch {
            switch error {
            case .auth(.wrongCredentials), .auth(.invalid):
                await accounts.loginGuard.report(attempt, succeeded: false)
                let problem = "The e-mail address or the password is wrong."
                return page(call, LoginContent(next: next.text, problem: problem))
            case .tooManyTries:
                let problem =
                    "There were too many wrong codes for this user today. Try again tomorrow, or ask whoever runs this server."
                return page(call, LoginContent(next: next.text, problem: problem), status: 429)
                    .with(.retryAfter, "3600")
            default: throw error.refusal
            }
        }
        await accounts.loginGuard.report(attempt, succeeded: true)
        switch step {
        case .complete(let login): return try await open(call, login, next)
        case .halfOpen(let login):
            if !login.methods.contains(.app) { try await mailCode(login.id) }
            return .redirect(
                to: next.appended(to: "/tf-validate"),
                cookies: [PageCookie.login.set(login.id)]
            )
        }
    }

    /// Queues the mail; the answer does not wait for it.
    private func mailCode(_ login: Secret<String>) async throws {
        do throws(SecondFactorError) {
            let mail = try await authenticator.makeMailedCode(login: login)
            if let message = MailTexts.code(mail) { accounts.mail.send(message) }
        } catch {
            switch error {
            case .tooManyCodes, .loginEnded: return
            default: throw error.refusal
            }
        }
    }

    private struct CodeContent {
        let next: String
        let hasApp: Bool
        let isMailed: Bool
        let hasRecovery: Bool
        let mayMail: Bool
        var problem: String?
        var notice: String?
    }

    private func showCode(_ call: Call) async throws -> Answer {
        try await codePage(
            call,
            next: ReturnPath(call.queryText("next")),
            notice: call.queryText("notice") == "mailed" ? "A new code is on its way." : nil
        )
    }

    private func codePage(
        _ call: Call,
        next: ReturnPath,
        problem: String? = nil,
        notice: String? = nil
    ) async throws -> Answer {
        guard let login = PageCookie.login.value(call.request.headers) else {
            return .redirect(to: next.appended(to: "/login"))
        }
        let state: HalfOpenState
        do throws(SecondFactorError) {
            state = try await authenticator.halfOpenState(login)
        } catch {
            guard error == .loginEnded else { throw error.refusal }
            return startAgain(next)
        }
        let visitor = call.visitor()
        return Page(
            template: "code",
            title: "Enter your code",
            proof: authenticator.formToken.text(for: .visitor(visitor.id)),
            content: CodeContent(
                next: next.text,
                hasApp: state.methods.contains(.app),
                isMailed: state.codesSent > 0,
                hasRecovery: state.methods.contains(.recovery),
                mayMail: state.mayMail,
                problem: problem,
                notice: notice
            )
        ).answer(cookies: visitor.cookies)
    }

    private func startAgain(_ next: ReturnPath) -> Answer {
        .redirect(
            to: next.appended(to: "/login?notice=ended"),
            cookies: [PageCookie.login.cleared]
        )
    }

    private func complete(_ call: Call) async throws -> Answer {
        guard let form = call.form else { throw Refusal.unproven }
        let next = ReturnPath(form.text("next"))
        guard let id = PageCookie.login.value(call.request.headers) else {
            return startAgain(next)
        }
        let login: CompletedLogin
        do throws(SecondFactorError) {
            login = try await authenticator.completeLogin(
                id,
                code: form.text("code"),
                remembersDevice: form.isTicked("remember"),
                by: call.origin
            )
        } catch {
            switch error {
            case .wrongCode(let left) where left > 0:
                let tries = left == 1 ? "One try is left." : "\(left) tries are left."
                let problem = "The code is wrong, used, or too old. \(tries)"
                return try await codePage(call, next: next, problem: problem)
            case .wrongCode, .loginEnded: return startAgain(next)
            default: throw error.refusal
            }
        }
        return try await open(call, login, next)
    }

    private func mailAgain(_ call: Call) async throws -> Answer {
        guard let form = call.form else { throw Refusal.unproven }
        let next = ReturnPath(form.text("next"))
        guard let id = PageCookie.login.value(call.request.headers) else {
            return startAgain(next)
        }
        try await mailCode(id)
        return .redirect(to: next.appended(to: "/tf-validate?notice=mailed"))
    }

    /// Opens a session under a new id, whatever ids the browser brought along.
    private func open(
        _ call: Call,
        _ login: CompletedLogin,
        _ next: ReturnPath
    ) async throws -> Answer {
        let id: Secret<String>
        do throws(AuthError) {
            id = try await authenticator.openSession(
                login,
                browser: call.request.headers[.userAgent],
                by: call.origin
            )
        } catch .wrongCredentials {
            return startAgain(next)
        }
        if let former = PageCookie.session.value(call.request.headers) {
            try await authenticator.endSession(former, by: call.origin)
        }
        var cookies = [
            PageCookie.session.set(id), PageCookie.login.cleared, PageCookie.visitor.cleared,
        ]
        if let device = login.device { cookies.append(PageCookie.device.set(device)) }
        return .redirect(to: next.text, cookies: cookies)
    }

    private func end(_ call: Call) async throws -> Answer {
        guard let session = call.session, let user = call.principal?.user else {
            throw Refusal.unauthenticated
        }
        let isEverywhere = call.form?.isTicked("everywhere") == true
        try await authenticator.endSession(session, by: call.origin)
        if isEverywhere { try await authenticator.endTokens(of: user, by: call.origin) }
        return .redirect(
            to: isEverywhere ? "/login?notice=everywhere" : "/login?notice=out",
            cookies: [PageCookie.session.cleared]
        )
    }
}
