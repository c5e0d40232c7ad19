internal import Postgres

/// Why Auth refuses. Named for what the caller does next; carries no secret.
package enum AuthError: Error, Hashable, CustomStringConvertible {
    /// No token, or one that is not valid (any more): answer 401.
    case unauthenticated
    /// Unknown e-mail, wrong password or inactive user, indistinguishably: answer 401.
    case wrongCredentials
    /// Too many passwords wait to be hashed: answer 503 with Retry-After.
    case busy
    /// The user table cannot be asked, so nothing can be said about the token: answer 503 with
    /// Retry-After, never 401, or clients would throw good tokens away.
    case unavailable
    /// The request is wrong and will stay so: answer 422 with the fields.
    case invalid([FieldProblem])
    /// There is no such user: answer 404.
    case unknownUser
    /// A defect, or a database that refuses; the text is for the log: answer 500.
    case failed(String)

    /// What an error of the Postgres module means to the callers of Auth.
    init(_ error: any Error) {
        switch error {
        case let error as AuthError: self = error
        case let error as PostgresError where error.isRetryable: self = .unavailable
        case let error as PostgresError: self = .failed("\(error)")
        default: self = .failed("unknown error of type \(type(of: error))")
        }
    }

    package var description: String {
        switch self {
        case .unauthenticated: "not authenticated"
        case .wrongCredentials: "wrong e-mail or password"
        case .busy: "too many passwords wait to be checked"
        case .unavailable: "the user table is unavailable"
        case .invalid(let problems): problems.map(\.description).joined(separator: "; ")
        case .unknownUser: "there is no such user"
        case .failed(let text): text
        }
    }
}

/// One field of a request and what is wrong with it.
package struct FieldProblem: Sendable, Hashable, CustomStringConvertible {
    /// As the API spells it: `email`, `username`, `password`, `account_id`, `timezone`.
    package let field: String
    /// A sentence without the refused value, which may be a secret.
    package let message: String

    package init(_ field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    package var description: String { "\(field): \(message)" }
}
