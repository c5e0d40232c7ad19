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

    static let all = ofSensors + uploads + addressed

    private static let ofSensors: [RouteDescription] = [
        RouteDescription(.post, path, .data, "Post data")
            .more(
                "Answered after the commit. What repeats stored values stores nothing, so every request may be repeated. Fields may stand in the query part too."
            )
            .takes(body: .named(.sensorDataMessage), example: message)
            .takes(idempotencyKey)
            .answers(200, "Stored, or stored already.", SensorDataSchemas.posted)
            .answers(refused),
        RouteDescription(.get, path, .data, "Get data")
            .more(
                "Of each event the latest value that passes the filters; null where there is none. Names may be written with underscores."
            )
            .takes(question)
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
    ]

    /// What is asked of a sensor's data.
    private static let question: [RouteDescription.Parameter] = [
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
        ),
    ]

    private static let idempotencyKey = RouteDescription.Parameter(
        name: "Idempotency-Key",
        place: .header,
        text: "A name for this write: sent again with it, the write is answered as the first time.",
        schema: Schema.string.with("maxLength", 255)
    )

    private static let entityAddress = Schema.string.says(
        "The sensor's entity address, such as ea1.2026-01.localhost:fm1.7."
    )

    private static let uploads: [RouteDescription] = [
        RouteDescription(
            .post,
            "/api/v3_0/sensors/{id}/data/upload",
            .data,
            "Post data in files: CSV, workbooks (.xlsx), rows in JSON"
        )
        .more(
            "A column of moments and one of values, under a header. All files are stored, or none."
        )
        .takes(
            RouteDescription.Body(
                content: [
                    (
                        "multipart/form-data",
                        .object([
                            "uploaded-files": .list(
                                of: Schema.string.with("format", "binary")
                            ),
                            "belief-time-measured-instantly": Schema.choice([
                                "on", "off", "true", "false", "True", "False", "1", "0",
                            ]).optional.says("Whether each value was known when its event ended."),
                            "unit": Schema.string.optional.says("By default the sensor's."),
                        ])
                    )
                ]
            )
        )
        .takes(idempotencyKey)
        .answers(200, "Stored, or stored already.", SensorDataSchemas.posted)
        .answers(refused),
        RouteDescription(
            .get,
            "/api/v3_0/sensors/{id}/stats",
            .data,
            "What a sensor's data look like"
        )
        .takes(
            .query("sort", .boolean, "Members of an object; else pairs. By default true."),
            .query("fresh", .boolean, "Taken; nothing is cached."),
            .query("event_start_time", .string, "Only events from then on."),
            .query("event_end_time", .string, "Only events before.")
        )
        .answers(200, "Numbers by source.", SensorDataSchemas.statistics),
        RouteDescription(
            .get,
            "/api/v3_0/sensors/{id}/status",
            .data,
            "Whether a sensor's data are up to date"
        )
        .answers(200, "By type of source.", SensorDataSchemas.staleness),
    ]

    private static let addressed: [RouteDescription] = [
        RouteDescription(
            .post,
            "/api/v3_0/sensors/data",
            .data,
            "Post data of several sensors, all or nothing"
        )
        .more(
            "With a list. With an object about one sensor, which older clients name by its entity address."
        )
        .takes(
            body: .anyOf(
                Schema.list(of: .allOf(.named(.sensorDataMessage), .object(["sensor": .id])))
                    .with("minItems", 1).with("maxItems", 10_000),
                .allOf(.named(.sensorDataMessage), .object(["sensor": entityAddress]))
            ),
            example: [message.member("sensor", 1)]
        )
        .takes(idempotencyKey)
        .answers(200, "All are stored.", SensorDataSchemas.posted)
        .answers(refused)
        .answers(StandardResponses.notFound),
        RouteDescription(
            .get,
            "/api/v3_0/sensors/data",
            .data,
            "Get data of the sensor that an entity address names"
        )
        .deprecated
        .takes(
            .query(
                "sensor",
                entityAddress,
                "Which sensor.",
                isRequired: true,
                example: "ea1.2026-01.localhost:fm1.1"
            )
        )
        .takes(question)
        .answers(200, "The values.", .named(.sensorData))
        .answers(StandardResponses.notFound)
        .answers(StandardResponses.unprocessable),
    ]
}

extension JSONValue {
    /// An object with one more member.
    fileprivate func member(_ name: String, _ value: JSONValue) -> JSONValue {
        .object((object ?? JSONObject()).with(name, value))
    }
}
