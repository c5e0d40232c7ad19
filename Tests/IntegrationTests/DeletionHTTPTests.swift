import Foundation
import TestSupport
import Testing

/// Removing beliefs over the API and from the command line, on the built program.
@Suite(.serialized) struct DeletionHTTPTests {
    /// A server with two accounts. Users: a member and an administrator of the first, and an
    /// administrator of the other. Used by one test at a time: the suite is serialized.
    private struct Server: @unchecked Sendable {
        let process: PenstockProcess
        let client: BlockingHTTPClient
        let member: String
        let administrator: String
        let stranger: String

        init() throws {
            process = try PenstockProcess(environment: ["PENSTOCK_RETENTION_INTERVAL=1"])
            try process.start()
            member = try process.makeStructure(sensorCount: 3)
            try process.command(["add", "account", "--name", "Other"])
            for (email, account) in [("admin", "1"), ("stranger", "2")] {
                try process.command(
                    [
                        "add", "user", "--email", "\(email)@example.com", "--account", account,
                        "--roles", "account-admin", "--password-stdin",
                    ],
                    input: "correct-horse-9\n"
                )
            }
            client = BlockingHTTPClient(port: process.port)
            administrator = try Self.token("admin", client)
            stranger = try Self.token("stranger", client)
        }

        private static func token(_ name: String, _ client: BlockingHTTPClient) throws -> String {
            let answer = client.send(
                "POST",
                "/api/requestAuthToken",
                headers: ["Content-Type": "application/json"],
                body: #"{"email": "\#(name)@example.com", "password": "correct-horse-9"}"#
            )
            return try #require(try answer?.json()["auth_token"] as? String)
        }

        /// Quarters of an hour from `2026-05-01T00:00:00Z`.
        func post(_ values: [Int], sensor: Int = 1, as token: String) throws {
            let answer = client.send(
                "POST",
                "/api/v3_0/sensors/\(sensor)/data",
                headers: ["Authorization": token, "Content-Type": "application/json"],
                body: """
                    {"values": \(values), "start": "2026-05-01T00:00:00Z", \
                    "duration": "PT\(values.count * 15)M", "unit": "kW", "horizon": "PT0S"}
                    """
            )
            #expect(answer?.status == 200, "\(answer?.text ?? "")")
        }

        /// The same as `post`, back.
        func values(_ count: Int, sensor: Int = 1, more: String = "") throws -> [Int?] {
            let answer = client.send(
                "GET",
                "/api/v3_0/sensors/\(sensor)/data?start=2026-05-01T00:00:00Z"
                    + "&duration=PT\(count * 15)M&unit=kW\(more)",
                headers: ["Authorization": member]
            )
            return (try answer?.json()["values"] as? [Any] ?? []).map { $0 as? Int }
        }

        func delete(
            _ body: String?,
            sensor: String = "1",
            query: String = "",
            as token: String?,
            type: String? = "application/json"
        ) -> BlockingHTTPClient.Answer? {
            var headers: [String: String] = [:]
            if let token { headers["Authorization"] = token }
            if let type { headers["Content-Type"] = type }
            let path = "/api/v3_0/sensors/\(sensor)/data\(query)"
            return client.send("DELETE", path, headers: headers, body: body)
        }
    }

    private static let server = Result { try Server() }

