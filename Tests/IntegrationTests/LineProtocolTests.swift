import Foundation
import TestSupport
import Testing

/// Line protocol over real sockets, a real Postgres and the built program.
@Suite(.serialized) struct LineProtocolTests {
    /// Goal: lines are stored and read back, by every form of credentials; nobody gets in without,
    /// and what a user may not make is not made. Method: an account admin and a member.
    @Test func `lines are written by those who may, and read back`() async throws {
        try await onThread {
            let process = try PenstockProcess()
            try process.start()
            _ = try process.makeStructure(sensorCount: 1)
            try process.command(
                [
                    "add", "user", "--email", "admin@example.com", "--account", "1", "--roles",
                    "account-admin", "--password-stdin",
                ],
                input: "correct-horse-8\n"
            )
            let client = BlockingHTTPClient(port: process.port)
            let member = try process.token()
            func write(
                _ body: String,
                _ authorization: String?,
                _ path: String = "/write?db=site%20b&precision=s"
            ) -> BlockingHTTPClient.Answer? {
                let headers = authorization.map { ["Authorization": $0] } ?? [:]
                return client.send("POST", path, headers: headers, body: body)
            }
            func basic(_ text: String) -> String {
                "Basic " + Data(text.utf8).base64EncodedString()
            }
            let asked = write("m v=1 1704067200", nil)
            #expect(asked?.status == 401)
            #expect(asked?.head.contains("Basic realm=\"Penstock\"") == true)
            // The server hears of a new user within a second.
            var first = write("m v=1 1704067200", basic("admin@example.com:correct-horse-8"))
            for _ in 0..<100 where first?.status == 401 {
                Thread.sleep(forTimeInterval: 0.05)
                first = write("m v=1 1704067200", basic("admin@example.com:correct-horse-8"))
            }
            #expect(first?.status == 204)
            let statuses = [
                write("m v=2 1704068100", member), write("m v=3 1704069000", "Token \(member)"),
                write("m v=4 1704069900", "Bearer \(member)"),
                write("m v=5 1704070800", basic("any:\(member)")),
                write(
                    "m v=6 1704071700",
                    nil,
                    "/api/v2/write?bucket=site%20b&precision=s&u=u%40example.com&p=correct-horse-9"
                ),
            ].map { $0?.status }
            #expect(statuses == [204, 204, 204, 204, 204])
            #expect(write("m v=1 1", member, "/write?db=other")?.status == 204)
            #expect(write("m v=1 1", "Token \(member)x")?.status == 401)
            let partial = write("m v=7 1704072600\nm v=\"s\"\n", member)
            #expect(partial?.status == 400)
            #expect(partial?.text.contains("dropped=1") == true)

            let read = client.send(
                "GET",
                "/api/v3_0/sensors/2/data?start=2024-01-01T00:00:00Z&duration=PT2H&resolution=PT15M"
                    + "&unit=",
                headers: ["Authorization": member]
            )
            let values = try read?.json()["values"] as? [Any] ?? []
            #expect(values.compactMap { $0 as? Double } == [1, 2, 3, 4, 5, 6, 7])
            #expect(client.send("GET", "/ping")?.status == 204)
            #expect(process.stop() == 0)
        }
    }
}
