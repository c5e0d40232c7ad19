import Foundation
import TestSupport
import Testing

/// Goal: files are stored as the events of a sensor, or refused whole, by those who may; and what a
/// sensor holds can be told. Method: a served store, uploads as clients send them, and reads.
@Suite(.serialized) struct SensorUploadTests {
    private struct Upload {
        let client: APIClient
        let token: String
        var path = "/api/v3_0/sensors/1/data/upload"

        /// `files`: name, type and bytes.
        func send(
            _ files: [(name: String, type: String, bytes: [UInt8])],
            fields: [String: String] = [:],
            headers: [String: String] = [:]
        ) throws -> BlockingHTTPClient.Answer {
            let boundary = "b\(UInt32.random(in: 0 ... .max))"
            var body: [UInt8] = []
            for (name, text) in fields {
                let head = "Content-Disposition: form-data; name=\"\(name)\""
                body += Array("--\(boundary)\r\n\(head)\r\n\r\n\(text)\r\n".utf8)
            }
            for file in files {
                let head =
                    "Content-Disposition: form-data; name=\"uploaded-files\"; filename=\"\(file.name)\""
                body += Array(
                    "--\(boundary)\r\n\(head)\r\nContent-Type: \(file.type)\r\n\r\n".utf8
                )
                body += file.bytes + Array("\r\n".utf8)
            }
            body += Array("--\(boundary)--\r\n".utf8)
            var head = "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(token)\r\n"
            head += "Content-Type: multipart/form-data; boundary=\(boundary)\r\n"
            for (name, value) in headers { head += "\(name): \(value)\r\n" }
            head += "Content-Length: \(body.count)\r\n\r\n"
            guard let answer = client.http.send(raw: Array(head.utf8) + body) else {
                throw CocoaError(.fileReadUnknown)
            }
            return answer
        }

        func csv(
            _ text: String,
            fields: [String: String] = [:]
        ) throws
            -> BlockingHTTPClient.Answer
        {
            try send([("d.csv", "text/csv", Array(text.utf8))], fields: fields)
        }

        func values(_ start: String, _ duration: String) throws -> [Double?] {
            let answer = try client.send(
                "GET",
                "/api/v3_0/sensors/1/data?start=\(start)&duration=\(duration)&unit=kW",
                token: token
            )
            let values = try answer.json()["values"] as? [Any] ?? []
            return values.map { $0 as? Double }
        }
    }

