internal import HTTPTypes

/// What there is, whether it is well, and how it is asked.
enum ServiceOperations {
    static let all: [RouteDescription] = versions + monitoring

    private static let versions: [RouteDescription] = [
        RouteDescription(.get, "/api", .service, "See /api/")
            .answers(
                RouteDescription.Response(
                    status: 308,
                    text: "Moved.",
                    content: [("application/json", .named(.problem))],
                    headers: [("Location", "/api/")]
                )
            ),
        RouteDescription(.get, "/api/", .service, "The versions of the API")
            .answers(
                200,
                "The versions.",
                .object([
                    "flexmeasures_version": .string, "message": .string,
                    "versions": .list(of: .string), "status": .just(200),
                ])
            ),
        RouteDescription(.get, "/api/v3_0", .service, "The endpoints of version 3.0")
            .answers(
                200,
                "The endpoints.",
                .object([
                    "services": .list(
                        of: .object(["name": .string, "description": .string, "url": .string])
                    ), "message": .string, "status": .just("PROCESSED"), "version": .string,
                ])
            ),
        document("/openapi.json"), document("/ui/static/openapi-specs.json"),
    ]

    private static func document(_ path: String) -> RouteDescription {
        RouteDescription(.get, path, .service, "This document")
            .answers(200, "OpenAPI 3.1.", Schema.map)
    }

    private static let ready = Schema.object([
        "database_sql": .boolean, "database_redis": Schema.boolean.optional,
        "status": .integer,
    ])

    private static let taskRun = Schema.object([
        "process": .string, "status": .just("ERROR"), "reason": .string, "lastrun": .string,
        "frequency": .integer, "server": .string,
    ])

    private static let monitoring: [RouteDescription] = [
        RouteDescription(.get, "/api/v3_0/health/ready", .service, "Whether the server is ready")
            .answers(200, "It is.", ready)
            .answers(503, "Postgres or Redis does not answer.", ready),
        RouteDescription(.get, "/metrics", .service, "Numbers for Prometheus")
            .answers(
                RouteDescription.Response(
                    status: 200,
                    text: "The text format of Prometheus.",
                    content: [("text/plain", .string)]
                )
            ),
        RouteDescription(.get, "/api/ops/ping", .service, "Whether the server answers")
            .answers(200, "It does.", .named(.done)),
        RouteDescription(
            .get,
            TaskRunRoutes.latestPath,
            .service,
            "How a maintenance task went, of which there are none"
        )
        .takes(.query("name", .string, "Of the task."))
        .answers(
            400,
            "No task is named.",
            .anyOf(taskRun, .named(.problem))
        )
        .answers(401, "There is no token.", taskRun)
        .answers(403, "The token is wrong.", taskRun)
        .answers(404, "There is no such task.", taskRun),
        RouteDescription(
            .post,
            "/api/ops/postLatestTaskRun",
            .service,
            "Report a task, which nobody may"
        ),
    ]
}
