internal import HTTPTypes
internal import TSEngine

/// Questions about many sensors at once.
enum QueryOperations {
    private static let sensors = Schema.list(of: .integer).with("maxItems", 10_000).optional
        .says("Numbers of sensors.")
    private static let asset = Schema.integer.optional.says(
        "Instead: all sensors of this asset and of those below it."
    )

    static let all: [RouteDescription] = [
        RouteDescription(
            .post,
            "/api/penstock/v1/query",
            .queries,
            "Data of many sensors, or aggregates of them"
        )
        .takes(
            body: Schema.object([
                "sensors": sensors, "asset": asset, "start": .moment,
                "end": Schema.moment.optional,
                "duration": Schema.duration.optional.says("Instead of an end."),
                "resolution": Schema.duration.optional,
                "aggregate": Schema.choice(Aggregate.allCases.map(\.rawValue)).optional,
                "prior": Schema.moment.optional,
                "horizons-at-least": Schema.duration.optional,
                "horizons-at-most": Schema.duration.optional, "source": Schema.id.optional,
            ]).closed,
            example: [
                "sensors": [1], "start": "2026-01-01T00:00:00+01:00", "duration": "P7D",
                "resolution": "P1D", "aggregate": "mean",
            ]
        )
        .answers(
            200,
            "A sensor after the other, sent while it is made.",
            .object([
                "start": .moment, "aggregate": Schema.string.optional,
                "sensors": .list(
                    of: .object([
                        "sensor": .id, "unit": .string, "resolution": Schema.duration.optional,
                        "values": .list(of: Schema.number.nullable),
                    ])
                ),
            ])
        )
        .answers(StandardResponses.notFound),
        RouteDescription(
            .post,
            "/api/penstock/v1/last",
            .queries,
            "The latest event of many sensors"
        )
        .takes(
            body: Schema.object(["sensors": sensors, "asset": asset]).closed,
            example: ["sensors": [1, 2]]
        )
        .answers(
            200,
            "Each sensor's latest event; null where there is none.",
            .object([
                "sensors": .list(
                    of: .object([
                        "sensor": .id, "unit": .string, "start": Schema.moment.nullable,
                        "value": Schema.number.nullable, "source": Schema.id.nullable,
                        "belief_time": Schema.moment.nullable,
                    ])
                )
            ])
        )
        .answers(StandardResponses.notFound),
    ]
}
