import Model
import Testing

@testable import Gateway
@testable import TSEngine

/// Goal: questions about many sensors are read as they are meant, and faults are named. Method:
/// bodies and what they must become.
@Suite struct SeriesQuestionTests {
    private static func question(_ json: String) throws -> SeriesQuestion {
        try SeriesQuestion(body: RequestBody(Array(json.utf8), contentType: "application/json"))
    }

    @Test func `a question with everything`() throws {
        let question = try Self.question(
            """
            {"sensors": [3, 1, 3], "start": "2026-01-01T00:00:00+01:00", "duration": "P1Y",
             "resolution": "P1M", "aggregate": "max", "prior": "2026-02-01T00:00:00Z",
             "horizons-at-least": "PT1H", "horizons-at-most": "P1D", "source": 7}
            """
        )
        #expect(question.selection == .sensors([SensorID(3), SensorID(1)]))
        #expect(question.resolution == CalendarStep(months: 1))
        #expect(question.aggregate == .max)
        #expect(question.prior?.microseconds == 1_769_904_000_000_000)
        #expect(question.horizonMin == Microseconds.hour)
        #expect(question.horizonMax == Microseconds.day)
        #expect(question.source == SourceID(7))
        let edges = try question.edges(in: #require(.load("Europe/Amsterdam")))
        #expect(edges.count == 13)
        #expect(edges[3] - edges[2] == 743 * Microseconds.hour)
    }

    @Test func `an end instead of a duration, and the last bin ends with the window`() throws {
        let question = try Self.question(
            """
            {"asset": 4, "start": "2026-01-01T00:00:00Z", "end": "2026-01-01T02:30:00Z",
             "resolution": "PT1H", "aggregate": "count"}
            """
        )
        #expect(question.selection == .asset(AssetID(4)))
        let edges = try question.edges(in: .utc)
        #expect(edges.map { ($0 - edges[0]) / Microseconds.minute } == [0, 60, 120, 150])
    }

    @Test(
        arguments: [
            ("{}", "sensors"), (#"{"sensors": 1}"#, "sensors"), (#"{"sensors": ["x"]}"#, "sensors"),
            (#"{"sensors": [1], "asset": 2}"#, "asset"), (#"{"sensors": [1]}"#, "start"),
            (#"{"sensors": [1], "start": "2026-01-01T00:00:00Z"}"#, "duration"),
            (#"{"sensors": [1], "duration": "-PT1H"}"#, "duration"),
            (#"{"sensors": [1], "resolution": "PT0H"}"#, "resolution"),
            (#"{"sensors": [1], "aggregate": "median"}"#, "aggregate"),
            (#"{"sensors": [1], "foo": 1}"#, "foo"),
            (
                #"{"sensors": [], "start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}"#,
                "end"
            ),
        ] as [(String, String)]
    )
    func `a fault is named`(json: String, field: String) throws {
        let refused = #expect(throws: RequestRefusal.self) { try Self.question(json) }
        guard case .unprocessable(let errors) = refused else {
            Issue.record("not a field error")
            return
        }
        #expect(errors.contains(field))
    }

    @Test(arguments: [0, 1, 4_095, 4_096, 4_097, 20_000] as [Int])
    func `a long column is written in pieces that fit together`(count: Int) async throws {
        let question = try Self.question(
            #"{"sensors": [1], "start": "2026-01-01T00:00:00Z", "duration": "PT1H"}"#
        )
        let values = (0..<count).map { $0 % 7 == 3 ? Double.nan : Double($0) / 8 }
        var pieces: [[UInt8]] = []
        var document = SeriesDocument(question, count: 1)
        document.begin(sensorID: SensorID(1), unit: "°C", resolution: "PT1H")
        try await document.append(values) { pieces.append($0) }
        try await document.end { pieces.append($0) }
        let parsed = try JSONValue(parsing: Array(pieces.joined())).object
        guard case .array(let sensors)? = parsed?["sensors"],
            case .array(let column)? = sensors[0].object?["values"]
        else {
            Issue.record("not the shape")
            return
        }
        let expected = values.map { $0.isNaN ? JSONValue.null : .number($0) }
        #expect(column == expected)
        #expect(pieces.allSatisfy { $0.count < 200_000 })
    }
}
