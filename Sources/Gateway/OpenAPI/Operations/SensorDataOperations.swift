internal import HTTPTypes

/// Data of sensors: the main job.
enum SensorDataOperations {
    private static let path = "/api/v3_0/sensors/{id}/data"

    private static let message: JSONValue = [
        "values": [1.5, 2, 2, 0.5], "start": "2026-01-01T00:00:00+01:00", "duration": "PT1H",
        "unit": "kW",
    ]

    private static let refused = RouteDescription.Response(
        status: 403,
        text:
            "The caller may not do this (INVALID_SENDER), or stored values would change (INVALID_REPLACEMENT): nothing is stored.",
        content: [("application/json", .named(.rejected))]
    )

    static let all: [RouteDescription] = [
        RouteDescription(.post, path, .data, "Post data")
            .more(
                "Answered after the commit. What repeats stored values stores nothing, so every request may be repeated. Fields may stand in the query part too."
            )
            .takes(body: .named(.sensorDataMessage), example: message)
            .answers(200, "Stored, or stored already.", SensorDataSchemas.posted)
            .answers(refused),
        RouteDescription(.get, path, .data, "Get data")
            .more(
                "Of each event the latest value that passes the filters; null where there is none. Names may be written with underscores."
            )
            .takes(
                .query(
                    "start",
                    .moment,
                    "Begin of the window.",
                    isRequired: true,
                    example: "2026-01-01T00:00:00+01:00"
                ),
                .query(
                    "duration",
                    .duration,
                    "Length of the window.",
                    isRequired: true,
                    example: "PT24H"
                ),
                .query(
                    "unit",
                    .string,
                    "In which unit: the sensor's, or one that it converts to.",
                    isRequired: true,
                    example: "kW"
                ),
                .query("resolution", .duration, "Of the values; by default the sensor's."),
                .query("prior", .moment, "Only what was known then."),
                .query("horizon", .duration, "Only what was known so long before."),
                .query("source", .id, "Only what this source says."),
                .query("source-account", .id, "Only what this account's users say."),
                .query("source-type", .string, "Only what sources of this type say."),
                .query(
                    "type",
                    .choice(SensorDataQuery.Kind.allCases.map(\.rawValue)),
                    "What the client takes the data for."
                )
            )
            .answers(200, "The values.", .named(.sensorData))
            .answers(StandardResponses.tooLarge)
            .answers(StandardResponses.unsupportedEncoding),
        RouteDescription(.delete, path, .data, "Delete data")
            .more("Without a body all data of the sensor go.")
            .takes(
                body: Schema.object([
                    "source": Schema.id.optional.says("Only what this source says."),
                    "start": Schema.moment.optional.says("Only events that start then or later."),
                    "until": Schema.moment.optional.says("Only events that end by then."),
                ]).closed,
                isRequired: false,
                example: [
                    "start": "2026-01-01T00:00:00+01:00", "until": "2026-01-02T00:00:00+01:00",
                ]
            )
            .answers(204, "They are gone."),
        RouteDescription(
            .post,
            "/api/v3_0/sensors/data",
            .data,
            "Post data of several sensors, all or nothing"
        )
        .takes(
            body: Schema.list(
                of: .allOf(.named(.sensorDataMessage), .object(["sensor": .id]))
            ).with("minItems", 1).with("maxItems", 10_000),
            example: [message.member("sensor", 1)]
        )
        .answers(200, "All are stored.", SensorDataSchemas.posted)
        .answers(refused)
        .answers(StandardResponses.notFound),
    ]
}

extension JSONValue {
    /// An object with one more member.
    fileprivate func member(_ name: String, _ value: JSONValue) -> JSONValue {
        .object((object ?? JSONObject()).with(name, value))
    }
}
