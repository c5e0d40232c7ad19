internal import HTTPTypes

/// Tokens of logins, and named ones.
enum TokenOperations {
    private static let refused = RouteDescription.Response(
        status: 401,
        text: "The password is wrong, or a code is needed or wrong.",
        content: [("application/json", .named(.credentialsRefused))]
    )

    private static let email = Schema.string.with("maxLength", 255)
    private static let password = Schema.string.with("maxLength", 4_096)
    private static let code = Schema.string.with("maxLength", 64).optional.says(
        "Of the second factor, where one is needed."
    )

    private static let token = RouteDescription.Parameter.path(
        "token",
        .id,
        "The number of the token."
    )

    private static let list = Schema.object([
        "tokens": .list(of: .named(.token)), "status": .just(200),
    ])

    static let all: [RouteDescription] = [
        RouteDescription(.post, "/api/requestAuthToken", .tokens, "Log in: get a token")
            .takes(
                body: Schema.object(["email": email, "password": password, "code": code]).closed,
                example: ["email": "ada@example.com", "password": "…"]
            )
            .answers(
                200,
                "The token, for the header Authorization.",
                .object(["auth_token": .string, "user_id": .id, "status": .just(200)])
            )
            .answers(refused),
        RouteDescription(.post, "/api/penstock/v1/tokens", .tokens, "Make a named token")
            .more("For a program: by the password, and by nothing else. It is shown this once.")
            .takes(
                body: Schema.object([
                    "email": email, "password": password, "code": code,
                    "name": Schema.string.with("maxLength", 255),
                    "scopes": .list(of: .choice(["read", "write", "trigger", "admin"])),
                    "assets": Schema.list(of: .integer).optional.says(
                        "Only these assets, with all below them."
                    ), "sensors": Schema.list(of: .integer).optional.says("Only these sensors."),
                    "expires": Schema.moment.optional.says("By default in a year."),
                ]).closed,
                example: [
                    "email": "ada@example.com", "password": "…", "name": "meter gateway",
                    "scopes": ["read", "write"],
                ]
            )
            .answers(
                201,
                "The new token.",
                .allOf(.named(.token), .object(["token": .string, "status": .just(201)]))
            )
            .answers(refused).answers(StandardResponses.forbidden),
        RouteDescription(.get, "/api/penstock/v1/tokens", .tokens, "The caller's named tokens")
            .answers(200, "The tokens, without their texts.", list),
        RouteDescription(.delete, "/api/penstock/v1/tokens/{id}", .tokens, "End a named token")
            .takes(.path("id", .id, "The number of the token."))
            .answers(204, "It is ended.").answers(StandardResponses.notFound),
        RouteDescription(
            .get,
            "/api/penstock/v1/users/{id}/tokens",
            .tokens,
            "A user's named tokens"
        )
        .answers(200, "The tokens, without their texts.", list),
        RouteDescription(
            .delete,
            "/api/penstock/v1/users/{id}/tokens/{token}",
            .tokens,
            "End a named token of a user"
        )
        .takes(token).answers(204, "It is ended.").answers(StandardResponses.notFound),
        RouteDescription(
            .post,
            "/api/penstock/v1/logout-everywhere",
            .tokens,
            "End all tokens and sessions of the caller"
        )
        .answers(204, "They are ended."),
        RouteDescription(
            .post,
            "/api/penstock/v1/revoke-this-token",
            .tokens,
            "End the named token that the request carries"
        )
        .answers(204, "It is ended.").answers(StandardResponses.unprocessable),
    ]
}
