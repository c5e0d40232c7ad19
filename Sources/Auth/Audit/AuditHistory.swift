package import Model
internal import Postgres

/// Whose history is asked for.
package enum AuditScope: Sendable, Hashable {
    /// What happened to an asset and its sensors.
    case asset(AssetID)
    /// What happened to an account and its users.
    case account(AccountID)
    /// What happened to a user, and what the user changed of accounts.
    case user(UserID)

    /// SQL behind WHERE.
    fileprivate var condition: SQL {
        switch self {
        case .asset(let id): "subject = \("asset:\(id)")"
        case .account(let id):
            "account = \(id.rawValue) AND action ~ '^(account|user|password)[.]'"
        case .user(let id):
            """
            (subject = \("user:\(id)") AND action ~ '^(user|password)[.]'
                OR actor_user = \(id.rawValue) AND starts_with(action, 'account.'))
            """
        }
    }
}

/// A part of a history, and how long all of it is.
package struct AuditHistory: Sendable {
    package let records: [AuditRecord]
    package let count: Int
}

extension AuditLog {
    /// A part of a history: `limit` events behind the first `offset`.
    ///
    /// `isDescending`: newest first; default oldest first, as it happened.
    /// - Throws: `.unavailable`, `.failed`.
    package func history(
        _ scope: AuditScope,
        isDescending: Bool = false,
        offset: Int = 0,
        limit: Int = .max
    ) async throws(AuthError) -> AuditHistory {
        let order: SQL = isDescending ? "DESC" : "ASC"
        let condition = scope.condition
        do {
            return try await pool.withConnection(retryingOnce: true) { connection in
                let count = try connection.query(
                    "SELECT count(*) FROM audit_event WHERE \(condition)"
                ).int(0, 0)
                let rows = try connection.query(
                    """
                    SELECT \(AuditTable.columns) FROM audit_event WHERE \(condition)
                    ORDER BY sequence \(order) OFFSET \(offset) LIMIT \(limit)
                    """
                )
                return AuditHistory(records: try AuditTable.records(rows), count: Int(count))
            }
        } catch {
            throw AuthError(error)
        }
    }
}
