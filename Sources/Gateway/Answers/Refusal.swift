internal import Auth
internal import HTTPTypes
internal import TSEngine

/// Why a request is not carried out, in FlexMeasures' shapes (2.4 of its API's conventions).
enum Refusal: Error, Sendable {
    case unauthenticated
    case forbidden
    /// A browser sends what no form of this server has: a write with a cookie only.
    case unproven
    /// A page that needs a login, and where the visitor wanted to go.
    case loginNeeded(ReturnPath)
    /// Too many tries; the seconds to wait.
    case tooManyTries(retryAfterSeconds: Int)
    /// `message` names what was not found.
    case notFound(String)
    case unknownPath
    /// `allowed` are the path's methods.
    case wrongMethod(allowed: [String])
    case wrongCredentials
    /// The body is not JSON, or fields are wrong.
    case request(RequestRefusal)
    case replacement
    /// The limit in bytes.
    case tooLarge(Double)
    /// The body is compressed.
    case unsupportedEncoding
    /// The store or the database cannot take the request now.
    case unavailable
    /// A defect or damaged data: the text is in the log, under the request's id.
    case failed(requestID: String)

    /// What an error of the layers below means to a client. Nil for errors that nobody foresaw.
    init?(_ error: any Error) {
        switch error {
        case let refusal as Refusal: self = refusal
        case let refusal as RequestRefusal: self = .request(refusal)
        case let error as AuthError:
            switch error {
            case .unauthenticated: self = .unauthenticated
            case .wrongCredentials: self = .wrongCredentials
            case .busy, .unavailable: self = .unavailable
            case .invalid, .unknownUser, .failed: return nil
            }
        case let error as EngineError:
            switch error.code {
            case .replacement: self = .replacement
            case .overloaded, .unavailable, .stopped: self = .unavailable
            default: return nil
            }
        default: return nil
        }
    }

    var answer: Answer {
        switch self {
        case .unauthenticated:
            Answer(
                401,
                [
                    "message":
                        "You could not be properly authenticated for this content or functionality.",
                    "status": "UNAUTHORIZED",
                ]
            )
        case .forbidden:
            Answer(
                403,
                [
                    "message": "You cannot be authorized for this content or functionality.",
                    "result": "Rejected", "status": "INVALID_SENDER",
                ]
            )
        case .unproven:
            Answer(
                403,
                [
                    "message":
                        "A request with a cookie needs the header X-CSRF-Token, or the form's csrf_token, and must come from a page of this server.",
                    "result": "Rejected", "status": "INVALID_SENDER",
                ]
            )
        case .loginNeeded(let path): Answer.redirect(to: path.appended(to: "/login"))
        case .tooManyTries(let seconds):
            Answer(
                429,
                [
                    "message": "Too many tries. Please wait before you try again.",
                    "result": "Rejected", "status": "TOO_MANY_REQUESTS",
                ]
            ).with(.retryAfter, "\(seconds)")
        case .notFound(let message): Answer(404, ["message": .string(message), "status": 404])
        case .unknownPath:
            Answer(
                404,
                [
                    "message":
                        "The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.",
                    "status": 404,
                ]
            )
        case .wrongMethod(let allowed):
            Answer(
                405,
                ["message": "The method is not allowed for the requested URL.", "status": 405]
            ).with(.allow, allowed.joined(separator: ", "))
        case .wrongCredentials:
            Answer(
                401,
                ["errors": .array(["User password does not match."]), "status": 401]
            )
        case .request(let refusal): Answer(refusal.status, refusal.body)
        case .replacement:
            Answer(
                403,
                [
                    "message":
                        "Some of the data represents a replacement: existing values would be changed for the same sensor, source, event timestamp and belief time. This is reserved for customized servers. If you are hosting FlexMeasures, you can enable replacements by setting FLEXMEASURES_ALLOW_DATA_OVERWRITE=True in the configuration settings. Alternatively, submit the data with a different prior, or check whether the same file was already uploaded with different values.",
                    "results": "Rejected", "status": "INVALID_REPLACEMENT",
                ]
            )
        case .tooLarge(let limit):
            Answer(
                413,
                [
                    "message": .string(
                        "Request body exceeds the configured limit of \(limit) bytes."
                    ),
                    "result": "Rejected", "status": "PAYLOAD_TOO_LARGE",
                ]
            )
        case .unsupportedEncoding:
            Answer(
                415,
                [
                    "message": "Send the body as it is, without a Content-Encoding.",
                    "result": "Rejected", "status": "UNSUPPORTED_MEDIA_TYPE",
                ]
            )
        case .unavailable:
            Answer(
                503,
                [
                    "message":
                        "The server cannot take this request now. Please repeat it; repeating is safe.",
                    "result": "Rejected", "status": "SERVICE_UNAVAILABLE",
                ]
            ).with(.retryAfter, "1")
        case .failed(let requestID):
            Answer(
                500,
                [
                    "message": .string("Internal server error. Request id: \(requestID)."),
                    "status": 500,
                ]
            )
        }
    }
}
