/// What a caller of Postgres can act on: retry later, or read what the server refused.
package enum PostgresError: Error, Hashable, CustomStringConvertible {
    /// No connection, a lost one, or no answer in time. Retryable; whether a statement under way
    /// took effect is unknown. The text may quote the connection string: it goes to logs redacted.
    case unavailable(String)
    /// The server refused a statement. `sqlState` is its five-letter code (Postgres docs, Appendix A).
    case server(sqlState: String, message: String)
    /// The server answered something that this client did not ask for, or a value of another type.
    case unexpected(String)

    /// Whether the same request may succeed later without being changed: connection losses, and the
    /// classes 08 (connection), 40 (rolled back), 53 (resources, such as a full disk), 55 (not in
    /// the right state), 57 (operator intervention) and 58 (system error) of Appendix A.
    package var isRetryable: Bool {
        switch self {
        case .unavailable: true
        case .unexpected: false
        case .server(let sqlState, _):
            ["08", "40", "53", "55", "57", "58"].contains(sqlState.prefix(2))
        }
    }

    package var description: String {
        switch self {
        case .unavailable(let text): "postgres is unavailable: \(text)"
        case .server(let sqlState, let message): "postgres refused (\(sqlState)): \(message)"
        case .unexpected(let text): "unexpected answer of postgres: \(text)"
        }
    }
}
