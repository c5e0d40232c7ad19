internal import Model
internal import TSEngine

/// What a chart shows: the query part of a request for its data, its annotations or itself.
///
/// Names may be written with `_` for `-`, and as older clients have them. Unknown ones are not
/// looked at.
struct ChartQuery: Sendable {
    /// The window, µs since 1970 UTC; nil for an open end.
    private(set) var start: Int64?
    private(set) var end: Int64?
    /// Only what was believed by then, and since then; µs since 1970 UTC.
    private(set) var knownBy: Int64?
    private(set) var knownSince: Int64?
    private(set) var detail = SourceDetail()
    /// Whether sensors and sources stand beside the values once, and not with each of them.
    private(set) var isCompressed = false
    /// The length of what is shown; the sensor's own if nil.
    private(set) var resolution: CalendarStep?
    /// Whether annotations end where the window ends.
    private(set) var clips = true
    /// How a chart of one sensor is drawn.
    private(set) var chartType = ChartType.bar
    /// Whether a chart brings its data along, and under which name.
    private(set) var includesData = false
    private(set) var datasetName: String?
    /// In pixels.
    private(set) var width: Int64?
    private(set) var height: Int64?

    private static let aliases = [
        "event-starts-after": "start", "event-ends-before": "end", "beliefs-before": "prior",
    ]
    private static let location = "query"

    /// `zone`: by whose calendar days, months and years are counted.
    ///
    /// - Throws: 422 with all that is wrong.
    init(_ parameters: [QueryParameter], zone: TimeZoneRules) throws {
        var reader = FieldReader(location: Self.location)
        for (name, value) in parameters {
            let kebab = name.replacing("_", with: "-")
            let canonical = Self.aliases[kebab] ?? kebab
            if reader.fields[canonical] == nil { reader.fields[canonical] = .string(value) }
        }
        start = reader.moment("start")?.microseconds
        end = reader.moment("end")?.microseconds
        knownBy = reader.moment("prior")?.microseconds
        knownSince = reader.moment("beliefs-after")?.microseconds
        detail.isLatestOnly = reader.flag("most-recent-beliefs-only") ?? true
        detail.isHighestVersionOnly = reader.flag("use-latest-version-per-event") ?? true
        isCompressed = reader.flag("compress-json") ?? false
        clips = reader.flag("clip") ?? true
        includesData = reader.flag("include-data") ?? false
        datasetName = reader.string("dataset-name", byteCountMax: 200)
        width = reader.pixels("width")
        height = reader.pixels("height")
        chartType = reader.choice("chart-type") ?? .bar
        resolution = reader.calendarDuration("resolution")
        if let resolution, !resolution.isPositive {
            reader.fault(
                "resolution",
                "FlexMeasures only supports a positive resolution, got: \(reader.text("resolution"))."
            )
        }
        let duration = reader.calendarDuration("duration")
        if let duration { span(duration, zone, &reader) }
        try RequestRefusal.check(reader.errors)
    }

    /// The other end of the window, by its length.
    private mutating func span(
        _ duration: CalendarStep,
        _ zone: TimeZoneRules,
        _ reader: inout FieldReader
    ) {
        switch (start, end) {
        case (let start?, nil): end = duration.moment(1, from: start, in: zone)
        case (nil, let end?): start = duration.moment(-1, from: end, in: zone)
        case (nil, nil):
            // One that could not be read has its fault.
            if reader.fields["start"] == nil, reader.fields["end"] == nil {
                reader.fault("duration", "A duration needs a start or an end.")
            }
        case (let start?, let end?):
            if duration.moment(1, from: start, in: zone) != end {
                reader.fault("duration", "The duration is not the one from start to end.")
            }
        }
    }

    /// The annotations that are wanted.
    var annotations: ChartAnnotations.Window {
        .init(
            start: start.map { Timestamp(microseconds: $0) },
            end: end.map { Timestamp(microseconds: $0) },
            knownBy: knownBy.map { Timestamp(microseconds: $0) },
            knownSince: knownSince.map { Timestamp(microseconds: $0) },
            clips: clips
        )
    }

    /// The starts of the events that lie whole in the window; nil if none can. µs since 1970 UTC.
    func events(resolution: Int64) -> ClosedRange<Int64>? {
        let first = start ?? .min
        guard let end else { return first ... .max }
        let (last, overflow) = end.subtractingReportingOverflow(resolution)
        return overflow || last < first ? nil : first...last
    }

    /// The question about a sensor's events.
    func query(
        of sensor: SensorID,
        _ timing: EventTiming,
        _ events: ClosedRange<Int64>
    )
        -> SeriesQuery
    {
        var query = SeriesQuery(sensor: sensor, timing: timing, events: events)
        (query.knownBy, query.knownSince) = (knownBy, knownSince)
        return query
    }
}

/// How a chart of one sensor is drawn, by FlexMeasures' names.
enum ChartType: String, CaseIterable, Sendable {
    case bar = "bar_chart"
    case histogram = "histogram"
    case daily = "daily_heatmap"
    case weekly = "weekly_heatmap"
}

extension FieldReader {
    mutating func flag(_ field: String) -> Bool? {
        guard let text = fields[field]?.string else { return nil }
        guard let flag = StructureQuery.flag(text) else {
            fault(field, "Not a valid boolean.")
            return nil
        }
        return flag
    }

    /// A length on a screen; other words, such as `container`, count as none.
    fileprivate mutating func pixels(_ field: String) -> Int64? {
        guard let text = fields[field]?.string, let pixels = Int64(text) else { return nil }
        guard (1...100_000).contains(pixels) else {
            fault(field, "Must be greater than or equal to 1 and less than or equal to 100000.")
            return nil
        }
        return pixels
    }
}
