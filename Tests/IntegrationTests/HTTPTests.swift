import Foundation
import TestSupport
import Testing

/// The API over real sockets, a real Postgres and the built program.
@Suite(.serialized) struct HTTPTests {
    /// One server for the suite: starting one takes seconds.
    private static let shared = Result { try Server() }

    private struct Server: Sendable {
        let process: PenstockProcess
        let token: String

        init() throws {
            process = try PenstockProcess(environment: ["SECURITY_TOKEN_MAX_AGE=600"])
            try process.start()
            process.stopAtExit()
            token = try process.makeStructure(sensorCount: 12)
        }
    }

    private static func onServer<R: Sendable>(
        _ body: @escaping @Sendable (BlockingHTTPClient, String) throws -> R
    ) async throws -> R {
        try await onThread {
            let server = try shared.get()
            return try body(BlockingHTTPClient(port: server.process.port), server.token)
        }
    }

    private static func json(_ token: String) -> [String: String] {
        ["Authorization": token, "Content-Type": "application/json"]
    }

    /// Goal: what is posted is read back, also as known earlier. Method: a forecast, then a
    /// measurement of the same events.
    @Test func `a batch comes back, and so does what was known before`() async throws {
        try await Self.onServer { client, token throws in
            let path = "/api/v3_0/sensors/1/data"
            let forecast = client.send(
                "POST",
                path,
                headers: Self.json(token),
                body: """
                    {"values": [1, 2, 3, null], "start": "2026-03-29T00:00:00+01:00", \
                    "duration": "PT1H", "unit": "kW", "prior": "2026-03-28T12:00:00+01:00"}
                    """
            )
            #expect(forecast?.status == 200)
            #expect(try forecast?.json()["status"] as? String == "PROCESSED")
            let measured = client.send(
                "POST",
                path,
                headers: Self.json("Bearer \(token)"),
                body: """
                    {"values": [1, 2.5], "start": "2026-03-29T00:00:00+01:00", "duration": "PT30M", \
                    "unit": "kW", "horizon": "PT0S"}
                    """
            )
            #expect(measured?.status == 200)
            let question =
                "\(path)?start=2026-03-29T00:00:00%2B01:00&duration=PT1H&unit=kW"
            func values(_ more: String) throws -> [Double?] {
                let answer = client.send("GET", question + more, headers: ["Authorization": token])
                return (try answer?.json()["values"] as? [Any] ?? []).map { $0 as? Double }
            }
            #expect(try values("") == [1, 2.5, 3, nil])
            #expect(try values("&prior=2026-03-28T13:00:00%2B01:00") == [1, 2, 3, nil])
            #expect(try values("&prior=2026-03-28T11:00:00%2B01:00") == [nil, nil, nil, nil])
            #expect(try values("&horizon=PT6H") == [1, 2, 3, nil])
        }
    }

    @Test func `repeats are told apart from replacements`() async throws {
        try await Self.onServer { client, token throws in
            func post(_ values: String) throws -> (Int?, String?) {
                let answer = client.send(
                    "POST",
                    "/api/v3_0/sensors/2/data",
                    headers: Self.json(token),
                    body: """
                        {"values": \(values), "start": "2026-04-01T00:00:00Z", "duration": "PT30M", \
                        "unit": "kW", "prior": "2026-04-02T00:00:00Z"}
                        """
                )
                return (answer?.status, try answer?.json()["status"] as? String)
            }
            #expect(try post("[1, 2]") == (200, "PROCESSED"))
            #expect(try post("[1, 2]") == (200, "ALREADY_RECEIVED_AND_SUCCESSFULLY_PROCESSED"))
            #expect(try post("[1, 3]") == (403, "INVALID_REPLACEMENT"))
        }
    }

