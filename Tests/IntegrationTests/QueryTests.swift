import Foundation
import TestSupport
import Testing

/// Questions about many sensors, over real sockets, a real Postgres and the built program.
@Suite(.serialized) struct QueryTests {
    /// One server for the suite: starting one takes seconds.
    private static let shared = Result { try Server() }

    private struct Server: Sendable {
        let process: PenstockProcess
        let token: String

        init() throws {
            process = try PenstockProcess(environment: ["SECURITY_TOKEN_MAX_AGE=600"])
            try process.start()
            process.stopAtExit()
            token = try process.makeStructure(sensorCount: 3)
            let client = BlockingHTTPClient(port: process.port)
            for sensor in 1...2 {
                let values = (0..<192).map { "\($0 * sensor)" }.joined(separator: ", ")
                let body = """
                    {"values": [\(values)], "start": "2026-03-28T00:00:00+01:00", \
                    "duration": "PT48H", "unit": "kW", "prior": "2026-03-30T12:00:00Z"}
                    """
                let path = "/api/v3_0/sensors/\(sensor)/data"
                let answer = client.send("POST", path, headers: json(token), body: body)
                guard answer?.status == 200 else { throw CocoaError(.featureUnsupported) }
            }
        }
    }

    private static func json(_ token: String) -> [String: String] {
        ["Authorization": token, "Content-Type": "application/json"]
    }

    private static func ask(_ name: String, _ body: String) async throws -> (Int?, JSON) {
        let (status, text) = try await onThread {
            let server = try shared.get()
            let answer = BlockingHTTPClient(port: server.process.port).send(
                "POST",
                "/api/penstock/v1/\(name)",
                headers: json(server.token),
                body: body
            )
            return (answer?.status, answer?.text ?? "")
        }
        return (status, try JSONDecoder().decode(JSON.self, from: Data(text.utf8)))
    }

    /// Goal: one answer has the values of several sensors. Method: a window of four quarters.
    @Test func `values of several sensors`() async throws {
        let (status, answer) = try await Self.ask(
            "query",
            #"{"sensors": [2, 1, 3], "start": "2026-03-28T01:00:00+01:00", "duration": "PT1H"}"#
        )
        #expect(status == 200)
        let sensors = answer["sensors"]?.array ?? []
        #expect(sensors.map { $0["sensor"]?.number } == [2, 1, 3])
        let expected: [[Double?]] = [[8, 10, 12, 14], [4, 5, 6, 7], [nil, nil, nil, nil]]
        #expect(sensors.map { $0["values"]?.array.map(\.number) } == expected)
    }

    /// Goal: aggregates follow the calendar. Method: days around the spring change of clocks: the
    /// second has 23 hours, and one hour of data lies behind it.
    @Test func `aggregates per local day`() async throws {
        let (status, answer) = try await Self.ask(
            "query",
            """
            {"sensors": [1], "start": "2026-03-28T00:00:00+01:00", "duration": "P3D", \
            "resolution": "P1D", "aggregate": "count"}
            """
        )
        #expect(status == 200)
        let sensors = answer["sensors"]?.array ?? []
        #expect(sensors.map { $0["values"]?.array.map(\.number) } == [[96, 92, 4]])
    }

    /// Goal: GET resamples. Method: an hourly mean of a sensor of quarters.
    @Test func `a coarser resolution`() async throws {
        let values = try await onThread {
            let server = try Self.shared.get()
            let client = BlockingHTTPClient(port: server.process.port)
            let answer = client.send(
                "GET",
                "/api/v3_0/sensors/1/data?start=2026-03-28T00:00:00%2B01:00&duration=PT2H"
                    + "&resolution=PT1H&unit=kW",
                headers: Self.json(server.token)
            )
            return try answer?.json()["values"] as? [Double]
        }
        #expect(values == [1.5, 5.5])
    }

    /// Goal: the last value of each sensor. Method: two with data, one without.
    @Test func `last values`() async throws {
        let (status, answer) = try await Self.ask("last", #"{"sensors": [1, 2, 3]}"#)
        #expect(status == 200)
        let sensors = answer["sensors"]?.array ?? []
        #expect(sensors.map { $0["value"]?.number } == [191, 382, nil])
        let start = "2026-03-29T22:45:00+00:00"
        #expect(sensors.map { $0["start"]?.string } == [start, start, nil])
    }

    /// Goal: nobody learns which sensors exist. Method: a missing one is named, and nothing else.
    @Test func `a sensor that does not exist`() async throws {
        for name in ["query", "last"] {
            let window =
                name == "last" ? "" : #", "start": "2026-03-28T00:00:00Z", "duration": "PT1H""#
            let (status, answer) = try await Self.ask(name, "{\"sensors\": [1, 999]\(window)}")
            #expect(status == 404)
            #expect(answer["message"]?.string == "Sensors not found: 999")
        }
    }
}
