internal import Model
package import Postgres

/// The statements on the audit log.
package enum AuditTable {
    /// Writes one event, as a part of the transaction that it documents: last, because it waits for
    /// other writers of the log.
    package static func append(_ event: AuditEvent) -> SQL {
        "SELECT penstock_audit_append(\(arguments(event)))"
    }

    /// Writes events in order, as one statement.
    static func append(_ events: [AuditEvent]) -> SQL {
        let rows = rows(events[...])
        return """
            SELECT penstock_audit_append(e.at, e.actor, e.actor_user, e.action, e.subject,
                e.account, e.address, e.request_id, e.details)
            FROM (SELECT * FROM (VALUES \(rows)) v (number, at, actor, actor_user, action, subject,
                account, address, request_id, details) ORDER BY number) e
            """
    }

    /// Rows of VALUES, numbered. Halves are joined: adding one after the other would renumber the
    /// values of all before it each time.
    private static func rows(_ events: ArraySlice<AuditEvent>) -> SQL {
        guard events.count > 1 else {
            return events.first.map {
                "(\(events.startIndex)::int, \(arguments($0)))"
            } ?? ""
        }
        let middle = events.startIndex + events.count / 2
        return "\(rows(events[..<middle])), \(rows(events[middle...]))"
    }

    private static func arguments(_ event: AuditEvent) -> SQL {
        var user: Int64?
        let actor: String
        switch event.origin.actor {
        case .user(let id): (actor, user) = ("user", id.rawValue)
        case .anonymous: actor = "anonymous"
        case .operator: actor = "operator"
        case .system: actor = "system"
        }
        let at = event.at.map(PostgresValue.timestamp) ?? .null
        return """
            \(at)::timestamptz, \(actor)::text, \(user)::bigint,
            \(clean(event.action.rawValue, 64) ?? "unnamed")::text,
            \(clean(event.subject, 128))::text, \(event.account?.rawValue)::bigint,
            \(clean(event.origin.address, 256))::text,
            \(clean(event.origin.requestID, 256))::text, \(AuditDetails.json(event.details))::text
            """
    }

    /// What comes from outside fits the column and has no control characters; nil if it is empty.
    private static func clean(_ text: String?, _ byteCountMax: Int) -> String? {
        guard let text, !text.isEmpty else { return nil }
        var cleaned = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control
            let kept: Unicode.Scalar = isControl ? "\u{FFFD}" : scalar
            guard cleaned.utf8.count + String(kept).utf8.count <= byteCountMax else { break }
            cleaned.unicodeScalars.append(kept)
        }
        return cleaned.isEmpty ? nil : cleaned
    }

    static let columns: SQL = """
        sequence, occurred_at, actor, actor_user, action, subject, account, address, request_id,
        details, previous_hash, hash
        """

    /// Up to `countMax` rows after `sequence`, ascending.
    static func after(_ sequence: Int64, countMax: Int) -> SQL {
        """
        SELECT \(columns) FROM audit_event WHERE sequence > \(sequence)
        ORDER BY sequence LIMIT \(countMax)
        """
    }

    /// The newest rows that pass the filter, newest first.
    static func newest(_ filter: AuditFilter) -> SQL {
        let (since, until) = (
            filter.since.map(PostgresValue.timestamp) ?? .null,
            filter.until.map(PostgresValue.timestamp) ?? .null
        )
        let action = filter.actionPrefix
        return """
            SELECT \(columns) FROM audit_event
            WHERE (\(filter.actor?.rawValue)::bigint IS NULL OR actor_user = \(filter.actor?.rawValue))
                AND (\(filter.subject)::text IS NULL OR subject = \(filter.subject))
                AND (\(filter.account?.rawValue)::bigint IS NULL
                    OR account = \(filter.account?.rawValue) OR subject IN (
                        SELECT 'user:' || id FROM app_user
                        WHERE account_id = \(filter.account?.rawValue)))
                AND (\(filter.user?.rawValue)::bigint IS NULL
                    OR actor_user = \(filter.user?.rawValue)
                    OR subject = \(filter.user.map { "user:\($0.rawValue)" }))
                AND (\(action)::text IS NULL OR starts_with(action, \(action)))
                AND (\(since)::timestamptz IS NULL OR occurred_at >= \(since))
                AND (\(until)::timestamptz IS NULL OR occurred_at < \(until))
                AND (\(filter.before)::bigint IS NULL OR sequence < \(filter.before))
            ORDER BY sequence DESC LIMIT \(filter.countMax)
            """
    }

    static let head: SQL = "SELECT sequence, hash FROM audit_head"

    static func records(_ rows: PostgresRows) throws(PostgresError) -> [AuditRecord] {
        var records: [AuditRecord] = []
        for row in 0..<rows.count {
            records.append(
                AuditRecord(
                    sequence: try rows.int(row, 0),
                    occurredAt: try rows.timestamp(row, 1),
                    actor: rows.string(row, 2),
                    actorUser: try rows.optionalInt(row, 3),
                    action: rows.string(row, 4),
                    subject: rows.optionalString(row, 5),
                    account: try rows.optionalInt(row, 6),
                    address: rows.optionalString(row, 7),
                    requestID: rows.optionalString(row, 8),
                    details: rows.string(row, 9),
                    previousHash: rows.bytes(row, 10),
                    hash: rows.bytes(row, 11)
                )
            )
        }
        return records
    }
}
