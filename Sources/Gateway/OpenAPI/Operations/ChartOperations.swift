internal import HTTPTypes

/// What pages draw, and how people like their pages.
enum ChartOperations {
    static let all: [RouteDescription] = charts + pages

    private static let window: [RouteDescription.Parameter] = [
        .query("event_starts_after", .moment, "Begin of the window."),
        .query("event_ends_before", .moment, "End of the window."),
        .query("duration", .duration, "Instead of one of the ends."),
        .query("beliefs_after", .moment, "Only what was known since then."),
        .query("beliefs_before", .moment, "Only what was known then."),
    ]

    private static let selection: [RouteDescription.Parameter] = [
        .query("resolution", .duration, "Of the values; by default the sensor's."),
        .query(
            "most_recent_beliefs_only",
            .boolean,
            "Of each event and source the latest value; the default."
        ),
        .query(
            "use_latest_version_per_event",
            .boolean,
            "Of several versions of a source the latest; the default."
        ),
        .query("compress_json", .boolean, "Sensors and sources once, and not with each value."),
    ]

    private static let drawing: [RouteDescription.Parameter] = [
        .query("include_data", .boolean, "With the data."),
        .query("dataset_name", .string, "What the data are called."),
        .query("width", .id, "Pixels; other words count as none."),
        .query("height", .id, "Pixels; other words count as none."),
    ]

    /// JSON, for pages that put it where it is drawn.
    private static func answer(_ text: String) -> RouteDescription.Response {
        RouteDescription.Response(
            status: 200,
            text: "\(text), as JSON; the media type is the one of FlexMeasures.",
            content: [("text/html", .string)]
        )
    }

    /// The path, and the one with a slash at its end that older pages ask.
    private static func twins(
        _ path: String,
        _ summary: String,
        _ parameters: [RouteDescription.Parameter],
        _ response: RouteDescription.Response
    ) -> [RouteDescription] {
        let description = { (path: String) in
            RouteDescription(.get, path, .charts, summary).takes(parameters)
                .answers(response).answers(StandardResponses.unprocessable)
        }
        return [description(path), description(path + "/").deprecated]
    }

    private static let charts: [RouteDescription] = [
        twins(
            "/api/v3_0/assets/{id}/chart",
            "The chart of an asset's sensors, in Vega-Lite",
            window + selection + drawing,
            answer("The chart")
        ),
        twins(
            "/api/v3_0/assets/{id}/chart_data",
            "The data of an asset's chart",
            window + selection,
            answer("The values")
        ),
        twins(
            "/api/v3_0/assets/{id}/chart_annotations",
            "The annotations of an asset's chart",
            window,
            answer("The annotations")
        ),
        twins(
            "/api/dev/sensor/{id}/chart",
            "The chart of a sensor, in Vega-Lite",
            window + selection + drawing + [
                .query(
                    "chart_type",
                    .choice(ChartType.allCases.map(\.rawValue)),
                    "How it is drawn."
                )
            ],
            answer("The chart")
        ),
        twins(
            "/api/dev/sensor/{id}/chart_data",
            "The data of a sensor's chart",
            window + selection,
            answer("The values")
        ),
        twins(
            "/api/dev/sensor/{id}/chart_annotations",
            "The annotations of a sensor's chart",
            window,
            answer("The annotations")
        ),
        twins(
            "/api/dev/sensor/{id}",
            "From when to when a sensor has data",
            [],
            extent("timerange")
        ),
        twins(
            "/api/dev/asset/{id}",
            "From when to when an asset's sensors have data",
            [],
            extent("timerange_of_sensors_to_show")
        ),
    ].flatMap { $0 }

    private static func extent(_ name: String) -> RouteDescription.Response {
        let schema = Schema.object([
            "name": .string, "timezone": .string,
            name: .object(["start": .string, "end": .string]),
        ])
        return RouteDescription.Response(
            status: 200,
            text: "The span; now, if there are none.",
            content: [("application/json", schema)]
        )
    }

    private static let pages: [RouteDescription] = [
        RouteDescription(
            .get,
            "/api/v3_0/assets/{id}/kpis",
            .charts,
            "What an asset's sensors add up to"
        )
        .takes(
            .query(
                "start",
                .moment,
                "Begin of the span.",
                isRequired: true,
                example: "2026-01-01T00:00:00+01:00"
            ),
            .query(
                "end",
                .moment,
                "End of the span.",
                isRequired: true,
                example: "2026-01-02T00:00:00+01:00"
            )
        )
        .answers(
            200,
            "A number for each.",
            .object([
                "data": .list(
                    of: .object([
                        "title": .string, "sensor": .id, "unit": .string,
                        "downsample_function": .string,
                        "downsample_value": Schema.number.nullable,
                    ])
                )
            ])
        ),
        RouteDescription(
            .post,
            "/api/v3_0/assets/default_asset_view",
            .charts,
            "Which view of assets a user sees first"
        )
        .more("Checked and not kept: pages here have no views.")
        .takes(
            body: Schema.object([
                "default_asset_view": Schema.choice([
                    "Audit Log", "Context", "Graphs", "Properties", "Status",
                ]).optional, "use_as_default": Schema.boolean.optional,
            ]).closed,
            example: ["default_asset_view": "Graphs", "use_as_default": true]
        )
        .answers(200, "Taken.", .named(.done)),
        RouteDescription(
            .post,
            "/api/v3_0/assets/keep_legends_below_graphs",
            .charts,
            "Where legends stand"
        )
        .more("Checked and not kept: pages here have no legends.")
        .takes(
            body: Schema.object(["keep_legends_below_graphs": Schema.boolean.optional]).closed,
            isRequired: false,
            example: ["keep_legends_below_graphs": true]
        )
        .answers(200, "Taken.", .named(.done)),
    ]
}
