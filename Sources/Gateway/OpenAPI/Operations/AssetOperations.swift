internal import HTTPTypes

/// `/api/v3_0/assets`.
enum AssetOperations {
    private static let fields = RouteDescription.Parameter.query(
        "fields",
        .string,
        "Names of the members to show, joined by `|`.",
        example: "id|name"
    )

    /// A part of an asset, if only some members are asked for.
    private static let part = Schema.anyOf(.named(.asset), .map)

    static let all = lists + single

    private static let single: [RouteDescription] = [
        RouteDescription(.post, "/api/v3_0/assets", .assets, "Make an asset")
            .takes(
                body: .named(.newAsset),
                example: ["name": "Roof", "generic_asset_type_id": 1, "account_id": 1]
            )
            .answers(201, "The new asset.", .named(.asset)),
        RouteDescription(.get, "/api/v3_0/assets/{id}", .assets, "One asset")
            .answers(200, "The asset.", Components.single(.asset)),
        RouteDescription(.patch, "/api/v3_0/assets/{id}", .assets, "Change an asset")
            .more("Only what is named changes.")
            .takes(body: .named(.assetChange), example: ["description": "South side"])
            .answers(200, "The asset as it is now.", Components.single(.asset))
            .answers(
                400,
                "The body is not JSON.",
                .anyOf(
                    .named(.problem),
                    .object(["description": .string, "status": .just(400)])
                )
            ),
        RouteDescription(.delete, "/api/v3_0/assets/{id}", .assets, "Delete an asset")
            .more("With all assets below it, their sensors and their data.")
            .answers(204, "It is gone."),
        RouteDescription(.get, "/api/v3_0/assets/{id}/jobs", .assets, "Jobs about an asset")
            .answers(
                200,
                "The jobs of its sensors.",
                .object([
                    "jobs": .list(of: .map), "redis_connection_err": Schema.string.nullable,
                    "status": .just(200),
                ])
            ),
        RouteDescription(.post, "/api/v3_0/assets/{id}/copy", .assets, "Copy an asset")
            .more("With all below it, without data. References within it go to the copies.")
            .takes(
                .query("account_id", .id, "Whose the copy is to be."),
                .query("parent_asset", .id, "Under which asset the copy is to be put.")
            )
            .answers(
                201,
                "It is copied.",
                .object(["asset": .id, "message": .string, "status": .just(201)])
            ),
        RouteDescription(
            .get,
            "/api/v3_0/assets/{id}/sensors",
            .assets,
            "The sensors of an asset"
        )
        .takes(.filter, .page, .perPage, .sortBy("id", "name", "resolution"), .sortDir)
        .answers(200, "A page of the sensors.", Components.page(of: .named(.sensor)))
        .answers(StandardResponses.notFound),
    ]

    private static let lists: [RouteDescription] = [
        RouteDescription(.get, "/api/v3_0/assets", .assets, "The assets that the caller may read")
            .takes(
                .query("account_id", .id, "Only of this account."),
                .query("all_accessible", .boolean, "Of all accounts, and public ones."),
                .query("include_public", .boolean, "Public ones too."),
                .query("root", .id, "Only this asset and what is below it."),
                .query(
                    "depth",
                    Schema.integer.with("minimum", 0),
                    "At most so many steps below the root, or the top."
                ),
                .query("asset_type", .id, "Only of this type."),
                fields,
                .filter,
                .page,
                .perPage,
                .sortBy("id", "name", "owner"),
                .sortDir
            )
            .answers(200, "The assets.", Components.pages(of: part))
            .answers(StandardResponses.notFound)
            .answers(StandardResponses.unprocessable),
        RouteDescription(.get, "/api/v3_0/assets/public", .assets, "The public assets")
            .takes(fields)
            .answers(200, "The assets.", .list(of: part))
            .answers(StandardResponses.unprocessable),
        RouteDescription(.get, "/api/v3_0/assets/types", .assets, "The types of assets")
            .answers(200, "The types.", .list(of: .named(.assetType))),
    ]
}
