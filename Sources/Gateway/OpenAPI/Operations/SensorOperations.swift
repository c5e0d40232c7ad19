internal import HTTPTypes

/// `/api/v3_0/sensors` and `/api/v3_0/sources`.
enum SensorOperations {
    static let all: [RouteDescription] = [
        RouteDescription(
            .get,
            "/api/v3_0/sensors",
            .sensors,
            "The sensors that the caller may read"
        )
        .takes(
            .query("account_id", .id, "Only of this account's assets."),
            .query("asset_id", .id, "Only of this asset and those below it."),
            .query("unit", .string, "Only of this unit."),
            .query(
                "include_consultancy_clients",
                .boolean,
                "Also of the accounts that the caller's account looks after."
            ),
            .query("include_public_assets", .boolean, "Also of public assets."),
            .filter,
            .page,
            .perPage
        )
        .answers(200, "The sensors.", Components.pages(of: .named(.sensor)))
        .answers(StandardResponses.notFound)
        .answers(StandardResponses.unprocessable),
        RouteDescription(.post, "/api/v3_0/sensors", .sensors, "Make a sensor")
            .takes(
                body: AssetSchemas.sensorFields(isNew: true),
                example: [
                    "name": "production", "unit": "kW", "event_resolution": "PT15M",
                    "generic_asset_id": 1, "timezone": "Europe/Amsterdam",
                ]
            )
            .answers(201, "The new sensor.", .named(.sensor)),
        RouteDescription(.get, "/api/v3_0/sensors/{id}", .sensors, "One sensor")
            .answers(200, "The sensor.", Components.single(.sensor)),
        RouteDescription(.patch, "/api/v3_0/sensors/{id}", .sensors, "Change a sensor")
            .more("Only what is named changes.")
            .takes(
                body: AssetSchemas.sensorFields(isNew: false),
                isRequired: false,
                example: ["attributes": ["note": "north side"]]
            )
            .answers(200, "The sensor as it is now.", Components.single(.sensor)),
        RouteDescription(.delete, "/api/v3_0/sensors/{id}", .sensors, "Delete a sensor")
            .more("With all its data.")
            .answers(204, "It is gone."),
        RouteDescription(.get, "/api/v3_0/sources", .sensors, "Who or what has said something")
            .takes(
                .query("only_latest", .boolean, "Of several versions the latest; the default.")
            )
            .answers(
                200,
                "The sources, and the types that there are.",
                .object([
                    "sources": .list(of: .named(.source)), "types": .list(of: .string),
                    "status": .just(200),
                ])
            )
            .answers(StandardResponses.unprocessable),
    ]
}
