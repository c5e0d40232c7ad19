/// The schemas that the document has names for: FlexMeasures' shapes of refusals, and the objects.
enum Components {
    enum Name: String, Sendable, CaseIterable {
        // Refusals.
        case problem = "Problem"
        case unauthorized = "Unauthorized"
        case rejected = "Rejected"
        case unprocessable = "Unprocessable"
        case credentialsRefused = "CredentialsRefused"
        case lineError = "LineError"
        case lineProblem = "LineProblem"
        // Objects.
        case done = "Done"
        case reference = "Reference"
        case account = "Account"
        case user = "User"
        case assetType = "AssetType"
        case asset = "Asset"
        case newAsset = "NewAsset"
        case assetChange = "AssetChange"
        case sensor = "Sensor"
        case source = "Source"
        case annotation = "Annotation"
        case newAnnotation = "NewAnnotation"
        case historyEntry = "HistoryEntry"
        case auditEvent = "AuditEvent"
        case sensorDataMessage = "SensorDataMessage"
        case sensorData = "SensorData"
        case token = "Token"
    }

    static func schema(_ name: Name) -> Schema {
        switch name {
        case .problem, .unauthorized, .rejected, .unprocessable, .credentialsRefused, .lineError,
            .lineProblem:
            Refusals.schema(name)
        case .account, .user: AccountSchemas.schema(name)
        case .assetType, .asset, .newAsset, .assetChange, .sensor, .reference:
            AssetSchemas.schema(name)
        case .sensorDataMessage, .sensorData: SensorDataSchemas.schema(name)
        default: ObjectSchemas.schema(name)
        }
    }

    /// What stands beside an object's own members in an answer about it alone.
    static func single(_ name: Name) -> Schema {
        .allOf(.named(name), .object(["status": Schema.integer.optional]))
    }

    /// A list as it is, or a page of it if one was asked for.
    static func pages(of element: Schema) -> Schema {
        .anyOf(.list(of: element), page(of: element))
    }

    static func page(of element: Schema) -> Schema {
        .object([
            "data": .list(of: element),
            "num-records": Schema.integer.says("All that the caller may read."),
            "filtered-records": Schema.integer.says("Of these, what fits the filter."),
            "status": .just(200),
        ])
    }
}

/// Why a request is not carried out.
private enum Refusals {
    static func schema(_ name: Components.Name) -> Schema {
        switch name {
        case .problem:
            .object(["message": .string, "status": .anyOf(.integer, .string)])
                .says("What is wrong, in a sentence.")
        case .unauthorized: .object(["message": .string, "status": .just("UNAUTHORIZED")])
        case .rejected:
            .object([
                "message": .string,
                "result": Schema.just("Rejected").optional,
                "results": Schema.just("Rejected").optional,
                "status": Schema.string.says("A word for programs, such as INVALID_SENDER."),
            ])
        case .unprocessable:
            .object([
                "message": Schema.anyOf(.string, .map).says(
                    "By where the fields stand (json, query, path, …) and by field: lists of texts."
                ),
                "result": Schema.just("Rejected").optional,
                "status": .anyOf(.just("UNPROCESSABLE_ENTITY"), .just(422)),
            ])
        case .credentialsRefused:
            .object([
                "errors": .list(of: .string),
                "second_factor": Schema.list(of: .string).optional.says(
                    "By which ways a code can be had, if one is missing."
                ),
                "status": .just(401),
            ])
        case .lineError:
            .object(["error": .string, "problems": lineProblems])
                .says("As InfluxDB 1 says it.")
        default:
            .object(["code": .string, "message": .string, "problems": lineProblems])
                .says("As InfluxDB 2 says it.")
        }
    }

    private static let lineProblems = Schema.list(
        of: .object(["line": .integer, "problem": .string])
    ).says("The first lines that were dropped, and why.").optional
}
