/// Messages and answers about data.
enum SensorDataSchemas {
    static func schema(_ name: Components.Name) -> Schema {
        name == .sensorDataMessage ? message : data
    }

    static let horizon = Schema.duration.says(
        "How long before the events' ends the values were known."
    )
    static let prior = Schema.moment.says("When the values were known; by default now.")

    private static let value = Schema.number.nullable

    private static let message = Schema.object([
        "values": Schema.anyOf(.list(of: value), .number).says(
            "One for each event, or a number of them that divides the duration evenly."
        ),
        "start": Schema.moment.says("Of the first event."),
        "duration": Schema.duration.says("Of all events together."), "unit": .string,
        "prior": prior.optional, "horizon": horizon.optional,
        "type": Schema.choice(SensorDataMessage.Kind.allCases.map(\.rawValue)).optional,
        "sensor": Schema.any.optional.says("Not looked at where the path names the sensor."),
    ])

    private static let data = Schema.object([
        "values": .list(of: value), "start": .moment, "duration": .duration,
        "resolution": .duration, "unit": .string, "message": .string,
        "status": .just("PROCESSED"),
    ])

    /// What a post that was taken is told.
    static let posted = Schema.object([
        "message": .string,
        "status": .choice(["PROCESSED", "ALREADY_RECEIVED_AND_SUCCESSFULLY_PROCESSED"]),
        "results": Schema.string.optional,
    ])

    private static let numbers = Schema.object([
        "First event start": .moment, "Last event end": .moment, "Last recorded": .moment,
        "Min value": .number, "Max value": .number, "Mean value": .number,
        "Sum over values": .number, "Number of values": .integer,
    ])

    static let statistics = Schema.object(["status": .just(200)])
        .with("additionalProperties", Schema.anyOf(numbers, .list(of: .list(of: .any))).json)
        .says("By the name and number of the source.")

    static let staleness = Schema.object([
        "sensors_data": .list(
            of: .object([
                "id": .id, "name": .string, "asset_name": .string, "relation": .string,
                "resolution": .duration, "source_type": Schema.string.nullable,
                "stale": .boolean,
                "staleness": Schema.string.nullable.says("ISO 8601, with fractions of seconds."),
                "staleness_since": Schema.moment.nullable, "reason": .string,
            ])
        ), "status": .just(200),
    ])
}
