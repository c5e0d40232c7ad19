import Foundation
import TestSupport
import Testing

/// Goal: a measurement that comes after a schedule is read where that is wanted, and hidden as in
/// FlexMeasures otherwise. Method: a posted value is made a schedule's by its source's row; then another
/// is posted later.
@Suite(.serialized) struct SourceOrderTests {
    @Test(arguments: [(false, 1.0), (true, 77.0)])
    func `a later measurement is read where that is wanted`(
        isLatestFirst: Bool,
        expected: Double
    ) async throws {
        try await onThread {
            let process = try PenstockProcess(
                environment: ["PENSTOCK_LATEST_BELIEF_FIRST=\(isLatestFirst)"]
            )
            try process.start()
            let token = try process.makeStructure(sensorCount: 1)
            let client = BlockingHTTPClient(port: process.port)
            func post(_ value: Int, _ prior: String) {
                let answer = client.send(
                    "POST",
                    "/api/v3_0/sensors/1/data",
                    headers: ["Authorization": token, "Content-Type": "application/json"],
                    body: """
                        {"values": [\(value)], "start": "2026-05-01T00:00:00Z",
                        "duration": "PT15M", "unit": "kW", "prior": "\(prior)"}
                        """
                )
                #expect(answer?.status == 200)
            }
            func get(_ path: String) throws -> [String: Any] {
                try client.send("GET", path, headers: ["Authorization": token])?.json() ?? [:]
            }
            post(1, "2026-04-30T12:00:00Z")
            try Program.run(
                [
                    "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                    "host=\(process.dataDirectory)/run port=5432 user=penstock_owner dbname=penstock",
                    "-c",
                    """
                    UPDATE data_source SET type = 'scheduler', model = 'M', version = '9',
                        user_id = NULL WHERE user_id IS NOT NULL
                    """,
                ],
                output: "/dev/null"
            )
            // Heard of within a second or so. Every installation has a scheduler; this is the one of
            // model M.
            for _ in 0..<600 {
                let sources = try get("/api/v3_0/sources")["sources"] as? [[String: Any]] ?? []
                if sources.contains(where: { $0["model"] as? String == "M" }) { break }
                Thread.sleep(forTimeInterval: 0.05)
            }
            post(77, "2026-05-01T01:00:00Z")
            let window = "start=2026-05-01T00:00:00Z&duration=PT15M&unit=kW"
            let values = try get("/api/v3_0/sensors/1/data?\(window)")["values"] as? [Double]
            #expect(values == [expected])
            let statistics = try get("/api/v3_0/sensors/1/stats")
            // Both are there; the third member is the status.
            #expect(statistics.count == 3, "\(statistics)")
        }
    }
}
