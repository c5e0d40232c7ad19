package import Postgres

/// Why the catalog did not do what it was asked, named for what the caller does next.
package enum CatalogError: Error, Hashable, CustomStringConvertible {
    /// Mend this field. Field names are those of the API, messages are whole sentences for people.
    case invalid(field: String, message: String)
    /// Another row has this value already: choose another one.
    case duplicate(field: String, message: String)
    /// The field names a row that does not exist (any more).
    case missing(field: String, message: String)
    /// The database does not answer, or not now. Retryable; whether a write took effect is unknown.
    case unavailable(cause: PostgresError)
    /// The database refused something that this program takes for right: someone must look at it.
    case unexpected(cause: PostgresError)

    init(_ error: PostgresError) {
        self = error.isRetryable ? .unavailable(cause: error) : .unexpected(cause: error)
    }

    /// For logs and terminals. Leaves out the cause of `.unavailable`, whose text may quote the
    /// connection string.
    package var description: String {
        switch self {
        case .invalid(let field, let message), .duplicate(let field, let message),
            .missing(let field, let message):
            "\(field): \(message)"
        case .unavailable: "the catalog's database does not answer"
        case .unexpected(let cause): "the catalog's database refused: \(cause)"
        }
    }
}
