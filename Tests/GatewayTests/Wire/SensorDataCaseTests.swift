import Model
import TestSupport
import Testing

@testable import Gateway
@testable import TSEngine

/// Goal: GET and POST of sensor data do what FlexMeasures was seen to do. Method: the recorded
/// cases, through the pure parts that decide: reading the request, selection, places; and steps.
@Suite struct SensorDataCaseTests {
    /// What Penstock answers otherwise on purpose: bins are those of the request, not of the first
    /// event, and days are those of the calendar.
    private static let mended: [Int: [Double?]] = [68: [3], 83: [1, 3]]

    /// The same for values that are stored: a kWh of an hour is 1 kW, not 4, in each quarter of it.
    private static let mendedPosts: [Int: [Double]] = [111: [1, 1, 1, 1]]

    @Test(arguments: BeliefCase.all("get_data"))
    func get(_ belief: BeliefCase) throws {
        let sensor = try GivenSensor(belief.given)
        let request = try #require(belief.given["request"])
        var parameters = request.object.compactMap { name, value in
            value.string.map { (name, $0) }
        }
        if request["unit"] == nil { parameters.append(("unit", sensor.unit)) }
        let question = try SensorDataQuery(query: parameters)
        let grid = try SensorDataGrid(
            question.fixed(in: sensor.zone),
            resolution: sensor.timing.resolution,
            zone: sensor.zone
        )
        try UnitRules.check(
            question,
            required: sensor.unit,
            resolution: sensor.timing.resolution
        )
        var values = grid.values(try sensor.selected(question, grid.events)) { sensor.ranks($0) }
        UnitRules.convert(&values, on: grid, required: sensor.unit, to: question.unit)
        let expected = belief.expect["values"]?.array.map(\.number)
        #expect(values.map { $0.isNaN ? nil : $0 } == Self.mended[belief.id] ?? expected)
        #expect(grid.resolutionText == belief.expect["resolution"]?.string)
    }

    @Test(arguments: BeliefCase.all("post_data"))
    func post(_ belief: BeliefCase) throws {
        let sensor = try GivenSensor(belief.given)
        let body = try #require(belief.given["body"])
        var text = "{"
        for (name, value) in body.object {
            text += (text.count > 1 ? ", " : "") + "\"\(name)\": "
            if let string = value.string { text += "\"\(string)\"" }
            if case .array(let values) = value {
                let items = values.map { $0.number.map { "\($0)" } ?? "null" }
                text += "[" + items.joined(separator: ", ") + "]"
            }
        }
        let json = RequestBody(Array((text + "}").utf8), contentType: "application/json")
        let message = try SensorDataMessage(body: json, query: [])
        let attributes = belief.given["sensor"]?["attributes"]
        let floors = attributes?["floor_datetimes_to_resolution"]?.bool ?? true
        let resolution = sensor.timing.resolution
        let steps = try message.steps(
            resolution: resolution,
            alignment: .init(resolution: resolution, floorsToResolution: floors),
            unitFaults: UnitRules.faults(message, required: sensor.unit)
        )
        let events = steps.events(try UnitRules.values(message, required: sensor.unit))
        var expected = try belief.expect["stored"]?.array.map { row in
            let event = try GivenSensor.moment(row["event_start"])
            let horizon = try GivenSensor.length(row["belief_horizon"])
            return [
                Double(event), Double(sensor.timing.knowledgeTime(eventStart: event) - horizon),
                row["value"]?.number ?? .nan,
            ]
        }
        // FlexMeasures takes the step of instantaneous values for the length of their events, so it
        // reads back other belief times than it was given. Here they are kept.
        let shift = resolution == 0 ? message.step : 0
        let stored = events.starts.indices.map { index in
            let known = sensor.timing.knowledgeTime(eventStart: events.starts[index])
            let belief = message.prior?.microseconds ?? known - (message.horizon ?? 0)
            return [Double(events.starts[index]), Double(belief - shift), events.values[index]]
        }
        for (index, value) in (Self.mendedPosts[belief.id] ?? []).enumerated() {
            expected?[index][2] = value
        }
        #expect(stored == expected)
    }

