internal import HTTPTypes

/// `/api/v3_0/accounts`.
enum AccountOperations {
    static let all: [RouteDescription] = [
        RouteDescription(
            .get,
            "/api/v3_0/accounts",
            .accounts,
            "The accounts that the caller may read"
        )
        .takes(
            .filter,
            .query("role", .string, "Only accounts with this role."),
            .page,
            .perPage,
            .sortBy("id", "name", "assets", "users"),
            .sortDir
        )
        .answers(200, "The accounts.", Components.pages(of: .named(.account)))
        .answers(StandardResponses.notFound)
        .answers(StandardResponses.unprocessable),
        RouteDescription(.post, "/api/v3_0/accounts", .accounts, "Make an account")
            .takes(
                body: Schema.object([
                    "name": .string, "consultancy_account_id": Schema.id.nullable.optional,
                ]).closed,
                example: ["name": "Household"]
            )
            .answers(201, "The new account.", Components.single(.account)),
        RouteDescription(.get, "/api/v3_0/accounts/{id}", .accounts, "One account")
            .answers(200, "The account.", Components.single(.account)),
        RouteDescription(.patch, "/api/v3_0/accounts/{id}", .accounts, "Change an account")
            .more(
                "Only what is named changes. Roles and the plan are for admins; the consultancy is for those who may make clients of both."
            )
            .takes(
                body: Schema.object([
                    "name": Schema.string.with("maxLength", 100).optional,
                    "primary_color": Schema.string.nullable.optional,
                    "secondary_color": Schema.string.nullable.optional,
                    "logo_url": Schema.string.nullable.optional,
                    "attributes": Schema.anyOf(.jsonText, .map).optional,
                    "account_roles": Schema.list(of: .id).optional,
                    "consultancy_account_id": Schema.id.nullable.optional,
                    "plan_id": Schema.id.nullable.optional,
                ]).closed,
                example: ["primary_color": "#1a3443"]
            )
            .answers(200, "The account as it is now.", Components.single(.account)),
    ]
}