    /// Waits until `condition` holds. The bound is for a machine that is busy with other things.
    private static func wait(_ condition: () throws -> Bool) throws {
        for _ in 0..<600 {
            if try condition() { return }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }

    /// Goal: source and window say what goes, and nothing else does; the answer is the one that
    /// clients want.
    @Test func `source and window`() async throws {
        try await onThread {
            let server = try Self.server.get()
            server.process.stopAtExit()
            try server.post([1, 2, 3, 4], as: server.member)
            try server.post([11, 12, 13, 14], as: server.administrator)
            let sources =
                try server.process.command(["show", "sources"])["list"] as? [[String: Any]]
            let own = try #require(
                sources?.first { $0["name"] as? String == "admin@example.com" }?["id"] as? Int
                    ?? sources?.last?["id"] as? Int
            )
            #expect(try server.values(4, more: "&source=\(own)") == [11, 12, 13, 14])
            let answer = server.delete(
                """
                {"source": \(own), "start": "2026-05-01T02:15:00+02:00", \
                "until": "2026-05-01T02:45:00+02:00"}
                """,
                as: server.administrator
            )
            #expect(answer?.status == 204)
            #expect(answer?.body == [])
            #expect(answer?.head.lowercased().contains("content-type: application/json") == true)
            // The events that start and end within the window, on the same connection.
            #expect(try server.values(4, more: "&source=\(own)") == [11, nil, nil, 14])
            let others = try server.values(4)
            #expect(others[1] == 2 && others[2] == 3)
            // Only a start, only an end.
            let start = server.delete(
                #"{"start": "2026-05-01T00:45:00Z"}"#,
                as: server.administrator
            )
            #expect(start?.status == 204)
            #expect(try server.values(4)[3] == nil)
            let until = server.delete(
                #"{"until": "2026-05-01T00:29:00Z"}"#,
                as: server.administrator
            )
            #expect(until?.status == 204)
            #expect(try server.values(4) == [nil, 2, 3, nil])
            // A repeat finds nothing, and is no mistake.
            #expect(server.delete("{}", as: server.administrator)?.status == 204)
            #expect(try server.values(4) == [nil, nil, nil, nil])
            #expect(server.delete(nil, as: server.administrator, type: nil)?.status == 204)
        }
    }

