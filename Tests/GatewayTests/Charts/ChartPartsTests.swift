import Model
import TSEngine
import Testing

@testable import Catalog
@testable import Gateway

/// The parts of charts that need no server.
@Suite struct ChartPartsTests {
    private static func query(
        _ fields: [(String, String)],
        zone: String = "Europe/Amsterdam"
    ) throws -> ChartQuery {
        let rules = try #require(TimeZoneRules.load(zone))
        return try ChartQuery(fields.map { (name: $0.0, value: $0.1) }, zone: rules)
    }

    private static func sensor(
        _ id: Int64,
        _ unit: String,
        _ resolution: Int64 = 15 * Microseconds.minute
    ) -> Sensor {
        Sensor(
            id: SensorID(id),
            name: "s",
            unit: unit,
            timezone: "UTC",
            timing: EventTiming(resolution: resolution),
            asset: AssetID(1),
            attributes: "{}"
        )
    }

    /// Goal: all names of a parameter mean the same. Method: a window in each of its spellings.
    @Test func `a window has many spellings`() throws {
        let (start, end) = ("2026-03-28T00:00:00+01:00", "2026-03-30T00:00:00+02:00")
        let wanted = try Self.query([("start", start), ("end", end)])
        #expect(wanted.start == 1_774_652_400_000_000)
        let spellings: [[(String, String)]] = [
            [("event_starts_after", start), ("event_ends_before", end)],
            [("event-starts-after", start), ("event-ends-before", end)],
            // Two days of this zone, one of which has 23 hours.
            [("start", start), ("duration", "P2D")], [("end", end), ("duration", "P2D")],
            [("start", start), ("end", end), ("duration", "P2D")],
            // A plus that nobody escaped.
            [("start", start.replacing("+", with: " ")), ("end", end)],
        ]
        for spelling in spellings {
            let found = try Self.query(spelling)
            #expect(found.start == wanted.start && found.end == wanted.end, "\(spelling)")
        }
        let beliefs = try Self.query([
            ("beliefs_before", end), ("beliefs-after", start), ("most_recent_beliefs_only", "0"),
            ("use-latest-version-per-event", "false"), ("compress_json", "True"),
            ("resolution", "P1M"),
        ])
        #expect(beliefs.knownBy == wanted.end && beliefs.knownSince == wanted.start)
        #expect(!beliefs.detail.isLatestOnly && !beliefs.detail.isHighestVersionOnly)
        #expect(beliefs.isCompressed && beliefs.resolution == CalendarStep(months: 1))
    }

    @Test(arguments: [
        [("start", "2026-01-01")], [("start", "2026-01-01T00:00:00")], [("duration", "P1D")],
        [("start", "2026-01-01T00:00:00Z"), ("duration", "x")],
        [
            ("start", "2026-01-01T00:00:00Z"), ("end", "2026-01-02T00:00:00Z"),
            ("duration", "PT1H"),
        ],
        [("resolution", "PT0H")], [("resolution", "-PT1H")], [("compress-json", "maybe")],
        [("chart_type", "pie")], [("width", "0")], [("resolution", "PT1S")],
    ])
    func `what cannot be read is refused`(fields: [(String, String)]) {
        #expect(throws: RequestRefusal.self) { try Self.query(fields) }
    }

    /// Goal: events lie whole in the window.
    @Test func `which events a window holds`() throws {
        let query = try Self.query([
            ("start", "1970-01-01T01:00:00Z"), ("duration", "PT1H"),
        ])
        let hour = Microseconds.hour
        #expect(query.events(resolution: hour / 4) == hour...hour + hour / 4 * 3)
        #expect(query.events(resolution: hour) == hour...hour)
        #expect(query.events(resolution: 0) == hour...2 * hour)
        #expect(query.events(resolution: 2 * hour) == nil)
        #expect(try Self.query([]).events(resolution: hour) == .min ... .max)
    }

    /// Goal: pieces are the whole, cut at years, and bins are cut nowhere. Method: years of values,
    /// put together piece by piece and at once.
    @Test(arguments: ["PT1H", "P1D", "P1W", "P1M"])
    func `pieces say what the whole says`(step: String) throws {
        let zone = try #require(TimeZoneRules.load("Europe/Amsterdam"))
        let query = try Self.query([
            ("start", "2023-11-30T23:00:00Z"), ("end", "2026-02-10T00:00:00Z"),
            ("resolution", step),
        ])
        let sensor = Self.sensor(1, "kW")
        let events = try #require(query.events(resolution: sensor.timing.resolution))
        var columns = BeliefColumns()
        var event = events.lowerBound
        while event <= events.upperBound {
            columns.append(event, event + 1, Double(event / 900_000_000 % 97))
            event += 3 * sensor.timing.resolution
        }
        let resolution = try #require(query.resolution)
        let series = try ChartSeries(
            sensor,
            events,
            resolution: resolution,
            origin: query.start,
            in: zone
        )
        #expect(series.pieces.count == 4)
        let edges = try #require(
            resolution.edges(
                from: events.lowerBound,
                until: events.upperBound + 1,
                in: zone,
                countMax: 100_000
            )
        )
        let whole = Resampling.downsampled(columns, edges: edges, .mean)
        var parts = BeliefColumns()
        for (piece, range) in series.pieces.enumerated() {
            var some = BeliefColumns()
            for index in 0..<columns.count where range.contains(columns.eventStarts[index]) {
                some.append(
                    columns.eventStarts[index],
                    columns.beliefTimes[index],
                    columns.values[index]
                )
            }
            let shown = series.shown(some, piece: piece)
            for index in 0..<shown.count {
                parts.append(
                    shown.eventStarts[index],
                    shown.beliefTimes[index],
                    shown.values[index]
                )
            }
        }
        #expect(parts == whole)
        // Who asks from long before gets the same bins.
        let early = try ChartSeries(
            sensor,
            events,
            resolution: resolution,
            origin: resolution.moment(-5_000, from: events.lowerBound, in: zone),
            in: zone
        )
        if resolution.isFixed { #expect(early.pieces == series.pieces) }
    }

