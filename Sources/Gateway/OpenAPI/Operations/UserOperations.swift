internal import HTTPTypes

/// `/api/v3_0/users`.
enum UserOperations {
    static let all: [RouteDescription] = [
        RouteDescription(.get, "/api/v3_0/users", .users, "The users of an account")
            .takes(
                .query("account_id", .id, "By default the caller's own account."),
                .query("include_inactive", .boolean, "Also those who may not log in."),
                .filter,
                .page,
                .perPage,
                .sortBy("username", "email", "lastLogin", "lastSeen"),
                .sortDir
            )
            .answers(200, "The users.", Components.pages(of: .named(.user)))
            .answers(StandardResponses.notFound)
            .answers(StandardResponses.unprocessable),
        RouteDescription(.post, "/api/v3_0/users", .users, "Make a user")
            .more("The user is mailed a link by which to choose a password.")
            .takes(
                body: Schema.object([
                    "email": Schema.string.with("format", "email"), "username": .string,
                    "account_id": .id,
                ]).closed,
                example: [
                    "email": "eve@example.com", "username": "eve", "account_id": 1,
                ]
            )
            .answers(201, "The new user.", .named(.user))
            .answers(StandardResponses.notFound),
        RouteDescription(.get, "/api/v3_0/users/{id}", .users, "One user")
            .answers(200, "The user.", Components.single(.user)),
        RouteDescription(.patch, "/api/v3_0/users/{id}", .users, "Change a user")
            .more("Only what is named changes. Nobody changes their own roles.")
            .takes(
                body: Schema.object([
                    "email": Schema.string.with("format", "email").optional,
                    "username": Schema.string.optional,
                    "timezone": Schema.string.optional.says("IANA name."),
                    "active": Schema.boolean.optional.says("Whether the user may log in."),
                    "flexmeasures_roles": Schema.list(of: .id).optional.says(
                        "The numbers of all roles: 1 admin, 2 admin-reader, 3 account-admin, 4 consultant."
                    ),
                ]).closed,
                example: ["timezone": "Europe/Amsterdam"]
            )
            .answers(200, "The user as they are now.", Components.single(.user))
            .answers(
                400,
                "The body is not JSON, or the name or address is another user's.",
                .allOf(
                    .named(.problem),
                    .object(["detail": Schema.string.optional])
                )
            ),
        RouteDescription(
            .patch,
            "/api/v3_0/users/{id}/password-reset",
            .users,
            "End a user's password"
        )
        .more("All tokens and sessions end, and the user is mailed a link for a new password.")
        .answers(200, "The password is void.", .named(.done)),
    ]
}
