package import Postgres
internal import Model

/// Writes what other modules change to the audit log.
package struct AuditTrail: ChangeTrail {
    private let origin: AuditOrigin

    /// `origin`: who changes it.
    package init(by origin: AuditOrigin) { self.origin = origin }

    package func append(
        _ changes: [RecordedChange],
        on connection: borrowing PostgresConnection
    ) throws {
        guard !changes.isEmpty else { return }
        let events = changes.map { change in
            AuditEvent(
                AuditEvent.Action(rawValue: change.action),
                by: origin,
                subject: change.subject,
                account: change.account.map { AccountID($0) },
                details: change.details
            )
        }
        try connection.query(AuditTable.append(events))
    }
}