    @Test func `shorter events are parts of longer ones`() throws {
        let series = try ChartSeries(
            Self.sensor(1, "kW", Microseconds.hour),
            0...Microseconds.hour,
            resolution: CalendarStep(microseconds: 20 * Microseconds.minute),
            origin: nil,
            in: .utc
        )
        var columns = BeliefColumns()
        columns.append(0, 5, 1)
        columns.append(0, 6, 2)
        columns.append(Microseconds.hour, 7, 3)
        let shown = series.shown(columns, piece: 0)
        let third = 20 * Microseconds.minute
        #expect(shown.eventStarts == [0, 0, 1, 1, 2, 2, 3, 4, 5].map { $0 * third })
        #expect(shown.values == [1, 2, 1, 2, 1, 2, 3, 3, 3])
        #expect(shown.beliefTimes == [5, 6, 5, 6, 5, 6, 7, 7, 7])
        #expect(series.timing.resolution == third)
    }

    /// Goal: no event is left out or shown twice, however far a window reaches.
    @Test func `pieces cover the window`() throws {
        let windows: [ClosedRange<Int64>] = [
            0...0, -1...0, 0...Microseconds.day * 400, -Microseconds.day * 800 ... -5,
            Timestamp.earliest.microseconds...Timestamp.latest.microseconds,
        ]
        for window in windows {
            for step in [nil, CalendarStep(microseconds: Microseconds.minute)] {
                let series = try ChartSeries(
                    Self.sensor(1, "kW"),
                    window,
                    resolution: step,
                    origin: nil,
                    in: .utc
                )
                #expect(series.pieces.first?.lowerBound == window.lowerBound)
                #expect(series.pieces.last?.upperBound == window.upperBound)
                let isSeamless = zip(series.pieces, series.pieces.dropFirst())
                    .allSatisfy { $0.upperBound + 1 == $1.lowerBound }
                #expect(isSeamless)
                let days: Int64 = step == nil ? 366 : 31
                let isShort = series.pieces
                    .allSatisfy { $0.upperBound - $0.lowerBound < days * Microseconds.day }
                #expect(isShort)
            }
        }
    }

    @Test func `a plot is drawn in the smallest of its units`() {
        let mixed = PlotUnit([Self.sensor(1, "kW"), Self.sensor(2, "W"), Self.sensor(3, "MW")])
        #expect(mixed.text == "W")
        #expect(mixed.factors == [SensorID(1): 1_000, SensorID(2): 1, SensorID(3): 1_000_000])
        #expect(PlotUnit([Self.sensor(1, "kW"), Self.sensor(2, "kW")]).text == "kW")
        let apart = PlotUnit([Self.sensor(1, "kW"), Self.sensor(2, "EUR/MWh")])
        #expect(apart.text == "" && apart.factors == [:])
        // No factor leads from one thermometer to the other.
        #expect(PlotUnit([Self.sensor(1, "°C"), Self.sensor(2, "K")]).text == "")
        #expect(PlotUnit([Self.sensor(1, ""), Self.sensor(2, "odd")]).factors == [:])
    }

    @Test func `annotations are cut into lines`() {
        #expect(ChartAnnotations.lines("") == [])
        #expect(ChartAnnotations.lines("  two\n words ") == ["two words"])
        let word = String(repeating: "x", count: 61)
        #expect(ChartAnnotations.lines(word) == [String(word.dropLast()), "x"])
        #expect(
            ChartAnnotations.lines("ab " + word)
                == ["ab " + String(repeating: "x", count: 57), "xxxx"]
        )
        let words = ChartAnnotations.lines(String(repeating: "word ", count: 40))
        #expect(words.allSatisfy { $0.count <= 60 } && words.joined(separator: " ").count == 199)
        #expect(words.count == 4)
    }

    @Test func `paths of old versions are known`() {
        let known = [
            "/api/v1/getMeterData", "/api/v1/getService", "/api/v1_1/getConnection",
            "/api/v1_2/postUdiEvent", "/api/v1_3/getPrognosis", "/api/v2_0/assets",
            "/api/v2_0/asset/7", "/api/v2_0/user/7/password-reset",
        ]
        for path in known { #expect(SunsetPath(path[...]) != nil, "\(path)") }
        let unknown = [
            "/api/v1", "/api/v1/", "/api/v1/getConnection", "/api/v1/assets",
            "/api/v1_4/getService",
            "/api/v2_0/asset", "/api/v2_0/asset/", "/api/v2_0/user/7/x", "/v1/getService",
            "/api/v1/getService/", "/x/api/v1/getService",
        ]
        for path in unknown { #expect(SunsetPath(path[...]) == nil, "\(path)") }
    }
}
