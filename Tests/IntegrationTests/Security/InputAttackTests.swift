import Foundation
import TestSupport
import Testing

/// Bodies and queries that nobody sends by mistake, by the ids of docs/security.md. Whatever comes,
/// the answer is a precise 4xx, and nothing is stored.
@Suite(.serialized) struct InputAttackTests {
    private static let shared = Result { try Server() }

    private struct Server: Sendable {
        let process: PenstockProcess
        let token: String

        init() throws {
            process = try PenstockProcess()
            try process.start()
            process.stopAtExit()
            token = try process.makeStructure(sensorCount: 6)
        }
    }

    /// A connection to the server, as its one user.
    private struct Attacker {
        let client: BlockingHTTPClient
        let token: String
        let sensor: Int

        /// Posts a body of JSON, byte by byte as given.
        func post(_ body: [UInt8], _ fields: [String: String] = [:]) -> BlockingHTTPClient.Answer? {
            var head = "POST /api/v3_0/sensors/\(sensor)/data HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            head += "Authorization: \(token)\r\nContent-Length: \(body.count)\r\n"
            let all = ["Content-Type": "application/json"].merging(fields) { $1 }
            for (name, value) in all { head += "\(name): \(value)\r\n" }
            return client.send(raw: Array((head + "\r\n").utf8) + body)
        }

        func post(_ body: String, _ fields: [String: String] = [:]) -> BlockingHTTPClient.Answer? {
            post(Array(body.utf8), fields)
        }

        /// A message whose field `name` is replaced, or comes in addition.
        func message(_ name: String, _ value: String) -> String {
            var fields = [
                "values": "[1]", "start": "\"2026-05-01T00:00:00Z\"", "duration": "\"PT15M\"",
                "unit": "\"kW\"",
            ]
            fields[name] = value
            let parts = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
            return "{\(parts.joined(separator: ", "))}"
        }

        func get(_ query: String) -> BlockingHTTPClient.Answer? {
            client.send(
                "GET",
                "/api/v3_0/sensors/\(sensor)/data?\(query)",
                headers: ["Authorization": token]
            )
        }

        /// What the sensor holds around the events of `message`.
        func stored() throws -> [Double] {
            let answer = get("start=2026-04-30T00:00:00Z&duration=PT48H&unit=kW")
            return (try answer?.json()["values"] as? [Any] ?? []).compactMap { $0 as? Double }
        }
    }

    private static func attack<R: Sendable>(
        sensor: Int,
        _ body: @escaping @Sendable (Attacker) throws -> R
    ) async throws -> R {
        try await onThread {
            let server = try shared.get()
            let client = BlockingHTTPClient(port: server.process.port)
            return try body(Attacker(client: client, token: server.token, sensor: sensor))
        }
    }

