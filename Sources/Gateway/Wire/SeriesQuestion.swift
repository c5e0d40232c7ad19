package import Model
package import TSEngine

/// A question of `POST /api/penstock/v1/query`: many sensors, one window.
package struct SeriesQuestion: Sendable, Equatable {
    package let selection: SensorSelection
    package let start: OffsetTimestamp
    /// End of the window, if it was written as a moment.
    package let end: OffsetTimestamp?
    /// Else its length.
    package let duration: CalendarStep
    /// Length of the places or bins; without it the sensors' own, or one bin for an aggregate.
    package let resolution: CalendarStep?
    /// What is made of the events that start in each bin; without it the values as
    /// `GET /sensors/<id>/data` has them.
    package let aggregate: Aggregate?
    /// Only beliefs held at or before this moment.
    package let prior: Timestamp?
    /// Only beliefs with at least and at most these horizons, µs.
    package let horizonMin: Int64?
    package let horizonMax: Int64?
    package let source: SourceID?

    /// - Throws: `.badRequest`, or `.unprocessable` with every fault of every field.
    package init(body: RequestBody) throws(RequestRefusal) {
        var reader = FieldReader(location: "json")
        reader.fields = try body.questionFields()
        let selection = SensorSelection.read(&reader)
        let start = reader.moment("start", isRequired: true)
        let hasEnd = reader.fields["end"] != nil
        let end = hasEnd ? reader.moment("end") : nil
        let duration = reader.calendarDuration("duration", isRequired: !hasEnd)
        if hasEnd, reader.fields["duration"] != nil {
            reader.fault("duration", "Name either an end or a duration.")
        }
        if let start, let end, end.timestamp < start.timestamp {
            reader.fault("end", "Lies before the start.")
        }
        if let duration, duration.months < 0 || duration.microseconds < 0 {
            reader.fault("duration", "Must not be negative.")
        }
        resolution = reader.calendarDuration("resolution")
        if let resolution, !resolution.isPositive {
            reader.fault("resolution", "Must be positive.")
        }
        aggregate = reader.choice("aggregate")
        prior = reader.moment("prior")?.timestamp
        horizonMin = reader.duration("horizons-at-least")
        horizonMax = reader.duration("horizons-at-most")
        source = reader.integer("source").map { SourceID($0) }
        reader.refuseUnknown(besides: Self.known)
        guard reader.errors.isEmpty, let selection, let start else {
            throw .unprocessable(reader.errors)
        }
        self.selection = selection
        self.start = start
        self.end = end
        self.duration = duration ?? CalendarStep()
    }

    private static let known: Set<String> = [
        "sensors", "asset", "start", "end", "duration", "resolution", "aggregate", "prior",
        "horizons-at-least", "horizons-at-most", "source",
    ]

    /// The same question about one sensor, as `GET /sensors/<id>/data` would put it; its duration
    /// is of a fixed length.
    package func question(unit: String, in zone: TimeZoneRules) -> SensorDataQuery {
        SensorDataQuery(
            start: start,
            duration: end.map { $0.microseconds &- start.microseconds } ?? duration.microseconds,
            durationMonths: end == nil ? duration.months : 0,
            unit: unit,
            resolution: resolution?.microseconds,
            resolutionMonths: resolution?.months ?? 0,
            horizon: horizonMin,
            prior: prior,
            source: source,
            sourceAccount: nil,
            sourceType: nil,
            kind: nil
        )
        .fixed(in: zone)
    }

    /// The bins of an aggregate: of the resolution from the start on, the last cut off at the end
    /// of the window; or the window whole. µs since 1970 UTC, one more than bins.
    ///
    /// - Throws: `.unprocessable` for more than `SensorDataQuery.gridCountMax` bins.
    package func edges(in zone: TimeZoneRules) throws(RequestRefusal) -> [Int64] {
        let first = start.microseconds
        let end = first &+ question(unit: "", in: zone).duration
        guard first < end else { return [first] }
        guard let resolution else { return [first, end] }
        let edges = resolution.edges(
            from: first,
            until: end,
            in: zone,
            countMax: Int(SensorDataQuery.gridCountMax)
        )
        guard var edges else { throw SensorDataQuery.tooManyEvents }
        edges[edges.count - 1] = end
        return edges
    }
}
