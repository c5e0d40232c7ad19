import Foundation
import TestSupport
import Testing

/// Reaching for what is somebody else's, and rights that are taken away meanwhile, by the ids of
/// docs/security.md, on the routes of beliefs.
@Suite(.serialized) struct AccessAttackTests {
    private static let shared = Result { try Server() }

    /// Account 1 has a member and an administrator, and the sensors 1 and 2; account 2 a member and
    /// sensor 3. There is an admin of all.
    private struct Server: Sendable {
        let process: PenstockProcess
        let member: String
        let stranger: String
        let admin: String

        init() throws {
            process = try PenstockProcess()
            try process.start()
            process.stopAtExit()
            member = try process.makeStructure(sensorCount: 2)
            try process.command(["add", "account", "--name", "Other"])
            for (name, account, roles) in [("stranger", "2", []), ("admin", "1", ["admin"])] {
                try process.command(
                    ["add", "user", "--email", "\(name)@example.com", "--account", account]
                        + roles.flatMap { ["--roles", $0] } + ["--password-stdin"],
                    input: "correct-horse-9\n"
                )
            }
            try process.command([
                "add", "asset", "--name", "site", "--asset-type", "building", "--account", "2",
            ])
            try process.command([
                "add", "sensor", "--name", "power", "--unit", "kW", "--event-resolution",
                "PT15M", "--timezone", "Europe/Amsterdam", "--asset", "2",
            ])
            stranger = try process.token("stranger@example.com")
            admin = try process.token("admin@example.com")
        }
    }

    private static func onServer<R: Sendable>(
        _ body: @escaping @Sendable (BlockingHTTPClient, Server) throws -> R
    ) async throws -> R {
        try await onThread {
            let server = try shared.get()
            return try body(BlockingHTTPClient(port: server.process.port), server)
        }
    }