    @Test func `J01 numbers that are none`() async throws {
        try await Self.attack(sensor: 1) { attacker throws in
            let numbers = [
                "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "nan", "0x10", "1e", "1.", ".5",
                "+1", "--1", "1_000", "１", "\"NaN\"", "\"1e400\"", "1e99999999999999999999",
            ]
            for number in numbers {
                let answer = attacker.post(attacker.message("values", "[\(number)]"))
                #expect(answer.map { (400...422).contains($0.status) } == true, "\(number)")
            }
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J02 a field that stands twice`() async throws {
        try await Self.attack(sensor: 1) { attacker throws in
            for field in ["start", "values", "unit", "duration"] {
                let whole = attacker.message("unit", "\"kW\"")
                let value = field == "values" ? "[2]" : "\"2026-05-01T01:00:00Z\""
                let answer = attacker.post(whole.dropLast() + ", \"\(field)\": \(value)}")
                #expect(answer?.status == 422, "\(field)")
                #expect(answer?.text.contains("Duplicate field.") == true, "\(field)")
            }
            // The same name, written otherwise.
            let escaped = attacker.message("unit", "\"kW\"").dropLast() + #", "\u0075nit": "kW"}"#
            #expect(attacker.post(String(escaped))?.status == 422)
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J03 deep nesting`() async throws {
        try await Self.attack(sensor: 1) { attacker throws in
            for opening in ["[", "{\"a\":", "{\"values\":["] {
                let answer = attacker.post(String(repeating: opening, count: 100_000))
                #expect(answer?.status == 400, "\(opening)")
            }
            let deep = String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
            #expect(attacker.post(attacker.message("values", deep))?.status == 400)
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J04 text that is not UTF-8`() async throws {
        try await Self.attack(sensor: 1) { attacker throws in
            let plain = attacker.message("unit", "\"kW\"")
            let utf16 = Array(plain.utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
            let bodies: [[UInt8]] = [
                Array(plain.replacingOccurrences(of: "kW", with: "~").utf8).map {
                    $0 == UInt8(ascii: "~") ? 0xFF : $0
                },
                // An overlong slash, a lone surrogate, and a sequence that is cut off.
                Array("{\"unit\": \"".utf8) + [0xC0, 0xAF] + Array("\"}".utf8),
                Array("{\"unit\": \"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}".utf8),
                Array("{\"unit\": \"".utf8) + [0xE2, 0x82],
                [0xFF, 0xFE] + utf16, utf16,
                Array("+AHsAIg-values+ACI:+AFs-1+AF0AfQ-".utf8),
            ]
            for body in bodies {
                let answer = attacker.post(body)
                #expect(
                    answer.map { [400, 422].contains($0.status) } == true,
                    "\(body.prefix(20))"
                )
            }
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J05 huge numbers and very many`() async throws {
        try await Self.attack(sensor: 1) { attacker throws in
            let digits = String(repeating: "9", count: 1_000_000)
            #expect(attacker.post(attacker.message("values", "[\(digits)]"))?.status == 422)
            let more = "[" + String(repeating: "1,", count: 2_000_000) + "1]"
            #expect(attacker.post(attacker.message("values", more))?.status == 413)
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J06 lengths of time that make no sense`() async throws {
        try await Self.attack(sensor: 2) { attacker throws in
            let durations = [
                "-PT15M", "PT0S", "P0D", "P999999999Y", "PT99999999999999999999H", "P", "PT", "15",
                "PT1H2H", "P1Y2X", "PT1e3S", "", "PT-15M",
            ]
            for duration in durations {
                let answer = attacker.post(attacker.message("duration", "\"\(duration)\""))
                #expect(answer?.status == 422, "\(duration)")
            }
            for duration in ["P9999999Y", "PT99999999999999999999H", "x"] {
                let answer = attacker.get("start=2026-05-01T00:00:00Z&duration=\(duration)&unit=kW")
                #expect(answer?.status == 422, "\(duration)")
            }
            for time in ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "99999-01-01T00:00:00Z"] {
                let answer = attacker.post(attacker.message("start", "\"\(time)\""))
                #expect(answer.map { $0.status < 500 } == true, "\(time)")
            }
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J07 nothing at all`() async throws {
        try await Self.attack(sensor: 3) { attacker throws in
            for body in [attacker.message("values", "[]"), "[]", "{}", "", "null", "\"\"", "0"] {
                #expect(attacker.post(body)?.status == 422, "\(body)")
            }
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `J08 units that want to be calculated`() async throws {
        try await Self.attack(sensor: 3) { attacker throws in
            let units = [
                "9**9**9", "kW*1e308**9", "__import__('os')", "(((((kW)))))**((9))",
                String(repeating: "(", count: 100_000), String(repeating: "kW*", count: 300_000),
                "kW\\u0000", "{0}", "%s%n",
            ]
            for unit in units {
                let answer = attacker.post(attacker.message("unit", "\"\(unit)\""))
                #expect(answer?.status == 422, "\(unit.prefix(40)): \(answer?.status ?? 0)")
                #expect((answer?.body.count ?? .max) < 10_000, "\(unit.prefix(40))")
            }
            let query = "start=2026-05-01T00:00:00Z&duration=PT1H&unit=9**9**9"
            #expect(attacker.get(query)?.status == 422)
            #expect(try attacker.stored() == [])
        }
    }

    /// Method: 100 MB of zeros in 100 KB, plain and twice compressed, and encodings that are none.
    @Test func `J09 compression bombs`() async throws {
        try await Self.attack(sensor: 4) { attacker throws in
            let folder = NSTemporaryDirectory() + "penstock-bomb-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let script = """
                head -c 100000000 /dev/zero | gzip -9 > \(folder)/once; gzip -9 < \(folder)/once \
                > \(folder)/twice
                """
            try Program.run(["sh", "-c", script])
            let once = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/once"))
            let twice = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/twice"))
            #expect(once.count < 200_000)
            #expect(attacker.post([UInt8](once), ["Content-Encoding": "gzip"])?.status == 413)
            // Undone once it is no JSON; twice is not on offer.
            let nested = attacker.post([UInt8](twice), ["Content-Encoding": "gzip"])
            #expect(nested.map { (400...422).contains($0.status) } == true)
            let named = attacker.post([UInt8](twice), ["Content-Encoding": "gzip, gzip"])
            #expect(named?.status == 415)
            for encoding in ["zstd", "br", "compress", "x"] {
                let answer = attacker.post("{}", ["Content-Encoding": encoding])
                #expect(answer?.status == 415, "\(encoding)")
            }
            #expect(attacker.post("{}", ["Content-Encoding": "gzip"])?.status == 400)
            #expect(try attacker.stored() == [])
        }
    }

    /// Goal: the announced size is enough to be refused.
    @Test func `J10 bodies beyond the limit`() async throws {
        try await Self.attack(sensor: 4) { attacker throws in
            let head = """
                POST /api/v3_0/sensors/4/data HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \
                \(attacker.token)\r\nContent-Length: 8000000\r\n\r\n{
                """
            #expect(attacker.client.send(raw: head)?.status == 413)
            attacker.client.disconnect()
            #expect(try attacker.stored() == [])
        }
    }

    @Test func `I01 statements of SQL in every parameter`() async throws {
        try await Self.attack(sensor: 5) { attacker throws in
            #expect(attacker.post(attacker.message("values", "[7]"))?.status == 200)
            let texts = [
                "'; DROP TABLE sensor; --", "1 OR 1=1", "1; SELECT pg_sleep(9)", "' UNION SELECT 1",
                "\\\\'; --", "$$; DROP TABLE sensor; $$",
            ]
            for text in texts {
                for field in ["start", "duration", "unit", "prior", "horizon", "source", "type"] {
                    let answer = attacker.post(attacker.message(field, "\"\(text)\""))
                    #expect(answer?.status == 422, "\(field): \(text)")
                }
                let encoded =
                    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                for field in ["start", "duration", "unit", "prior", "horizon", "source"] {
                    var query = ["start": "2026-05-01T00%3A00%3A00Z", "duration": "PT1H"]
                    query[field] = encoded
                    let joined = query.map { "\($0.key)=\($0.value)" }.joined(separator: "&")
                    #expect(attacker.get(joined)?.status == 422, "\(field): \(text)")
                }
                let path = "/api/v3_0/sensors/\(encoded)/data"
                let headers = ["Authorization": attacker.token]
                #expect(attacker.client.send("GET", path, headers: headers)?.status == 422)
            }
            #expect(try attacker.stored() == [7])
        }
    }

    /// Goal: what Postgres' text COPY would take for ends of fields or rows is a plain character.
    @Test func `I02 marks of COPY in names`() async throws {
        try await Self.attack(sensor: 6) { attacker throws in
            let names = ["a\\\\.b", "tab\\tb", "\\\\N", "back\\\\slash", "two\\\\nlines"]
            for name in names {
                let line = name.replacingOccurrences(of: "\\\\", with: "\\")
                    .replacingOccurrences(of: "\\t", with: "\t").replacingOccurrences(
                        of: " ",
                        with: "\\ "
                    )
                let written = attacker.client.send(
                    "POST",
                    "/write?db=marks",
                    headers: ["Authorization": "Token \(attacker.token)"],
                    body: "m,host=\(line) v=1 1767225600000000000\n"
                )
                #expect(written?.status == 204, "\(name): \(written?.text ?? "")")
            }
            #expect(attacker.post(attacker.message("values", "[3]"))?.status == 200)
            #expect(try attacker.stored() == [3])
        }
    }

    @Test func `H11 another method in a header is not looked at`() async throws {
        try await Self.attack(sensor: 2) { attacker throws in
            #expect(attacker.post(attacker.message("values", "[5]"))?.status == 200)
            for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
                let answer = attacker.client.send(
                    "GET",
                    "/api/v3_0/sensors/2/data?_method=DELETE",
                    headers: ["Authorization": attacker.token, name: "DELETE"]
                )
                #expect(answer?.status == 422, "\(name)")
            }
            #expect(try attacker.stored() == [5])
        }
    }

    /// Goal: no statement, path or type of the program in an answer, whatever goes wrong.
    @Test func `H13 refusals tell nothing of the inside`() async throws {
        try await Self.attack(sensor: 3) { attacker throws in
            let bodies = [
                "{", "[1]", "\u{0}", attacker.message("values", "[1e400]"),
                attacker.message("start", "\"9999-99-99\""),
                attacker.message("unit", "\"\\u0000\""),
                attacker.message("source", "-1"), attacker.message("prior", "{}"),
            ]
            var texts = bodies.compactMap { attacker.post($0)?.text }
            #expect(texts.count == bodies.count)
            for path in ["/api/v3_0/sensors/0x1/data", "/nothing", "/api/v3_0/%00", "/static/x"] {
                let headers = ["Authorization": attacker.token]
                texts.append(attacker.client.send("GET", path, headers: headers)?.text ?? "?")
            }
            let inside = [
                "SELECT ", "INSERT ", "relation ", "/tmp/", "/home/", ".swift", "Error(", "libpq",
                "postgres", "Fatal", "Optional(", "penstock-it-",
            ]
            for text in texts {
                for word in inside { #expect(!text.contains(word), "\(word): \(text)") }
            }
        }
    }
}
