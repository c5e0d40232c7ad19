internal import HTTPTypes

/// InfluxDB's ways of writing.
enum LineOperations {
    private static let precision = RouteDescription.Parameter.query(
        "precision",
        .choice(["ns", "n", "us", "u", "ms", "s", "m", "h"]),
        "Of the times; ns by default."
    )
    private static let atomic = RouteDescription.Parameter.query(
        "atomic",
        .choice(["true", "false"]),
        "Whether nothing is stored if a line is wrong."
    )
    private static let lines = RouteDescription.Body(
        content: [("text/plain", .string), ("application/octet-stream", .string)],
        example: "power,site=roof value=1.25 1767225600000000000"
    )

    static let all: [RouteDescription] = [
        RouteDescription(.post, "/write", .lines, "Write lines, as to InfluxDB 1")
            .takes(
                .query("db", .string, "The database: an asset; made by its first line."),
                precision,
                atomic
            )
            .takes(lines).answers(204, "All lines are stored."),
        RouteDescription(.post, "/api/v2/write", .lines, "Write lines, as to InfluxDB 2")
            .takes(
                .query("bucket", .string, "The bucket: an asset; made by its first line."),
                .query("org", .string, "Not looked at."),
                precision,
                atomic
            )
            .takes(lines).answers(204, "All lines are stored."),
        question(.get),
        question(.post)
            .takes(
                RouteDescription.Body(
                    content: [
                        (
                            "application/x-www-form-urlencoded",
                            .object(["q": Schema.string.optional])
                        )
                    ],
                    isRequired: false
                )
            ),
        RouteDescription(.post, "/api/v2/query", .lines, "Flux, which is not spoken here")
            .answers(501, "Read by GET /api/v3_0/sensors/{id}/data.", .named(.lineProblem)),
        RouteDescription(.get, "/ping", .lines, "Whether the server answers, as InfluxDB")
            .answers(
                RouteDescription.Response(
                    status: 204,
                    text: "It does.",
                    headers: [("X-Influxdb-Version", "What clients take for the version.")]
                )
            ),
        RouteDescription(.get, "/health", .lines, "Whether the server answers, as InfluxDB 2")
            .answers(
                200,
                "It does.",
                .object([
                    "name": .string, "status": .just("pass"), "message": .string,
                    "version": .string, "checks": .list(of: .any),
                ])
            ),
    ]

    private static func question(_ method: HTTPRequest.Method) -> RouteDescription {
        RouteDescription(method, "/query", .lines, "CREATE DATABASE, which clients send first")
            .more("Nothing else of InfluxQL is spoken: 400.")
            .takes(.query("q", .string, "The statement.", example: "CREATE DATABASE plant"))
            .answers(
                200,
                "A database comes with its first line.",
                .object(["results": .list(of: .object(["statement_id": .integer]))])
            )
    }
}
