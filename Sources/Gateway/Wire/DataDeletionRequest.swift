package import Model

/// The body of `DELETE /api/v3_0/sensors/<id>/data`: which beliefs go. Without a body, all.
package struct DataDeletionRequest: Sendable, Equatable {
    /// Only this source's beliefs; nil for all.
    package let source: SourceID?
    /// Only events that start then or later.
    package let start: Timestamp?
    /// Only events that end by then.
    package let until: Timestamp?

    private static let location = "json"

    /// Reads and checks the body.
    ///
    /// `resolution`: of the sensor, µs.
    /// - Throws: `.badRequest` for a body that is not JSON or not announced as such: a filter that
    ///   is not understood must not remove everything. `.unprocessable` for wrong fields, also a
    ///   window shorter than an event.
    package init(body: RequestBody, resolution: Int64) throws(RequestRefusal) {
        guard body.isJSON || body.bytes.isEmpty,
            let members = try body.members(location: Self.location)
        else { throw .badRequest }
        var reader = FieldReader(location: Self.location)
        for name in members.names { reader.fields[name] = members[name] }
        source = reader.integer("source").map { SourceID($0) }
        start = reader.moment("start")?.timestamp
        until = reader.moment("until")?.timestamp
        reader.refuseUnknown(besides: ["source", "start", "until"])
        if let start, let until {
            if until < start {
                reader.fault("until", "'until' must not be before 'start'.")
            } else if until.microseconds - start.microseconds < resolution {
                let step = ISODuration.pythonText(resolution)
                reader.fault(
                    "until",
                    "For a sensor with resolution \(step), 'until' must be at least one resolution "
                        + "step (\(step)) after 'start'."
                )
            }
        }
        try RequestRefusal.check(reader.errors)
    }

    /// Starts of the events, µs since 1970 UTC; nil if there are none.
    package func events(resolution: Int64) -> ClosedRange<Int64>? {
        let first = start?.microseconds ?? .min
        // The earliest moment has five digits of days to spare.
        let last = until.map { $0.microseconds - resolution } ?? .max
        return first <= last ? first...last : nil
    }
}
