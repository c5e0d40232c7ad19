internal import Auth
internal import HTTPTypes
internal import Hummingbird

extension Call {
    /// A field of the query part; the empty text if it is not there.
    func queryText(_ name: String) -> String { query.first { $0.name == name }?.value ?? "" }

    /// What a visitor's forms prove themselves by: what the browser has, or a new one with the cookie
    /// that brings it.
    func visitor() -> (id: Secret<String>, cookies: [HTTPField]) {
        if let id = PageCookie.visitor.value(request.headers), id.exposed.utf8.count == 43 {
            return (id, [])
        }
        let id = FormToken.makeVisitor()
        return (id, [PageCookie.visitor.set(id)])
    }
}

extension Accounts {
    /// Lets somebody try.
    ///
    /// - Throws: `Refusal.tooManyTries`, or what the guard throws.
    func admit(_ attempt: LoginAttempt) async throws {
        if case .refused(let seconds) = try await loginGuard.check(attempt) {
            throw Refusal.tooManyTries(retryAfterSeconds: seconds)
        }
    }

    /// Tells a user of a change, off the path of the request.
    func tell(_ user: User, of change: MailTexts.Change) {
        if let message = MailTexts.notice(user.email, of: change) { mail.send(message) }
    }
}

extension SecondFactorError {
    /// What is not the page's to explain.
    var refusal: any Error {
        switch self {
        case .auth(let error): error
        case .tooManyTries: Refusal.tooManyTries(retryAfterSeconds: 3_600)
        default: Refusal.forbidden
        }
    }
}

extension String {
    /// Without blanks at its ends, which come with copying.
    var trimmingBlanks: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