    @Test func `months and years count by the calendar of the sensor`() throws {
        let zone = try #require(TimeZoneRules.load("Europe/Amsterdam"))
        func grid(_ fields: [(String, String)]) throws -> (SensorDataQuery, SensorDataGrid) {
            let question = try SensorDataQuery(query: fields + [("unit", "kW")])
            let fixed = question.fixed(in: zone)
            let hour = Microseconds.hour
            return (fixed, try SensorDataGrid(fixed, resolution: hour, zone: zone))
        }
        let march = [("start", "2026-03-01T00:00:00+01:00"), ("duration", "P1M")]
        #expect(try grid(march).0.duration == 743 * Microseconds.hour)
        // Written in another offset than the zone's, the month is that of the offset.
        let elsewhere = [("start", "2026-03-01T00:00:00Z"), ("duration", "P1M")]
        #expect(try grid(elsewhere).0.duration == 744 * Microseconds.hour)
        let year = [
            ("start", "2026-01-01T00:00:00+01:00"), ("duration", "P1Y"), ("resolution", "P1M"),
        ]
        // Two days are two places, also if one of them has 25 hours, or 23.
        for start in ["2026-10-25T00:00:00+02:00", "2026-03-29T00:00:00+01:00"] {
            let days = [("start", start), ("duration", "P2D"), ("resolution", "P1D")]
            let (question, places) = try grid(days)
            let first = question.start.microseconds
            let hours = question.duration / Microseconds.hour
            let events = (0..<hours).map { first + $0 * Microseconds.hour }
            let selected = SelectedBeliefs(
                columns: BeliefColumns(
                    eventStarts: events,
                    beliefTimes: events,
                    values: events.map { Double(zone.localDay(at: $0).day) }
                ),
                sources: [SourceID](repeating: SourceID(1), count: events.count)
            )
            let day = Double(zone.localDay(at: first).day)
            #expect(places.values(selected) { _ in [:] } == [day, day + 1])
        }
        let (question, months) = try grid(year)
        #expect(months.resolutionText == "P1M")
        var beliefs = BeliefColumns()
        for hour in 0..<Int64(8_760) {
            let event = question.start.microseconds + hour * Microseconds.hour
            beliefs.append(event, event, Double(zone.localDay(at: event).month))
        }
        let selected = SelectedBeliefs(
            columns: beliefs,
            sources: [SourceID](repeating: SourceID(1), count: beliefs.count)
        )
        #expect(months.values(selected) { _ in [:] } == (1...12).map { Double($0) })
    }

    @Test(arguments: ["P1Y", "-P1M", "P1M", "P2Y3M", "P1MT1H", "P0Y1M2D"] as [String])
    func `nominal durations`(text: String) throws {
        let step = try #require(CalendarStep(nominal: text))
        let expected: [String: (Int, Int64)] = [
            "P1Y": (12, 0), "-P1M": (-1, 0), "P1M": (1, 0), "P2Y3M": (27, 0),
            "P1MT1H": (1, Microseconds.hour), "P0Y1M2D": (1, 2 * Microseconds.day),
        ]
        let (months, rest) = try #require(expected[text])
        #expect(step == CalendarStep(months: months, microseconds: rest))
    }

    @Test(arguments: [
        "P1D", "PT1H", "P0.5Y", "P1MT1S", "P0001-02-03T04:05:06", "P999999999999Y", "x",
    ])
    func `what is no nominal duration`(text: String) {
        #expect(CalendarStep(nominal: text) == nil)
    }
}

/// The sensor and the beliefs of a case.
private struct GivenSensor {
    let timing: EventTiming
    let zone: TimeZoneRules
    let unit: String
    private var series: [SeriesKey: BeliefColumns] = [:]
    private var sources: [JSON] = []

    init(_ given: JSON) throws {
        let sensor = try #require(given["sensor"])
        timing = EventTiming(resolution: try Self.length(sensor["resolution"]))
        zone = try #require(.load(sensor["timezone"]?.string ?? "Europe/Amsterdam"))
        unit = sensor["unit"]?.string ?? "kW"
        for belief in given["beliefs"]?.array ?? [] {
            let source = belief["source"] ?? .null
            if !sources.contains(source) { sources.append(source) }
            let place = Int64((sources.firstIndex(of: source) ?? 0) + 1)
            let event = try Self.moment(belief["event_start"])
            var columns = BeliefColumns()
            columns.append(
                event,
                try belief["belief_time"].map(Self.moment)
                    ?? timing.knowledgeTime(eventStart: event) - Self.length(belief["horizon"]),
                try #require(belief["value"]?.number)
            )
            let key = SeriesKey(
                sensor: SensorID(1),
                source: SourceID(place),
                probability: belief["cp"]?.number ?? 0.5
            )
            series[key] = series[key]?.merged(with: columns) ?? columns
        }
    }

    func selected(
        _ question: SensorDataQuery,
        _ events: ClosedRange<Int64>?
    ) throws -> SelectedBeliefs {
        guard let events else { return SelectedBeliefs() }
        var query = SeriesQuery(sensor: SensorID(1), timing: timing, events: events)
        query.knownBy = question.prior?.microseconds
        (query.horizonMin, query.horizonMax) = question.horizonRange
        let found = series.mapValues { $0.slice($0.positions(ofEventsIn: events)) }
        return Selection.select(found, query, ranks: ranks)
    }

    func ranks(_ ids: [SourceID]) -> [SourceID: SourceRank] {
        var ranks: [SourceID: SourceRank] = [:]
        let names = ids.map { sources[Int($0.rawValue) - 1]["name"]?.string ?? "" }
        for (index, id) in ids.enumerated() {
            let version = sources[Int(id.rawValue) - 1]["version"]?.string
            ranks[id] = SourceRank(
                family: index,
                version: version.flatMap { Int($0) } ?? 0,
                description: names.filter { $0 < names[index] }.count
            )
        }
        return ranks
    }

    static func moment(_ text: JSON?) throws -> Int64 {
        try OffsetTimestamp(iso8601: #require(text?.string)).microseconds
    }

    static func length(_ text: JSON?) throws -> Int64 {
        try ISODuration(parsing: #require(text?.string)).microseconds
    }
}