    @Test func `uploads are stored, told of, and kept from strangers`() async throws {
        try await withServedStore { store throws in
            let port = try store.serve()
            let client = APIClient(port)
            let ada = Upload(client: client, token: try client.token("ada"))
            let workbook = UploadedWorkbook.bytes
            let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            let stored = try ada.send([("d.xlsx", type, workbook)])
            #expect(stored.status == 200, "\(stored.text)")
            #expect(try stored.json()["status"] as? String == "PROCESSED")
            // The sensor is in UTC.
            #expect(try ada.values("2026-06-17T00:00:00Z", "PT45M") == [1.5, 2.5, 3.5])
            // The same values once more, as rows in JSON.
            let rows = Array(
                #"[["2026-06-17T00:00:00Z", 1.5], ["2026-06-17T00:15:00Z", 2.5]]"#.utf8
            )
            let json = try ada.send([("d.json", "application/json", rows)])
            #expect(
                try json.json()["status"] as? String
                    == "ALREADY_RECEIVED_AND_SUCCESSFULLY_PROCESSED"
            )
            // Of such a type, but no such file.
            #expect(try ada.send([("d.csv", "application/json", rows)]).status == 422)
            let again = try ada.send([("d.xlsx", type, workbook)])
            #expect(
                try again.json()["status"] as? String
                    == "ALREADY_RECEIVED_AND_SUCCESSFULLY_PROCESSED"
            )
            // Two files in one request, one of them in another unit's steps.
            let both = try ada.send(
                [
                    (
                        "a.csv", "text/csv",
                        Array("t,v\n2026-06-18T00:00Z,1\n2026-06-18T01:00Z,2\n".utf8)
                    ),
                    (
                        "b.csv", "text/plain",
                        Array("t,v\n2026-06-18T02:00Z,3\n2026-06-18T02:15Z,4\n".utf8)
                    ),
                ],
                fields: ["unit": "MW", "belief-time-measured-instantly": "True"]
            )
            #expect(both.status == 200, "\(both.text)")
            #expect(
                try ada.values("2026-06-18T00:45:00Z", "PT2H")
                    == [1_000, 2_000, 2_000, 2_000, 2_000, 3_000, 4_000, nil]
            )
            try Self.checkStatistics(client, ada.token)
            try Self.checkHistory(client, ada.token)
        }
    }

    private static func checkStatistics(_ client: APIClient, _ token: String) throws {
        let stats = try client.send("GET", "/api/v3_0/sensors/1/stats", token: token).json()
        let own = try #require(stats.first { $0.key.contains("(ID:") }?.value as? [String: Any])
        #expect(own["Number of values"] as? Int == 13)
        #expect(own["Max value"] as? Double == 4_000)
        #expect(own["First event start"] as? String == "2026-06-17T00:00:00+00:00")
        #expect(own["Last event end"] as? String == "2026-06-18T02:30:00+00:00")
        let window = "event_start_time=2026-06-17&event_end_time=2026-06-17T00:30:00%2B00:00"
        let part = try client.send(
            "GET",
            "/api/v3_0/sensors/1/stats?sort=false&\(window)",
            token: token
        ).json()
        let pairs = try #require(part.first { $0.key.contains("(ID:") }?.value as? [[Any]])
        #expect(pairs.map { $0.first as? String ?? "" }.first == "First event start")
        #expect(pairs.last?.last as? Int == 2)
        for bad in ["sort=maybe", "event_start_time=yesterday-ish", "event_end_time=2026-13-01"] {
            #expect(
                try client.send("GET", "/api/v3_0/sensors/1/stats?\(bad)", token: token).status
                    == 422
            )
        }
        let status = try client.send("GET", "/api/v3_0/sensors/1/status", token: token).json()
        let entries = try #require(status["sensors_data"] as? [[String: Any]])
        #expect(entries.count == 1)
        #expect(entries.first?["source_type"] as? String == "user")
        #expect(entries.first?["staleness_since"] as? String == "2026-06-18T02:30:00+00:00")
    }

    /// The upload is in the asset's history, with the names of its files.
    private static func checkHistory(_ client: APIClient, _ token: String) throws {
        let history = try client.send("GET", "/api/v3_0/assets/1/auditlog", token: token).json()
        let events = (history["data"] as? [[String: Any]] ?? []).compactMap {
            $0["event"] as? String
        }
        #expect(events.contains("Data from a.csv and b.csv uploaded to sensor 'power': 1"))
    }

    @Test func `wrong files are refused whole, with the place`() async throws {
        try await withServedStore { store throws in
            let port = try store.serve()
            let client = APIClient(port)
            let ada = Upload(client: client, token: try client.token("ada"))
            func text(_ answer: BlockingHTTPClient.Answer) -> String {
                #expect(answer.status == 422)
                return answer.text
            }
            let good: [UInt8] = Array("t,v\n2026-06-19T00:00Z,1\n".utf8)
            let mixed = try ada.send([
                ("a.csv", "text/csv", good),
                ("b.csv", "text/csv", Array("t,v\n2026-06-19T01:00Z,x\n".utf8)),
            ])
            #expect(
                text(mixed).contains("Invalid content in file: b.csv. Failed with: line 2: `x`")
            )
            #expect(try ada.values("2026-06-19T00:00:00Z", "PT15M") == [nil])
            let old: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]
            let type = "application/vnd.ms-excel"
            #expect(text(try ada.send([("a.xls", type, old)])).contains("save it as .xlsx"))
            #expect(text(try ada.send([("a.xlsx", type, good)])).contains("no workbook of Excel"))
            #expect(text(try ada.csv("t,v\n", fields: ["unit": "°C"])).contains("not convertible"))
            #expect(
                text(
                    try ada.send([
                        ("a.csv", "text/csv", good),
                        ("b.csv", "text/csv", Array("t,v\n2026-06-19T00:00Z,2\n".utf8)),
                    ])
                ).contains("two values for the event")
            )
            #expect(text(try ada.send([])).contains("Missing data for required field."))
            // A changed value for the same moment of belief is a replacement.
            let instantly = ["belief-time-measured-instantly": "on"]
            #expect(try ada.csv("t,v\n2026-06-20T00:00Z,1\n", fields: instantly).status == 200)
            #expect(try ada.csv("t,v\n2026-06-20T00:00Z,2\n", fields: instantly).status == 403)
            let large = try ada.csv(
                "t,v\n" + String(repeating: "2026-06-16T00:00Z,7\n", count: 200_000)
            )
            #expect(large.status == 413)
            // A sensor that is not there, for one who may not know that.
            let missing = Upload(
                client: client,
                token: ada.token,
                path: "/api/v3_0/sensors/99/data/upload"
            )
            #expect(try missing.csv("t,v\n").status == 403)
            #expect(try Upload(client: client, token: "x").csv("t,v\n").status == 401)
        }
    }

    /// Goal: a request that is named by a key is carried out once. Method: repeats to another server, after
    /// a restart, at the same time, and with another body.
    @Test func `repeats of a named request get the first answer`() async throws {
        try await withServedStore { store throws in
            let ports = [try store.serve(), try store.serve()]
            let clients = ports.map { APIClient($0) }
            let token = try clients[0].token("ada")
            func post(
                _ client: APIClient,
                _ key: String,
                _ value: Int,
                _ token: String
            ) throws
                -> BlockingHTTPClient.Answer
            {
                let answer = client.http.send(
                    "POST",
                    "/api/v3_0/sensors/1/data",
                    headers: [
                        "Authorization": token, "Content-Type": "application/json",
                        "Idempotency-Key": key,
                    ],
                    body: """
                        {"values": [\(value)], "start": "2026-05-01T00:00:00Z",
                        "duration": "PT15M", "unit": "kW"}
                        """
                )
                guard let answer else { throw CocoaError(.fileReadUnknown) }
                return answer
            }
            #expect(try post(clients[0], "k-1", 1, token).text.contains("\"PROCESSED\""))
            // Without the key the same body would have been received already.
            #expect(try post(clients[1], "k-1", 1, token).text.contains("\"PROCESSED\""))
            let other = try post(clients[1], "k-1", 2, token)
            #expect(other.status == 422)
            #expect(other.text.contains("The key was used for another request."))
            // Keys are a user's own.
            let bob = try clients[0].token("bob")
            #expect(try post(clients[0], "k-1", 2, bob).status == 200)
            for bad in ["", String(repeating: "k", count: 256), "a b"] {
                #expect(try post(clients[0], bad, 1, token).status == 422, "\(bad)")
            }
            // What is refused is refused again, and nothing of it is stored.
            let upload = Upload(client: clients[0], token: token)
            let header = ["Idempotency-Key": "k-2"]
            let rows = Array("t,v\n2026-05-02T00:00Z,5\n".utf8)
            let first = try upload.send([("a.csv", "text/csv", rows)], headers: header)
            #expect(first.text.contains("\"PROCESSED\""))
            store.stopServers()
            let late = APIClient(try store.serve())
            // The boundary is another one; the form is the same.
            let repeated = try Upload(client: late, token: token)
                .send([("a.csv", "text/csv", rows)], headers: header)
            #expect(repeated.text == first.text)
            #expect(try post(late, "k-1", 1, token).text.contains("\"PROCESSED\""))
            let stats = try late.send("GET", "/api/v3_0/sensors/1/stats", token: token).json()
            let counts = stats.values.compactMap {
                ($0 as? [String: Any])?["Number of values"] as? Int
            }
            #expect(counts.sorted() == [1, 2])
        }
    }

    /// Goal: of requests with one key that arrive together one is carried out. Method: many at once, to two
    /// servers; without a `prior` each would be a belief of its own moment.
    @Test func `repeats at the same time wait for the first answer`() async throws {
        try await withServedStore { store throws in
            let ports = [try store.serve(), try store.serve()]
            let token = try APIClient(ports[0]).token("ada")
            let answers = Answers()
            DispatchQueue.concurrentPerform(iterations: 8) { index in
                let client = BlockingHTTPClient(port: ports[index % 2])
                let answer = client.send(
                    "POST",
                    "/api/v3_0/sensors/1/data",
                    headers: [
                        "Authorization": token, "Content-Type": "application/json",
                        "Idempotency-Key": "same",
                    ],
                    body: """
                        {"values": [1, 2], "start": "2026-05-01T00:00:00Z", "duration": "PT30M",
                        "unit": "kW"}
                        """
                )
                answers.add(answer?.text ?? "none")
            }
            #expect(answers.all.count == 8)
            #expect(
                answers.all.allSatisfy { $0.contains("\"PROCESSED\"") && !$0.contains("ALREADY") }
            )
        }
    }

    private final class Answers: @unchecked Sendable {
        private let lock = NSLock()
        private var texts: [String] = []

        func add(_ text: String) { lock.withLock { texts.append(text) } }
        var all: [String] { lock.withLock { texts } }
    }
}
