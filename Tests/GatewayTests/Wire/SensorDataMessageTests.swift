import Model
import TestSupport
import Testing

@testable import Gateway

struct SensorDataMessageTests {
    static func json(_ text: String) -> RequestBody {
        RequestBody(Array(text.utf8), contentType: "application/json")
    }

    /// What a request without any fields is told.
    static let allMissing = #"""
        {"duration": ["Missing data for required field."],
        "start": ["Missing data for required field."], "unit": ["Missing data for required field."]}
        """#

    static func errors(_ text: String) throws -> JSONValue {
        try errors(json(text))
    }

    static func errors(_ body: RequestBody) throws -> JSONValue {
        let refused = refusal { () throws(RequestRefusal) in try SensorDataMessage(body: body) }
        return try fieldErrors(in: #require(refused), location: SensorDataMessage.location)
    }

    /// A good message with the given members in place of its own or beside them.
    static func message(_ members: String) -> String {
        "{" + members
            + #", "start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW"}"#
    }

    @Test(arguments: try GoldenRequest.all(sensorDataMessageGolden))
    func `recorded requests`(_ request: GoldenRequest) throws {
        let refused = refusal { () throws(RequestRefusal) in
            try SensorDataMessage(body: request.requestBody, query: request.query)
        }
        guard let expected = try request.expectedErrors else {
            #expect(refused == nil)
            return
        }
        let errors = try fieldErrors(in: #require(refused), location: SensorDataMessage.location)
        #expect(errors == expected)
    }

    @Test func `a message with everything`() throws {
        let message = try SensorDataMessage(
            body: Self.json(
                """
                {"unit": "m\\u00b3/h", "horizon": "-PT1H", "type": "PostPrognosisRequest", "id": 1,
                "prior": "2026-03-02T12:00:00.5Z", "start": "2026-03-02T00:00:00+01:00",
                "values": [1, null, "2.5" , -4e-1, 1e2], "sensor": {"a": [1]}, "duration": "P1D"}
                """
            )
        )
        let start = try OffsetTimestamp(iso8601: "2026-03-02T00:00:00+01:00")
        #expect(
            message
                == SensorDataMessage(
                    values: [1, .nan, 2.5, -0.4, 100],
                    start: start,
                    duration: Microseconds.day,
                    unit: "m³/h",
                    prior: Timestamp(microseconds: 1_772_452_800_500_000),
                    horizon: -Microseconds.hour,
                    kind: .prognosis
                )
        )
    }

    @Test func `the body goes before the query`() throws {
        let message = try SensorDataMessage(
            body: Self.json(Self.message("\"values\": [1, 2]")),
            query: [("unit", "MW"), ("values", "7"), ("prior", "2026-03-02T00:00 01:00")]
        )
        #expect(message.unit == "kW")
        #expect(message.values == [1, 2])
        #expect(!message.isSingle)
        #expect(message.prior?.microseconds == 1_772_406_000_000_000)
    }

    @Test func `all fields in the query`() throws {
        let message = try SensorDataMessage(
            body: .none,
            query: [
                ("start", "2026-03-02T00:00Z"), ("duration", "PT15M"), ("unit", "kW"),
                ("values", "-3.5"),
                ("values", "4"), ("sensor", "9"),
            ]
        )
        #expect(message.values == [-3.5])
        #expect(message.isSingle)
    }

    /// Goal: every fault of a list is told at its index, in the words of the API.
    @Test func `faults of elements`() throws {
        let values = #"[1, true, NaN, "abc", [1, [2]], {"a": 1}, "inf", -Infinity, 1e400, null, 2]"#
        let special = #"["Special numeric values (nan or infinity) are not permitted."]"#
        let notANumber = #"["Not a valid number."]"#
        let expected = """
            {"values": {"1": \(notANumber), "2": \(special), "3": \(notANumber), "4": \(notANumber),
            "5": \(notANumber), "6": \(special), "7": \(special), "8": \(special)}}
            """
        #expect(
            try Self.errors(Self.message("\"values\": " + values))
                == JSONValue(parsing: Array(expected.utf8))
        )
    }

    @Test(arguments: [
        ("null", "Field may not be null."), ("true", "Not a valid number."),
        ("\"x\"", "Not a valid number."),
        ("{}", "Not a valid number."), ("NaN", ValueColumn.special),
        ("\"nan\"", ValueColumn.special),
        ("[]", "Shorter than minimum length 1."), ("-1e999", ValueColumn.special),
    ])
    func `faults of the whole column`(value: String, text: String) throws {
        let expected: JSONValue = .object(["values": .array([.string(text)])])
        #expect(try Self.errors(Self.message("\"values\": " + value)) == expected)
    }

    @Test func `an integer beyond the doubles`() throws {
        let integer = String(repeating: "9", count: 400)
        let expected: JSONValue = .object([
            "values": .object(["0": .array([.string("Number too large.")])])
        ])
        #expect(try Self.errors(Self.message("\"values\": [\(integer)]")) == expected)
    }

    /// Goal: an answer does not outgrow its request. Method: far more faults than are shown.
    @Test func `faults are counted out`() throws {
        let values = [String](repeating: "\"x\"", count: 5_000).joined(separator: ",")
        let names = (0..<5_000).map { "\"f\($0)\": 1" }.joined(separator: ",")
        let errors = try Self.errors("{\"values\": [\(values)], \(names)}").object
        #expect(errors?.count == FieldErrors.fieldCountMax)
        #expect(errors?["values"] == nil || errors?["values"]?.object?.count == 100)
        #expect(
            try Self.errors("{\"values\": [\(values)]}").object?["values"]?.object?.count == 100
        )
    }

    /// Goal: a body full of faults costs no more than another. Method: one name, then many names,
    /// as often as a body of the usual limit has room; quadratic work would take minutes.
    @Test(.timeLimit(.minutes(1))) func `floods of names`() throws {
        let twice = [String](repeating: "\"a\":0", count: 500_000).joined(separator: ",")
        #expect(try Self.errors("{\(twice)}").object?.count == 4)
        let many = (0..<200_000).map { "\"f\($0)\":0" }.joined(separator: ",")
        #expect(try Self.errors("{\(many),\(many)}").object?.count == FieldErrors.fieldCountMax)
    }

    @Test func `white space of every kind between values`() throws {
        let text = Self.message("\"values\"\n:\t[ 1\r\n,\n\n 2.5 ,-3,\t4 , 5\n]")
        #expect(try SensorDataMessage(body: Self.json(text)).values == [1, 2.5, -3, 4, 5])
    }

    @Test(arguments: [
        "{", "", " ", "[1", "{\"values\": [1,]}", "{\"values\": [1 2]}", "{\"values\": [1}",
        "{\"values\": [1",
        "{\"values\": [01]}", "{\"values\": [1,,2]}", "{\"values\": [1.]}", "{\"values\": nul}",
        "not json",
    ])
    func `malformed JSON counts as an empty body`(_ text: String) throws {
        let expected = try JSONValue(parsing: Array(Self.allMissing.utf8))
        #expect(try Self.errors(text) == expected)
    }

    @Test(arguments: ["application/x-www-form-urlencoded", "text/plain", "json", "text/json", ""])
    func `another content type counts as an empty body`(_ type: String) throws {
        let body = RequestBody(Array("{\"unit\": \"kW\"}".utf8), contentType: type)
        #expect(try Self.errors(body) == JSONValue(parsing: Array(Self.allMissing.utf8)))
    }

    @Test(arguments: [
        "application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json ;x=y",
        "application/vnd.api+json",
    ])
    func `content types that are JSON`(_ type: String) {
        #expect(RequestBody([], contentType: type).isJSON)
    }

    @Test func `bodies that are not text or too deep are bad requests`() {
        func refused(_ bytes: [UInt8]) -> RequestRefusal? {
            refusal { () throws(RequestRefusal) in
                try SensorDataMessage(body: RequestBody(bytes, contentType: "application/json"))
            }
        }
        #expect(refused(Array("{\"unit\": \"".utf8) + [0xFF, 0x22, 0x7D]) == .badRequest)
        #expect(refused(Array("{\"values\": [1, 2".utf8) + [0xC3]) == .badRequest)
        #expect(refused([0xFF, 0xFE, 0x7B, 0]) == .badRequest)
        #expect(refused([UInt8](repeating: UInt8(ascii: "["), count: 100)) == .badRequest)
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(refused(Array("{\"values\": [\(deep)]}".utf8)) == .badRequest)
        #expect(refused(Array("{\"foo\": \(deep)}".utf8)) == .badRequest)
    }

    @Test func `a field that stands twice`() throws {
        let text = Self.message(
            "\"values\": [1], \"values\": [2], \"unit\": \"kW\", \"foo\": 1, \"foo\": 2"
        )
        let expected = """
            {"values": ["Duplicate field."], "unit": ["Duplicate field."],
            "foo": ["Duplicate field.", "Unknown field."]}
            """
        #expect(try Self.errors(text) == JSONValue(parsing: Array(expected.utf8)))
    }

    @Test(arguments: [
        (#""duration": "-PT15M""#, "Only a duration of zero or more is supported, got: -PT15M."),
        (
            #""duration": "P99999999999999D""#,
            "Cannot parse P99999999999999D as ISO8601 duration: It is longer than 9999 years"
        ),
        (
            #""duration": "P20000000W""#,
            "Cannot parse P20000000W as ISO8601 duration: It is longer than 9999 years"
        ),
        (#""duration": "P521722W""#, "The described events end after the year 9999."),
        (#""duration": "P1MT30S""#, "FlexMeasures only support multiples of 1 minute."),
        (
            #""duration": "15 minutes""#,
            "Cannot parse 15 minutes as ISO8601 duration: "
                + "Unable to parse duration string '15 minutes'"
        ),
        (#""duration": true"#, "Not a valid string."),
    ])
    func `durations that are refused`(member: String, text: String) throws {
        let body =
            "{\(member), \"values\": [1], \"start\": \"2026-03-02T00:00Z\", \"unit\": \"kW\"}"
        #expect(try Self.errors(body) == .object(["duration": .array([.string(text)])]))
    }

    @Test func `the whole answer, byte for byte`() {
        let refused = refusal { () throws(RequestRefusal) in
            try SensorDataMessage(body: Self.json("{\"values\": [\"x\", 2], \"unit\": null}"))
        }
        let expected = """
            {
              "message": {
                "combined_sensor_data_description": {
                  "duration": [
                    "Missing data for required field."
                  ],
                  "start": [
                    "Missing data for required field."
                  ],
                  "unit": [
                    "Field may not be null."
                  ],
                  "values": {
                    "0": [
                      "Not a valid number."
                    ]
                  }
                }
              },
              "result": "Rejected",
              "status": "UNPROCESSABLE_ENTITY"
            }

