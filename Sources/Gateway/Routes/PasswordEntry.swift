internal import Auth
internal import Hummingbird
internal import Model

/// Checks e-mail, password and, where it is needed, a code: for the endpoints that take them in
/// their body. Whatever token comes along is not looked at.
struct PasswordEntry: Sendable {
    let authenticator: Authenticator
    let logins: PasswordLogins
    /// Where codes go.
    let mail: MailQueue
    /// `SECURITY_API_REQUIRES_SECOND_FACTOR`.
    let requiresFactor: Bool

    /// - Returns: a token of the user.
    /// - Throws: `FactorRefusal` if it is the code that is missing or wrong; `Refusal`, `AuthError`.
    func enter(
        email: String,
        password: String,
        code: String?,
        _ call: Call
    ) async throws -> IssuedToken {
        do {
            return try await logins.attempt(email: email, call) {
                try await authenticator.issueToken(
                    email: email,
                    password: password,
                    code: code,
                    requiresFactor: requiresFactor,
                    by: call.origin,
                    mail: { code in
                        if let message = MailTexts.code(code) { mail.send(message) }
                    }
                )
            }
        } catch let error as SecondFactorError {
            if case .auth(let error) = error { throw error }
            throw FactorRefusal(error)
        }
    }
}

/// Why a right password is not enough, in the shape in which FlexMeasures refuses a password.
struct FactorRefusal: Error {
    let error: SecondFactorError

    init(_ error: SecondFactorError) { self.error = error }

    var answer: Answer {
        switch error {
        case .codeNeeded(let methods):
            Answer(
                401,
                [
                    "errors": .array([.string(Self.text(methods))]),
                    "second_factor": .array(methods.names.map { .string($0) }),
                    "status": 401,
                ]
            )
        case .wrongCode(let triesLeft):
            Self.refused("The code is wrong or was used before. Tries left: \(triesLeft).")
        case .tooManyTries:
            Answer(
                429,
                [
                    "message":
                        "There were too many wrong codes: logins of this user are blocked for a day.",
                    "result": "Rejected", "status": "TOO_MANY_REQUESTS",
                ]
            ).with(.retryAfter, "86400")
        default:
            Self.refused(
                "There were too many wrong codes, or the code took too long: ask for a token without a code to begin again."
            )
        }
    }

    private static func refused(_ text: String) -> Answer {
        Answer(401, ["errors": .array([.string(text)]), "status": 401])
    }

    private static func text(_ methods: FactorMethods) -> String {
        var ways: [String] = []
        if methods.contains(.app) { ways.append("of your authenticator app") }
        if !methods.contains(.app) { ways.append("that was mailed to you") }
        if methods.contains(.recovery) { ways.append("from your list of recovery codes") }
        return
            "A second factor is needed. Repeat the request with a field `code`: a code \(ways.joined(separator: " or ")). Programs use a named API token instead, which needs no code."
    }
}
