internal import Auth
internal import HTTPTypes

/// One endpoint: method, path, who may call it, and what it does.
struct Route: Sendable {
    /// Who may call a route. There is no default: a route without one does not compile.
    enum Access: Sendable, Equatable {
        /// Anyone, without a token.
        case everyone
        /// Callers on this machine, and users who may read everything.
        case operators
        /// Whoever has this permission on the object that the path names.
        case on(Subject, Permission)
        /// Whoever has this permission on an object that is there once.
        case having(Permission, Facts)
        /// Clients of line protocol. The handler lets them in by `Gate.lineCaller`, because they
        /// have credentials of more kinds, and read refusals of another shape.
        case lineClients
        /// Whoever has a valid token. The handler asks about what the body names by
        /// `Gate.object`.
        case users
        /// Whoever has logged in with a browser; others are sent to the login. What is sent must come
        /// from a form that this server has shown to the session.
        case pages
        /// Anyone, with a browser. What is sent must come from a form that this server has shown to
        /// the browser.
        case visitors
    }

    typealias Handler = @Sendable (Call) async throws -> Answer

    let method: HTTPRequest.Method
    /// As it was declared, with the names of its variable segments.
    let path: String
    /// Path segments; nil stands for a variable one.
    let pattern: [String?]
    let access: Access
    /// Whether the handler takes less than a millisecond of its thread at a time if little is sent,
    /// and so may have the connection's (`EventLoopExecutor`).
    let isShort: Bool
    let handler: Handler

    /// `path`: such as `/api/v3_0/sensors/{id}/data`.
    init(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ access: Access,
        isShort: Bool = false,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        pattern = path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("{") ? nil : String($0) }
        self.access = access
        self.isShort = isShort
        self.handler = handler
    }

    /// The path's variable segments if it is this route's, else nil.
    func match(_ segments: [Substring]) -> [Substring]? {
        guard segments.count == pattern.count else { return nil }
        var parameters: [Substring] = []
        for (segment, expected) in zip(segments, pattern) {
            if let expected {
                guard segment == expected else { return nil }
            } else {
                parameters.append(segment)
            }
        }
        return parameters
    }
}