            """
        #expect(refused?.status == 422)
        #expect(refused.map { String(decoding: $0.body, as: UTF8.self) } == expected)
        let badRequest = """
            {
              "message": "The browser (or proxy) sent a request that this server could \
            not understand.",
              "status": 400
            }

            """
        #expect(RequestRefusal.badRequest.status == 400)
        #expect(String(decoding: RequestRefusal.badRequest.body, as: UTF8.self) == badRequest)
    }

    /// Goal: a column survives the way into a body and back bit by bit. Method: random columns by
    /// seed, with nulls, in the separators that clients use.
    @Test(arguments: UInt64(0)..<30, [",", ", ", ",\n    "])
    func `random columns`(seed: UInt64, separator: String) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<Int.random(in: 1...400, using: &random)).map { _ -> Double in
            switch Int.random(in: 0..<6, using: &random) {
            case 0: return .nan
            case 1:
                let value = Double(bitPattern: random.next())
                return value.isFinite ? value : .nan
            case 2: return Double(Int.random(in: -1_000...1_000, using: &random))
            default: return Double(Int.random(in: 0...100_000, using: &random)) / 1_000
            }
        }
        let list = values.map { DecimalText.text($0) }.joined(separator: separator)
        let message = try SensorDataMessage(body: Self.json(Self.message("\"values\": [\(list)]")))
        try #require(message.values.count == values.count)
        for (read, value) in zip(message.values, values) {
            try #require(value.isNaN ? read.isNaN : read.bitPattern == value.bitPattern)
        }
    }
}
