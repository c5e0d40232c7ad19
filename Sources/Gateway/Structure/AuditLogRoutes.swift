internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `GET /api/v3_0/<accounts|users|assets>/<id>/auditlog`: the history of an object, from the audit
/// log, in FlexMeasures' shapes.
struct AuditLogRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v3_0/accounts/{id}/auditlog",
                .on(.accountAuditLog, .read),
                structure.handler(ofAccount)
            ),
            Route(
                .get,
                "/api/v3_0/users/{id}/auditlog",
                .on(.userAuditLog, .read),
                structure.handler(ofUser)
            ),
            Route(
                .get,
                "/api/v3_0/assets/{id}/auditlog",
                .on(.assetAuditLog, .read),
                structure.handler(ofAsset)
            ),
        ]
    }

    private var texts: AuditTexts { AuditTexts(directory: structure.authenticator.directory) }

    private func ofAccount(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let account = call.account else { throw Refusal.forbidden }
        let history = try await structure.authenticator.audit.history(.account(account.id))
        return Answer(
            list: history.records.map { record in
                .object([
                    "active_user_id": texts.actor(record),
                    "event": .string(texts.event(record)),
                    "event_datetime": .string(
                        HTTPDate.text(Timestamp(microseconds: record.occurredAt))
                    ),
                ])
            }
        )
    }

    private func ofUser(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let user = call.user else { throw Refusal.forbidden }
        return try await answer(call, .user(user.id), isPaged: false)
    }

    private func ofAsset(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        return try await answer(call, .asset(asset.id), isPaged: true)
    }

    /// `isPaged`: also without a page number.
    private func answer(_ call: Call, _ scope: AuditScope, isPaged: Bool) async throws -> Answer {
        var query = StructureQuery(call)
        let terms = query.terms()
        let paging = query.paging(sortedBy: ["event_datetime"])
        try query.check()
        let isPage = isPaged || paging.page != nil
        let audit = structure.authenticator.audit
        // Texts are made here, so a search for words reads all.
        if let words = terms?.first?.split(separator: " ").map({ $0.lowercased() }) {
            let all = try await audit.history(scope, isDescending: paging.isDescending)
            let found = all.records.filter { record in
                let text = texts.event(record).lowercased()
                return words.contains { text.contains($0) }
            }
            var paging = paging
            if isPage { paging.page = paging.page ?? 1 }
            return try paging.answer(found, count: all.count, document)
        }
        let history = try await audit.history(
            scope,
            isDescending: paging.isDescending,
            offset: isPage ? paging.offset : 0,
            limit: isPage ? paging.perPage : .max
        )
        let documents = history.records.map(document)
        guard isPage else { return Answer(list: documents.map { .object($0) }) }
        guard !documents.isEmpty || (paging.page ?? 1) == 1 else { throw Refusal.unknownPath }
        return Paging.page(documents, count: history.count, filtered: history.count)
    }

    private func document(_ record: AuditRecord) -> JSONObject {
        [
            "active_user_id": texts.actor(record),
            "active_user_name": texts.actorName(record),
            "event": .string(texts.event(record)),
            "event_datetime": .string(
                StructureDocuments.naiveText(Timestamp(microseconds: record.occurredAt))
            ),
        ]
    }
}

/// Moments as HTTP headers write them.
enum HTTPDate {
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Such as `Mon, 23 Nov 2026 17:53:25 GMT`.
    static func text(_ moment: Timestamp) -> String {
        let (dayNumber, _) = CivilDate.floorDivide(moment.microseconds, Microseconds.day)
        let date = CivilDate(dayNumber: Int(dayNumber))
        let clock = moment.iso8601(showsFraction: false).dropFirst(11).prefix(8)
        let day = (date.day < 10 ? "0" : "") + "\(date.day)"
        return
            "\(days[date.isoWeekday - 1]), \(day) \(months[date.month - 1]) \(date.year) \(clock) GMT"
    }
}