    /// Goal: what is posted in one unit is read in others. Method: energies of an hour and of a
    /// quarter for a sensor of power.
    @Test func `units are converted on the way in and out`() async throws {
        try await Self.onServer { client, token throws in
            let path = "/api/v3_0/sensors/9/data"
            for (values, minutes, start) in [("[10]", 60, "00:00"), ("[1, null]", 30, "01:00")] {
                let answer = client.send(
                    "POST",
                    path,
                    headers: Self.json(token),
                    body: """
                        {"values": \(values), "start": "2026-03-02T\(start):00Z", \
                        "duration": "PT\(minutes)M", "unit": "kWh", "horizon": "PT0S"}
                        """
                )
                #expect(answer?.status == 200)
            }
            func values(_ question: String) throws -> [Double?] {
                let answer = client.send(
                    "GET",
                    "\(path)?start=2026-03-02T00:00:00Z&duration=PT90M&\(question)",
                    headers: ["Authorization": token]
                )
                return (try answer?.json()["values"] as? [Any] ?? []).map { $0 as? Double }
            }
            #expect(try values("unit=kW") == [10, 10, 10, 10, 4, nil])
            #expect(try values("unit=kWh") == [2.5, 2.5, 2.5, 2.5, 1, nil])
            #expect(try values("unit=MW") == [0.01, 0.01, 0.01, 0.01, 0.004, nil])
            for unit in ["potato", "9**9**9", "%C2%B0C", String(repeating: "(", count: 200)] {
                let refused = client.send(
                    "GET",
                    "\(path)?start=2026-03-02T00:00:00Z&duration=PT90M&unit=\(unit)",
                    headers: ["Authorization": token]
                )
                #expect(refused?.status == 422)
            }
        }
    }