    /// Goal: what is refused removes nothing. Method: sensor 2 keeps its values throughout.
    @Test func `refusals remove nothing`() async throws {
        try await onThread {
            let server = try Self.server.get()
            try server.post([1, 2], sensor: 2, as: server.member)
            let bad: [(body: String, status: Int, text: String)] = [
                (#"{"foo": 1}"#, 422, "Unknown field."),
                (#"{"start": "2026-05-01T00:00:00"}"#, 422, "Not a valid aware datetime."),
                (#"{"start": null}"#, 422, "Field may not be null."),
                (#"{"source": "x"}"#, 422, "Not a valid integer."),
                (#"{"source": 99999}"#, 422, "No data source found with id 99999."),
                (
                    #"{"start": "2026-05-01T00:00:00Z", "until": "2026-05-01T00:10:00Z"}"#, 422,
                    "For a sensor with resolution 0:15:00, 'until' must be at least one resolution step (0:15:00) after 'start'."
                ),
                (
                    #"{"start": "2026-05-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}"#, 422,
                    "until"
                ),
                ("[]", 422, "json"), (#"{"source": 1"#, 400, "message"),
            ]
            for (body, status, text) in bad {
                let answer = server.delete(body, sensor: "2", as: server.administrator)
                #expect(answer?.status == status, "\(body): \(answer?.text ?? "")")
                #expect(answer?.text.contains(text) == true, "\(body): \(answer?.text ?? "")")
            }
            // A filter that is not announced as JSON must not pass for none.
            for type in [nil, "text/plain"] as [String?] {
                let answer = server.delete(
                    #"{"source": 1}"#,
                    sensor: "2",
                    as: server.administrator,
                    type: type
                )
                #expect(answer?.status == 400)
            }
            #expect(server.delete(nil, sensor: "2", as: nil)?.status == 401)
            for token in [server.member, server.stranger] {
                let answer = server.delete(nil, sensor: "2", as: token)
                #expect(answer?.status == 403)
                #expect(try answer?.json()["status"] as? String == "INVALID_SENDER")
            }
            #expect(server.delete(nil, sensor: "99999", as: server.administrator)?.status == 403)
            #expect(try server.values(2, sensor: 2) == [1, 2])
            // Fields of the query are not looked at.
            let all = server.delete(
                nil,
                sensor: "2",
                query: "?start=2030-01-01T00:00:00%2B00:00",
                as: server.administrator
            )
            #expect(all?.status == 204)
            #expect(try server.values(2, sensor: 2) == [nil, nil])
        }
    }

    /// Goal: an answered deletion outlives the server, and is carried out on the disk; then the
    /// store is sound. The commands beside a server and without one.
    @Test func `commands and restarts`() async throws {
        try await onThread {
            let server = try Self.server.get()
            let process = server.process
            func values() throws -> Int? { try process.command(["db", "size"])["values"] as? Int }
            #expect(server.delete(nil, sensor: "1", as: server.administrator)?.status == 204)
            try process.command(["db", "compact"])
            let before = try #require(try values())
            try server.post([1, 2, 3, 4], sensor: 3, as: server.member)
            try process.command(["db", "compact"])
            #expect(try values() == before + 4)
            let deletion = server.delete(
                #"{"until": "2026-05-01T00:15:00Z"}"#,
                sensor: "3",
                as: server.administrator
            )
            #expect(deletion?.status == 204)
            process.killHard()
            server.client.disconnect()
            try process.start()
            #expect(try server.values(4, sensor: 3) == [nil, 2, 3, 4])
            try process.command(["db", "compact"])
            #expect(try values() == before + 3)
            // Beside the server, which notices within its next look.
            try process.command([
                "delete", "beliefs", "--sensor", "3", "--start", "2026-05-01T00:45:00Z", "--yes",
            ])
            try Self.wait { try server.values(4, sensor: 3)[3] == nil }
            #expect(try server.values(4, sensor: 3) == [nil, 2, 3, nil])
            let sound = try process.command(["db", "verify"])
            #expect(sound["damage_count"] as? Int == 0)
            #expect(sound["blocks"] as? Int ?? 0 > 0)
            #expect(process.stop() == 0)
            // Without a server.
            try process.command([
                "delete", "beliefs", "--sensor", "3", "--end", "2026-05-01T00:30:00Z", "--yes",
            ])
            try process.command(["db", "compact"])
            #expect(try values() == before + 1)
            try process.command(["db", "check"])
            #expect(try process.command(["db", "verify"])["damage_count"] as? Int == 0)
            let mistakes: [[String]] = [
                ["delete", "beliefs", "--sensor", "3"],
                ["delete", "beliefs", "--sensor", "99", "--yes"],
                ["delete", "beliefs", "--sensor", "3", "--start", "2026-05-01", "--yes"],
                [
                    "delete", "beliefs", "--sensor", "3", "--start", "2026-05-01T00:30:00Z",
                    "--end",
                    "2026-05-01T00:40:00Z", "--yes",
                ],
            ]
            for mistake in mistakes {
                #expect(throws: PenstockProcess.CommandFailure.self, "\(mistake)") {
                    try process.command(mistake)
                }
            }
            #expect(try values() == before + 1)
            try process.start()
            server.client.disconnect()
            #expect(try server.values(4, sensor: 3) == [nil, nil, 3, nil])
        }
    }

    /// Goal: rules are set, shown and carried out, by command and by the server itself.
    @Test func `retention by command and by the server`() async throws {
        try await onThread {
            let server = try Self.server.get()
            let process = server.process
            try server.post([1, 2, 3, 4], sensor: 2, as: server.member)
            // Some quarters of an hour ago.
            let now = Date()
            let recent = Date(
                timeIntervalSince1970: (now.timeIntervalSince1970 / 900).rounded(.down) * 900
                    - 1_800
            )
            let recentText = ISO8601DateFormatter().string(from: recent)
            let answer = server.client.send(
                "POST",
                "/api/v3_0/sensors/2/data",
                headers: ["Authorization": server.member, "Content-Type": "application/json"],
                body: """
                    {"values": [7], "start": "\(recentText)", "duration": "PT15M", "unit": "kW"}
                    """
            )
            #expect(answer?.status == 200, "\(answer?.text ?? "")")
            try process.command(["db", "compact"])
            let set = try process.command(["retention", "set", "--sensor", "2", "--keep", "P10Y"])
            #expect(set["keep"] as? String == "P10Y")
            try process.command(["retention", "set", "--account", "1", "--keep", "P1M"])
            try process.command(["retention", "set", "--asset", "1", "--keep", "P20Y"])
            func shown(_ arguments: [String]) throws -> [[String: Any]] {
                let found = try process.command(["retention", "show"] + arguments)["list"]
                return found as? [[String: Any]] ?? []
            }
            #expect(try shown([]).count == 3)
            #expect(try shown(["--sensor", "2"]).first?["sensor"] as? Int == 2)
            #expect(try shown(["--sensor", "3"]).first?["asset"] as? Int == 1)
            #expect(try shown(["--account", "1"]).first?["keep"] as? String == "P1M")
            func dryRun() throws -> [[String: Any]] {
                let found = try process.command(["retention", "enforce", "--dry-run"])["list"]
                return found as? [[String: Any]] ?? []
            }
            #expect(try dryRun().isEmpty)
            #expect(try server.values(4, sensor: 2) == [1, 2, 3, 4])
            #expect(process.stop() == 0)
            try process.command(["retention", "clear", "--sensor", "2"])
            try process.command(["retention", "clear", "--asset", "1"])
            #expect(try shown(["--sensor", "2"]).first?["account"] as? Int == 1)
            let expiry = try #require(try dryRun().first { $0["sensor"] as? Int == 2 })
            #expect(expiry["set_on"] as? String == "account 1")
            // The old values share a block with the recent one.
            let counts = ["values", "values_partly"].map { expiry[$0] as? Int ?? -1 }
            #expect(counts == [0, 5])
            #expect(try dryRun().count >= 1)
            // The server does it by itself, soon after its start.
            try process.start()
            server.client.disconnect()
            try Self.wait { try server.values(4, sensor: 2)[0] == nil }
            #expect(try server.values(4, sensor: 2) == [nil, nil, nil, nil])
            let query =
                "start=\(recentText)&duration=PT15M&unit=kW"
            let kept = server.client.send(
                "GET",
                "/api/v3_0/sensors/2/data?\(query)",
                headers: ["Authorization": server.member]
            )
            #expect(try kept?.json()["values"] as? [Int] == [7])
            try Self.wait { try dryRun().isEmpty }
            #expect(try dryRun().isEmpty)
            // The server may still be at it, which the command says.
            try Self.wait { (try? process.command(["retention", "enforce"])) != nil }
            try process.command(["retention", "enforce"])
            let mistakes: [(arguments: [String], status: Int32)] = [
                (["retention", "set", "--sensor", "2", "--keep", "2Y"], 1),
                (["retention", "set", "--sensor", "99", "--keep", "P2Y"], 1),
                (["retention", "set", "--keep", "P2Y"], 2),
                (["retention", "set", "--sensor", "2", "--asset", "1", "--keep", "P2Y"], 2),
                (["retention", "clear", "--sensor", "2"], 1),
                (["retention", "show", "--sensor", "99"], 1),
            ]
            for (arguments, status) in mistakes {
                do {
                    try process.command(arguments)
                    Issue.record("\(arguments) was accepted")
                } catch let failure as PenstockProcess.CommandFailure {
                    #expect(failure.status == status, "\(arguments): \(failure.text)")
                }
            }
        }
    }

    /// Goal: damage ends `db verify` and `db check` with 1 and is listed. Method: a bit in a
    /// payload, and beliefs of a sensor that is no more; by SQL, on a store of its own.
    @Test func `damage ends with 1`() async throws {
        try await onThread {
            let process = try PenstockProcess()
            try process.start()
            let token = try process.makeStructure(sensorCount: 1)
            let answer = BlockingHTTPClient(port: process.port).send(
                "POST",
                "/api/v3_0/sensors/1/data",
                headers: ["Authorization": token, "Content-Type": "application/json"],
                body: """
                    {"values": [1, 2, 3], "start": "2026-05-01T00:00:00Z", "duration": "PT45M", \
                    "unit": "kW"}
                    """
            )
            #expect(answer?.status == 200)
            try process.command(["db", "compact"])
            func sql(_ text: String) throws {
                let place = "host=\(process.dataDirectory)/run"
                let conninfo = "\(place) user=penstock_owner dbname=penstock"
                try Program.run(["psql", "-q", conninfo, "-c", text])
            }
            func failure(_ command: String) -> String {
                do {
                    try process.command(["db", command])
                    return ""
                } catch let failure as PenstockProcess.CommandFailure {
                    return failure.status == 1 ? failure.text : "status \(failure.status)"
                } catch {
                    return "\(error)"
                }
            }
            try sql(
                "UPDATE current_block SET payload = set_bit(payload, 40, 1 - get_bit(payload, 40))"
            )
            let damaged = failure("verify")
            #expect(
                damaged.contains(#""damage": "payload""#)
                    || damaged.contains(#""damage":"payload""#)
            )
            #expect(damaged.contains("current_block_y2026"))
            try process.command(["db", "check"])
            try sql("DELETE FROM sensor")
            #expect(failure("check").contains("there is no sensor 1"))
            #expect(process.stop() == 0)
            #expect(failure("verify").contains("current_block_y2026"))
        }
    }
}
