internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// The audit log, newest events first: all of it, an account's and a user's.
///
/// Query: `action` (how its name begins), `actor` and `subject` (`user:12`), `since` and `until`
/// (ISO 8601 with an offset), `limit` (1 to 1,000, default 100), `before` (an event's number, for the
/// next page: `next` of the page before).
struct AuditRoutes: Sendable {
    let audit: AuditLog

    var routes: [Route] {
        [
            Route(.get, "/api/penstock/v1/audit", .having(.read, .auditLog)) { call in
                try await page(call, try Self.filter(call))
            },
            Route(
                .get,
                "/api/penstock/v1/accounts/{id}/audit",
                .on(.accountAuditLog, .read)
            ) { call in
                guard let account = call.account else { throw Refusal.forbidden }
                var filter = try Self.filter(call)
                filter.account = account.id
                return try await page(call, filter)
            },
            Route(.get, "/api/penstock/v1/users/{id}/audit", .on(.userAuditLog, .read)) { call in
                guard let user = call.user else { throw Refusal.forbidden }
                var filter = try Self.filter(call)
                filter.user = user.id
                return try await page(call, filter)
            },
        ]
    }

    private static let known = [
        "action", "actor", "subject", "since", "until", "before", "limit",
    ]

    /// - Throws: 422 for values that are wrong; unknown fields are ignored, as elsewhere.
    private static func filter(_ call: Call) throws(RequestRefusal) -> AuditFilter {
        var reader = FieldReader(location: "query")
        for field in call.query where known.contains(field.name) {
            reader.fields[field.name] = .string(field.value)
        }
        for name in known where reader.fields[name]?.string?.utf8.contains(0) == true {
            reader.fault(name, FieldTexts.notAString)
        }
        var filter = AuditFilter()
        filter.actionPrefix = reader.string("action", byteCountMax: 64)
        filter.subject = reader.string("subject", byteCountMax: 128)
        filter.actor = reader.integer("actor").map { UserID($0) }
        filter.since = reader.moment("since")?.timestamp.microseconds
        filter.until = reader.moment("until")?.timestamp.microseconds
        filter.before = reader.integer("before")
        if let limit = reader.integer("limit") {
            if (1...1_000).contains(limit) {
                filter.countMax = Int(limit)
            } else {
                reader.fault("limit", "Must be from 1 to 1000.")
            }
        }
        try RequestRefusal.check(reader.errors)
        return filter
    }

    private func page(_ call: Call, _ filter: AuditFilter) async throws -> Answer {
        let records = try await audit.events(filter)
        let isFull = records.count == filter.countMax
        return Answer(
            200,
            [
                "events": .array(records.map { .object(Self.document($0)) }),
                "next": isFull ? records.last.map { .integer($0.sequence) } ?? .null : .null,
                "status": 200,
            ]
        )
    }

    private static func document(_ record: AuditRecord) -> JSONObject {
        let details = try? JSONValue(parsing: Array(record.details.utf8))
        return [
            "account": record.account.map(JSONValue.integer) ?? .null,
            "action": .string(record.action), "actor": .string(record.actor),
            "address": record.address.map(JSONValue.string) ?? .null,
            "at": .string(Timestamp(microseconds: record.occurredAt).iso8601()),
            "details": details ?? .string(record.details), "event": .integer(record.sequence),
            "hash": .string(record.hashText),
            "request_id": record.requestID.map(JSONValue.string) ?? .null,
            "subject": record.subject.map(JSONValue.string) ?? .null,
            "user": record.actorUser.map(JSONValue.integer) ?? .null,
        ]
    }
}