    /// Every way to touch a sensor's beliefs; the second is for questions that name it in the body.
    private static let ways: [(method: String, path: String, body: String?)] = [
        ("GET", "/api/v3_0/sensors/#/data?start=2026-05-01T00:00:00Z&duration=PT1H&unit=kW", nil),
        ("GET", "/api/v3_0/sensors/#/data", nil), ("DELETE", "/api/v3_0/sensors/#/data", nil),
        ("DELETE", "/api/v3_0/sensors/#/data", #"{"nonsense": 1}"#),
        (
            "POST", "/api/v3_0/sensors/#/data",
            #"{"values": [1], "start": "2026-05-01T00:00:00Z", "duration": "PT15M", "unit": "kW"}"#
        ),
        ("POST", "/api/v3_0/sensors/#/data", #"{"nonsense": 1}"#),
        ("POST", "/api/v3_0/sensors/#/data", "["),
        (
            "POST", "/api/v3_0/sensors/data",
            #"[{"sensor": #, "values": [1], "start": "2026-05-01T00:00:00Z", "duration": "PT15M", "unit": "kW"}]"#
        ),
        (
            "POST", "/api/penstock/v1/query",
            #"{"sensors": [#], "start": "2026-05-01T00:00:00Z", "duration": "PT1H"}"#
        ),
        ("POST", "/api/penstock/v1/last", #"{"sensors": [#]}"#),
    ]

    private static func ask(
        _ client: BlockingHTTPClient,
        _ way: (method: String, path: String, body: String?),
        sensor: Int,
        as token: String
    ) -> (status: Int, text: String)? {
        let name = String(sensor)
        let answer = client.send(
            way.method,
            way.path.replacingOccurrences(of: "#", with: name),
            headers: ["Authorization": token, "Content-Type": "application/json"],
            body: way.body?.replacingOccurrences(of: "#", with: name)
        )
        return answer.map { ($0.status, $0.text.replacingOccurrences(of: name, with: "#")) }
    }

    /// Goal: neither status nor words tell whether a number is taken.
    @Test func `A01 A02 foreign and missing sensors look the same`() async throws {
        try await Self.onServer { client, server throws in
            for way in Self.ways {
                let foreign = Self.ask(client, way, sensor: 1, as: server.stranger)
                let missing = Self.ask(client, way, sensor: 987, as: server.stranger)
                #expect([403, 404].contains(foreign?.status ?? 0), "\(way): \(foreign ?? (0, ""))")
                #expect(foreign?.status == missing?.status, "\(way)")
                #expect(foreign?.text == missing?.text, "\(way)")
            }
            // Who may see everything hears what is missing.
            let missing = Self.ask(client, Self.ways[0], sensor: 987, as: server.admin)
            #expect(missing?.status == 404)
        }
    }

    /// Method: the owner reads, which fills the cache, and then the stranger asks the same.
    @Test func `A11 the cache is behind the gate`() async throws {
        try await Self.onServer { client, server throws in
            let written = Self.ask(client, Self.ways[4], sensor: 2, as: server.member)
            #expect(written?.status == 200)
            for _ in 0..<3 {
                let own = Self.ask(client, Self.ways[0], sensor: 2, as: server.member)
                #expect(own?.status == 200)
                #expect(own?.text.contains("[1,") == true || own?.text.contains("[1.0,") == true)
                let foreign = Self.ask(client, Self.ways[0], sensor: 2, as: server.stranger)
                #expect(foreign?.status == 403)
                #expect(Self.ask(client, Self.ways[0], sensor: 2, as: "")?.status == 401)
            }
        }
    }

    /// Method: a post whose body comes in two parts; between them the user is deactivated.
    @Test func `A12 a right that is taken away during an upload`() async throws {
        try await Self.onServer { client, server throws in
            try server.process.command(
                ["add", "user", "--email", "slow@example.com", "--account", "1"]
                    + ["--password-stdin"],
                input: "correct-horse-9\n"
            )
            let token = try server.process.token("slow@example.com")
            let body = """
                {"values": [77], "start": "2026-07-01T00:00:00Z", "duration": "PT15M", "unit": "kW"}
                """
            func head(_ token: String) -> String {
                """
                POST /api/v3_0/sensors/1/data HTTP/1.1\r\nHost: 127.0.0.1\r\n\
                Authorization: \(token)\r\nContent-Type: application/json\r\n\
                Content-Length: \(body.utf8.count)\r\n\r\n
                """
            }
            func values() throws -> [Double] {
                let answer = client.send(
                    "GET",
                    "/api/v3_0/sensors/1/data?start=2026-07-01T00:00:00Z&duration=PT1H&unit=kW",
                    headers: ["Authorization": server.member]
                )
                return (try answer?.json()["values"] as? [Any] ?? []).compactMap { $0 as? Double }
            }
            let slow = BlockingHTTPClient(port: server.process.port)
            #expect(slow.sendPart(head(token) + body.prefix(20)))
            Thread.sleep(forTimeInterval: 0.2)
            try server.process.command(["user", "deactivate", "slow@example.com"])
            Thread.sleep(forTimeInterval: 1.2)
            let refused = slow.send(raw: String(body.dropFirst(20)))
            #expect(refused?.status == 401)
            #expect(try values() == [])
            // What is decided by roles, after the body, is not decided by former ones.
            try server.process.command(
                ["add", "user", "--email", "boss@example.com", "--account", "1", "--roles"]
                    + ["account-admin", "--password-stdin"],
                input: "correct-horse-9\n"
            )
            let boss = try server.process.token("boss@example.com")
            let user = #"{"email": "made@example.com", "username": "made", "account_id": 1}"#
            let post = """
                POST /api/v3_0/users HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: \(boss)\r\n\
                Content-Type: application/json\r\nContent-Length: \(user.utf8.count)\r\n\r\n
                """
            #expect(slow.sendPart(post + user.prefix(20)))
            Thread.sleep(forTimeInterval: 0.2)
            try server.process.command(["user", "roles", "boss@example.com", "--roles", "none"])
            Thread.sleep(forTimeInterval: 1.2)
            #expect(slow.send(raw: String(user.dropFirst(20)))?.status == 403)
            let users = client.send(
                "GET",
                "/api/v3_0/users",
                headers: ["Authorization": server.member]
            )
            #expect(users?.text.contains("boss@example.com") == true)
            #expect(users?.text.contains("made@example.com") == false)
            // A slow one who keeps the right is served.
            #expect(slow.sendPart(head(server.member) + body.prefix(20)))
            Thread.sleep(forTimeInterval: 0.3)
            #expect(slow.send(raw: String(body.dropFirst(20)))?.status == 200)
            #expect(try values() == [77])
        }
    }
}
