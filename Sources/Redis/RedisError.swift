/// What a caller of Redis can act on: retry later, or read what the server refused.
package enum RedisError: Error, Hashable, CustomStringConvertible {
    /// No connection, a lost one, or no answer in time. Retryable; whether a command under way took
    /// effect is unknown.
    case unavailable(String)
    /// The server refused a command. `code` is the first word of its answer, such as `WRONGTYPE`,
    /// `NOSCRIPT` or plain `ERR`.
    case server(code: String, message: String)
    /// The server answered something that this client did not ask for, or a request is one that no
    /// server could answer, such as an address that does not parse.
    case unexpected(String)

    /// Whether the same request may succeed later without being changed: connection losses, and the
    /// answers of a server that starts, fails over, or has no memory left.
    package var isRetryable: Bool {
        switch self {
        case .unavailable: true
        case .unexpected: false
        case .server(let code, _):
            ["LOADING", "BUSY", "TRYAGAIN", "OOM", "MASTERDOWN", "CLUSTERDOWN"].contains(code)
        }
    }

    package var description: String {
        switch self {
        case .unavailable(let text): "redis is unavailable: \(text)"
        case .server(let code, let message): "redis refused (\(code)): \(message)"
        case .unexpected(let text): "unexpected answer of redis: \(text)"
        }
    }

    /// From an error reply, whose first word is the code by Redis' convention.
    init(reply text: String) {
        let code = text.prefix { $0 != " " }
        self = .server(
            code: String(code),
            message: String(text.dropFirst(code.count).drop { $0 == " " })
        )
    }
}
