import Model
import Testing

@testable import Gateway

@Suite struct DataDeletionRequestTests {
    private static let quarter = 900 * Microseconds.second

    private static func request(
        _ body: String,
        type: String? = "application/json",
        resolution: Int64 = quarter
    ) throws(RequestRefusal) -> DataDeletionRequest {
        try DataDeletionRequest(
            body: RequestBody(Array(body.utf8), contentType: type),
            resolution: resolution
        )
    }

    @Test func `without filters everything goes`() throws {
        for (body, type) in [("", nil), ("", "application/json"), ("{}", "application/json")]
            as [(String, String?)]
        {
            let request = try Self.request(body, type: type)
            #expect(request.source == nil)
            #expect(request.events(resolution: Self.quarter) == .min ... .max)
        }
    }

    @Test func `events start and end within the window`() throws {
        let start: Int64 = 1_775_167_200 * Microseconds.second
        let window = try Self.request(
            #"{"source": 8, "start": "2026-04-03T00:00:00+02:00", "until": "2026-04-03T01:00:00+02:00"}"#
        )
        #expect(window.source == SourceID(8))
        #expect(
            window.events(resolution: Self.quarter) == start...start + 3 * Self.quarter
        )
        #expect(window.events(resolution: 0) == start...start + 4 * Self.quarter)
        let rest = try Self.request(#"{"start": "2026-04-03T00:00:00+02:00"}"#)
        #expect(rest.events(resolution: Self.quarter) == start ... .max)
        let until = try Self.request(#"{"until": "2026-04-03T00:15:00+02:00"}"#)
        #expect(until.events(resolution: Self.quarter) == .min...start)
        // One moment, of an instantaneous sensor.
        let moment = try Self.request(
            #"{"start": "2026-04-03T00:00:00+02:00", "until": "2026-04-03T00:00:00+02:00"}"#,
            resolution: 0
        )
        #expect(moment.events(resolution: 0) == start...start)
        let extremes = try Self.request(
            #"{"start": "0001-01-01T00:00:00+00:00", "until": "9999-12-31T23:59:59+00:00"}"#
        )
        #expect(extremes.events(resolution: Self.quarter) != nil)
        let none = try Self.request(#"{"until": "0001-01-01T00:00:00+00:00"}"#)
        #expect(none.events(resolution: Self.quarter)?.upperBound ?? 0 < 0)
    }

    /// Goal: refusals word for word as FlexMeasures was recorded.
    @Test(
        arguments: [
            (
                #"{"start": "2026-04-03T00:00:00+02:00", "until": "2026-04-03T00:10:00+02:00"}"#,
                "until",
                "For a sensor with resolution 0:15:00, 'until' must be at least one resolution step (0:15:00) after 'start'."
            ),
            (#"{"start": "2026-04-03T00:00:00"}"#, "start", "Not a valid aware datetime."),
            (#"{"foo": 1}"#, "foo", "Unknown field."),
            (#"{"until": null}"#, "until", "Field may not be null."),
            (#"{"source": 1.5}"#, "source", "Not a valid integer."),
            (#"{"source": 1, "source": 2}"#, "source", "Duplicate field."),
            ("[1]", "_schema", "Invalid input type."),
        ] as [(String, String, String)]
    )
    func `wrong fields are named`(body: String, field: String, text: String) {
        let error = #expect(throws: RequestRefusal.self) { try Self.request(body) }
        #expect(error == .unprocessable(FieldErrors(location: "json", field: field, text)))
    }

    /// Goal: a filter that is not understood never passes for none.
    @Test(
        arguments: [
            ("{", "application/json"), (#"{"source": 8}"#, nil), (#"{"source": 8}"#, "text/plain"),
            ("source=8", "application/x-www-form-urlencoded"), (" ", "text/plain"),
        ] as [(String, String?)]
    )
    func `what is no JSON is refused`(body: String, type: String?) {
        #expect(throws: RequestRefusal.badRequest) { try Self.request(body, type: type) }
    }
}
