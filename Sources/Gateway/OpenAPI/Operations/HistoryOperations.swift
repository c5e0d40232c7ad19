internal import HTTPTypes

/// Histories of objects, as FlexMeasures has them, and the audit log behind them.
enum HistoryOperations {
    static let all: [RouteDescription] = histories + logs

    private static let paging: [RouteDescription.Parameter] = [
        .filter, .page, .perPage, .sortBy("event_datetime"), .sortDir,
    ]

    private static let histories: [RouteDescription] = [
        RouteDescription(
            .get,
            "/api/v3_0/accounts/{id}/auditlog",
            .history,
            "What was done about an account"
        )
        .answers(200, "The events.", .list(of: .named(.historyEntry))),
        paged("/api/v3_0/users/{id}/auditlog", "What a user did, and what was done about them")
            .answers(200, "The events.", Components.pages(of: .named(.historyEntry)))
            .answers(StandardResponses.notFound),
        paged("/api/v3_0/assets/{id}/auditlog", "What was done about an asset")
            .answers(200, "A page of the events.", Components.page(of: .named(.historyEntry)))
            .answers(StandardResponses.notFound),
    ]

    private static func paged(_ path: String, _ summary: String) -> RouteDescription {
        RouteDescription(.get, path, .history, summary).takes(paging)
    }

    private static let logs: [RouteDescription] = [
        log("/api/penstock/v1/audit", "The audit log"),
        log("/api/penstock/v1/accounts/{id}/audit", "The audit log of an account"),
        log("/api/penstock/v1/users/{id}/audit", "The audit log of a user"),
    ]

    private static func log(_ path: String, _ summary: String) -> RouteDescription {
        RouteDescription(.get, path, .history, summary)
            .more("Newest events first; each is bound to the one before by its hash.")
            .takes(
                .query("action", .string, "How the action's name begins.", example: "auth."),
                .query("actor", .id, "The number of the user who did it."),
                .query("subject", .string, "What it was done to.", example: "user:12"),
                .query("since", .moment, "Not before."),
                .query("until", .moment, "Not after."),
                .query("before", .id, "The number in `next` of the page before."),
                .query(
                    "limit",
                    Schema.id.with("maximum", 1_000),
                    "Events of a page; 100 by default."
                )
            )
            .answers(
                200,
                "A page of events.",
                .object([
                    "events": .list(of: .named(.auditEvent)), "next": Schema.id.nullable,
                    "status": .just(200),
                ])
            )
            .answers(StandardResponses.unprocessable)
    }
}
