import Model
import TSEngine
import Testing

@testable import Gateway

struct SensorDataQueryTests {
    /// The query of a good request.
    static let good: [QueryParameter] = [
        ("start", "2026-03-02T00:00:00+01:00"), ("duration", "PT1H"), ("unit", "kW"),
    ]

    static func refused(_ query: [QueryParameter], _ body: RequestBody = .none) -> RequestRefusal? {
        refusal { () throws(RequestRefusal) in try SensorDataQuery(query: query, body: body) }
    }

    /// Goal: the recorded answers' errors, and their echoes and lengths. Method: see the golden
    /// text.
    @Test(arguments: try GoldenRequest.all(sensorDataQueryGolden))
    func `recorded requests`(_ request: GoldenRequest) throws {
        if let expected = try request.expectedErrors {
            let refused = try #require(Self.refused(request.query, request.requestBody))
            #expect(try fieldErrors(in: refused, location: SensorDataMessage.location) == expected)
            return
        }
        let query = try SensorDataQuery(query: request.query, body: request.requestBody)
        let echo = request.outcome.split(separator: " ").dropFirst().map(String.init)
        try #require(echo.count == 4)
        #expect(query.start.echo == echo[0])
        #expect(ISODuration.hoursText(query.duration) == echo[1])
        let printed = try ISODuration(parsing: echo[2]).microseconds
        // Of a resampled answer the sensor's own resolution is not recorded; it does not matter.
        let own = query.resolution == nil || printed == 0 ? printed : 7 * Microseconds.minute
        let zone = try #require(TimeZoneRules.load("Europe/Amsterdam"))
        let grid = try SensorDataGrid(query.fixed(in: zone), resolution: own, zone: zone)
        #expect(grid.values(SelectedBeliefs()) { _ in [:] }.count == Int(echo[3]))
        if own > 0 { #expect(grid.resolutionText == echo[2]) }
    }

    @Test func `a query with everything`() throws {
        let query = try SensorDataQuery(
            query: Self.good + [
                ("resolution", "PT5M"), ("horizon", "-PT2H"), ("prior", "2026-03-02T00:00:00Z"),
                ("source", " 7"), ("source_account", "1"), ("source-type", "user"),
                ("type", "GetPrognosisRequest"),
            ]
        )
        #expect(query.resolution == 5 * Microseconds.minute)
        #expect(query.source == SourceID(7))
        #expect(query.sourceAccount == AccountID(1))
        #expect(query.sourceType == "user")
        #expect(query.prior == Timestamp(microseconds: 1_772_409_600_000_000))
        #expect(query.horizonRange == (0, nil))
    }

    @Test(
        arguments: [
            ("GetPrognosisRequest", "PT6H", 360, nil), ("GetPrognosisRequest", "-PT6H", 0, nil),
            ("GetPrognosisRequest", nil, 0, nil), ("GetMeterDataRequest", nil, nil, 0),
            ("GetMeterDataRequest", "-PT1H", -60, 0), ("GetSensorDataRequest", "PT1H", 60, nil),
        ] as [(String, String?, Int64?, Int64?)]
    )
    func `types bound the horizon`(
        type: String,
        horizon: String?,
        atLeast: Int64?,
        atMost: Int64?
    ) throws {
        var parameters = Self.good + [("type", type)]
        if let horizon { parameters.append(("horizon", horizon)) }
        let range = try SensorDataQuery(query: parameters).horizonRange
        #expect(range.atLeast == atLeast.map { $0 * Microseconds.minute })
        #expect(range.atMost == atMost)
    }

    @Test(arguments: [
        ("resolution", "-PT1H", "FlexMeasures only supports a positive resolution, got: -PT1H."),
        ("source", "7.5", "Not a valid integer."), ("source-account", "", "Not a valid integer."),
        ("source", "99999999999999999999", "Not a valid integer."),
        (
            "horizon", "P1Y",
            "Only durations of a fixed length (no years or months) are supported, got: P1Y."
        ),
        ("prior", "2026-03-02T00:00:00", "Not a valid aware datetime."),
        ("horizons-at-least", "PT0H", "Unknown field."),
        ("source-type", String(repeating: "x", count: 81), "Longer than maximum length 80."),
    ])
    func `one bad parameter`(name: String, value: String, text: String) throws {
        let refused = try #require(Self.refused(Self.good + [(name, value)]))
        #expect(
            try fieldErrors(in: refused, location: SensorDataMessage.location)
                == .object([name: .array([.string(text)])])
        )
    }

    @Test func `a JSON body may have its own types`() throws {
        let text = """
            {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW", "source": 7,
            "source_account": 1.5, "type": 3, "horizon": null}
            """
        let body = RequestBody(Array(text.utf8), contentType: "application/json")
        let refused = try #require(Self.refused([("source", "x")], body))
        #expect(
            try fieldErrors(in: refused, location: SensorDataMessage.location)
                == .object([
                    "source-account": .array([.string("Not a valid integer.")]),
                    "type": .array([.string("Not a valid string.")]),
                    "horizon": .array([.string("Field may not be null.")]),
                ])
        )
    }

    @Test func `the grid is bounded`() throws {
        func query(_ duration: String) throws -> SensorDataQuery {
            try SensorDataQuery(
                query: [("start", "0001-01-01T00:00Z"), ("duration", duration), ("unit", "kW")]
            )
        }
        let minute = Microseconds.minute
        #expect(try query("PT10000000M").gridCount(resolution: minute) == 10_000_000)
        #expect(try query("PT61M").gridCount(resolution: 60 * minute) == 2)
        #expect(try query("P3000000D").gridCount(resolution: Microseconds.day) == 3_000_000)
        let tooLong = try query("PT10000001M")
        let refused = refusal { () throws(RequestRefusal) in
            try tooLong.gridCount(resolution: minute)
        }
        #expect(refused?.status == 422)
    }

    @Test(arguments: [
        ("PT8H", 5), ("PT8H1M", 15), ("PT48H", 15), ("PT48H1M", 60), ("P14D", 60),
        ("P14DT1M", 1_440),
        ("P16W", 1_440), ("P16WT1M", 10_080), ("-P1D", 5),
    ])
    func `steps of instantaneous sensors`(duration: String, minutes: Int64) throws {
        let query = try SensorDataQuery(
            query: [("start", "2026-03-02T00:00Z"), ("duration", duration), ("unit", "m")]
        )
        #expect(query.instantaneousResolution == minutes * Microseconds.minute)
    }
}