    /// Goal: a refused request is answered precisely, stores nothing, and leaves the connection
    /// usable. Method: one connection for all; sensor 3 is read at the end.
    @Test func `bad posts are refused and leave nothing behind`() async throws {
        try await Self.onServer { client, token throws in
            let path = "/api/v3_0/sensors/3/data"
            let rest = #""start": "2026-05-01T00:00:00Z", "duration": "PT15M", "unit": "kW"}"#
            let bad: [(body: String, status: Int, text: String)] = [
                ("{", 422, "Missing data for required field."),
                ("", 422, "Missing data for required field."),
                ("[1]", 422, "Invalid input type."),
                (#"{"values": [], "# + rest, 422, "Shorter than minimum length 1."),
                (#"{"values": null, "# + rest, 422, "Field may not be null."),
                (#"{"values": [true], "# + rest, 422, "Not a valid number."),
                (#"{"values": ["x"], "# + rest, 422, "Not a valid number."),
                (#"{"values": [NaN], "# + rest, 422, "Special numeric values"),
                (#"{"values": [1e400], "# + rest, 422, "values"),
                (#"{"values": [1], "values": [2], "# + rest, 422, "Duplicate field."),
                (#"{"values": [1], "foo": 1, "# + rest, 422, "Unknown field."),
                (
                    #"{"values": [1], "prior": "2026-05-01T00:00:00", "# + rest, 422,
                    "aware datetime"
                ),
                (#"{"values": [1], "horizon": "soon", "# + rest, 422, "horizon"),
                (#"{"values": [1], "start": 5, "duration": "PT15M", "unit": "kW"}"#, 422, "start"),
                (
                    #"{"values": [1], "start": "2026-05-01T00:00:00Z", "duration": "P1M", "unit": "kW"}"#,
                    422, "duration"
                ),
                (
                    #"{"values": [1], "start": "2026-05-01T00:00:00Z", "duration": "-PT15M", "unit": "kW"}"#,
                    422, "duration"
                ),
                (
                    #"{"values": [1], "start": "2026-05-01T00:00:00Z", "duration": "PT0M", "unit": "kW"}"#,
                    422, "Cannot infer a non-zero resolution"
                ),
                (
                    #"{"values": [1,2,3], "start": "2026-05-01T00:00:00Z", "duration": "PT1H", "unit": "kW"}"#,
                    422, "incompatible with the sensor's required resolution of 0:15:00"
                ),
                (
                    #"{"values": [1], "start": "2026-05-01T00:00:00Z", "duration": "PT15M", "unit": "°C"}"#,
                    422, "Required unit for this sensor is kW, got incompatible unit: \\u00b0C"
                ),
                (String(repeating: "[", count: 100_000), 400, "could not understand"),
            ]
            for (body, status, text) in bad {
                let answer = client.send("POST", path, headers: Self.json(token), body: body)
                #expect(answer?.status == status, "\(body.prefix(90))")
                #expect(
                    answer?.text.contains(text) == true,
                    "\(body.prefix(90)): \(answer?.text ?? "")"
                )
                #expect(answer?.head.contains("application/json") == true)
            }
            let stored = client.send(
                "GET",
                "\(path)?start=2026-04-30T00:00:00Z&duration=PT48H&unit=kW",
                headers: ["Authorization": token]
            )
            let values = try stored?.json()["values"] as? [Any] ?? []
            #expect(values.count == 192)
            #expect(values.allSatisfy { $0 is NSNull })
        }
    }

    @Test func `bad questions are refused`() async throws {
        try await Self.onServer { client, token throws in
            let bad: [(query: String, text: String)] = [
                ("", "Missing data for required field."),
                ("start=2026-05-01T00:00:00Z&duration=PT1H&unit=kW&x=1", "Unknown field."),
                ("start=2026-05-01T00:00:00&duration=PT1H&unit=kW", "Not a valid aware datetime."),
                ("start=2026-05-01T00:00:00Z&duration=PT1H&unit=m", "got incompatible unit: m"),
                ("start=2026-05-01T00:00:00Z&duration=PT1H&unit=kW&source=999", "No data source"),
                ("start=2026-05-01T00:00:00Z&duration=P9999Y&unit=kW", "duration"),
            ]
            for (query, text) in bad {
                let answer = client.send(
                    "GET",
                    "/api/v3_0/sensors/4/data?\(query)",
                    headers: ["Authorization": token]
                )
                #expect(answer?.status == 422, "\(query)")
                #expect(answer?.text.contains(text) == true, "\(query): \(answer?.text ?? "")")
            }
        }
    }

    /// Goal: without a good token nothing is told and nothing is done. Method: bad tokens of every
    /// kind, in every place where one might be looked for.
    @Test func `only the header's own token counts`() async throws {
        try await Self.onServer { client, token throws in
            let path = "/api/v3_0/sensors/5/data"
            let query = "?start=2026-05-01T00:00:00Z&duration=PT1H&unit=kW"
            let bad: [[String: String]] = [
                [:], ["Authorization": ""], ["Authorization": "x"], ["Authorization": "Bearer "],
                ["Authorization": token + "A"], ["Authorization": String(token.dropLast())],
                ["Authorization": "Basic \(token)"], ["Authentication-Token": token],
                ["Cookie": "token=\(token)"],
            ]
            for headers in bad {
                let answer = client.send("GET", path + query, headers: headers)
                #expect(answer?.status == 401, "\(headers)")
                #expect(try answer?.json()["status"] as? String == "UNAUTHORIZED")
            }
            #expect(client.send("GET", path + query + "&auth_token=\(token)")?.status == 401)
            #expect(
                client.send("GET", path + query, headers: ["Authorization": token])?.status == 200
            )
        }
    }

    @Test func `credentials are not told apart`() async throws {
        try await Self.onServer { client, _ throws in
            func ask(_ email: String, _ password: String) -> BlockingHTTPClient.Answer? {
                client.send(
                    "POST",
                    "/api/requestAuthToken",
                    headers: ["Content-Type": "application/json"],
                    body: #"{"email": "\#(email)", "password": "\#(password)"}"#
                )
            }
            let (wrong, unknown) = (ask("u@example.com", "no"), ask("nobody@example.com", "no"))
            #expect(wrong?.status == 401)
            #expect(unknown?.status == 401)
            #expect(wrong?.text == unknown?.text)
        }
    }

    @Test func `unknown paths, methods and objects have JSON answers`() async throws {
        try await Self.onServer { client, token throws in
            // Whether a sensor is missing or somebody else's is nobody's business: 403.
            let cases: [(method: String, path: String, status: Int)] = [
                ("GET", "/nothing", 404), ("GET", "/api/v3_0/sensors/abc/data", 422),
                ("GET", "/api/v3_0/sensors/-1/data", 403),
                ("GET", "/api/v3_0/sensors/99999999999999999999/data", 403),
                ("GET", "/api/v3_0/sensors/99999/data", 403),
                ("PUT", "/api/v3_0/sensors/1/data", 405), ("GET", "/api/requestAuthToken", 405),
                ("TRACE", "/api/", 405), ("GET", "/api", 308), ("GET", "/api/", 200),
            ]
            for (method, path, status) in cases {
                let answer = client.send(method, path, headers: ["Authorization": token])
                #expect(answer?.status == status, "\(method) \(path)")
                #expect(answer?.head.contains("application/json") == true, "\(method) \(path)")
            }
            #expect(
                client.send("GET", "/api/")?.head.contains("FlexMeasures-Version: 1.0.1") == true
            )
        }
    }

    @Test func `a body beyond the limit is refused`() async throws {
        try await Self.onServer { client, token throws in
            let answer = client.send(
                "POST",
                "/api/v3_0/sensors/6/data",
                headers: Self.json(token),
                body: "{\"values\": [" + String(repeating: "1,", count: 1_700_000) + "1]}"
            )
            #expect(answer?.status == 413)
            #expect(try answer?.json()["status"] as? String == "PAYLOAD_TOO_LARGE")
        }
    }

    /// Goal: a client that waits for `100 Continue` gets it, if its body will be read.
    @Test func `clients that ask first are told to go on`() async throws {
        try await Self.onServer { client, token throws in
            let body = """
                {"values": [1], "start": "2026-06-01T00:00:00Z", "duration": "PT15M", "unit": "kW"}
                """
            func head(_ sensor: Int) -> String {
                """
                POST /api/v3_0/sensors/\(sensor)/data HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                Authorization: \(token)\r\nContent-Type: application/json\r\n\
                Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n
                """
            }
            #expect(client.send(raw: head(7))?.status == 100)
            #expect(client.send(raw: body)?.status == 200)
            #expect(client.send(raw: head(99_999))?.status == 403)
        }
    }

    /// Goal: what is not a body of plain JSON is refused as the client's mistake. Method: bytes that
    /// a client library would not send.
    @Test func `damaged and encoded bodies are refused`() async throws {
        try await Self.onServer { client, token throws in
            func send(_ fields: String, _ body: String) -> BlockingHTTPClient.Answer? {
                client.send(
                    raw: """
                        POST /api/v3_0/sensors/8/data HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                        Authorization: \(token)\r\nContent-Type: application/json\r\n\(fields)\r\n\r\n\(body)
                        """
                )
            }
            #expect(send("Content-Encoding: br\r\nContent-Length: 2", "{}")?.status == 415)
            client.disconnect()
            #expect(send("Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n")?.status == 400)
            client.disconnect()
            #expect(send("Transfer-Encoding: xchunked", "2\r\n{}\r\n0\r\n\r\n")?.status == 400)
            client.disconnect()
            let metrics = client.send("GET", "/metrics")?.text ?? ""
            #expect(metrics.contains("penstock_http_answers_total"))
            #expect(!metrics.contains("penstock_http_answers_total{code=\"5"))
        }
    }

    @Test func `metrics count what happens`() async throws {
        try await Self.onServer { client, _ throws in
            let text = client.send("GET", "/metrics")?.text ?? ""
            for name in [
                "writes_total", "values_total", "commit_group_values_mean", "commit_seconds_bucket",
                "queue_bytes", "cache_hits_total", "http_answers_total{code=\"200\"}",
            ] {
                #expect(text.contains("penstock_\(name)"), "\(name)")
            }
        }
    }
}
