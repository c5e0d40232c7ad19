import Synchronization
import Testing

@testable import penstock

@Suite struct DemoLoaderTests {
    /// A load of 20,000 quarters and, of another sensor, a forecast and what came of it; the two
    /// are equal but for the first event.
    private static let series: [SampleData.Series] = {
        let load = (0..<20_000).map { $0 % 7 == 3 ? .nan : Double($0) / 8 }
        let forecast = (0..<100).map { Double($0) }
        return [
            SampleData.Series(
                sensor: "apartment 1",
                horizonHours: 0,
                start: 1_451_606_400_000_000,
                step: 900_000_000,
                values: load
            )
        ]
            + [(24, forecast), (0, forecast.map { $0 + 0.5 })].map {
                SampleData.Series(
                    sensor: "outdoor temperature",
                    horizonHours: $0.0,
                    start: 1_451_606_400_000_000,
                    step: 3_600_000_000,
                    values: $0.1
                )
            }
    }()

    private static let valueCount = series.reduce(0) { $0 + $1.valueCount }

    private static func load(_ client: DemoClient) async throws -> DemoLoader.Report {
        try await DemoLoader(
            client: client,
            series: series,
            structure: .standard,
            sensorIDs: ["apartment 1": 1, "outdoor temperature": 2]
        ).load(email: "a@x", password: "right") { count in
            DemoProgress(valueCountMax: count, isTerminal: false) { _ in }
        }
    }

    private static func expectAllStored(_ api: FakeAPI) {
        let stored = api.state.withLock { $0.values }
        for one in series {
            let sensor = one.sensor == "apartment 1" ? 1 : 2
            let values = stored["/api/v3_0/sensors/\(sensor)/data PT\(one.horizonHours)H"] ?? [:]
            var expected: [Int: Double] = [:]
            for (index, value) in one.values.enumerated() where !value.isNaN {
                expected[Int(one.start / 1_000_000) + index * Int(one.step / 1_000_000)] = value
            }
            #expect(values == expected)
        }
    }

    /// Goal: all arrives, once. Method: two loads.
    @Test func `a second load sends nothing`() async throws {
        try await FakeAPI.with { api, client in
            let first = try await Self.load(client)
            #expect(first.loadedCount == Self.valueCount)
            #expect(first.presentCount == 0)
            #expect(first.token == FakeAPI.token)
            Self.expectAllStored(api)
            let postCount = api.state.withLock { $0.postCount }
            #expect(postCount == 5)

            let second = try await Self.load(client)
            #expect(second.loadedCount == 0)
            #expect(second.presentCount == Self.valueCount)
            let state = api.state.withLock { $0 }
            #expect(state.postCount == postCount)
            #expect(state.problem == nil)
        }
    }

    /// Goal: an interrupted load is completed, wherever it was cut. Method: every number of posts.
    @Test(arguments: 0..<5) func `a cut load is completed`(postCount: Int) async throws {
        try await FakeAPI.with({ $0.postCountMax = postCount }) { api, client in
            let error = await #expect(throws: CommandError.self) { try await Self.load(client) }
            #expect(error?.description.contains("403") == true)
            api.state.withLock { $0.postCountMax = .max }
            let report = try await Self.load(client)
            #expect(report.loadedCount + report.presentCount == Self.valueCount)
            Self.expectAllStored(api)
            // Nothing twice.
            #expect(api.state.withLock { $0.postCount } == 5)
        }
    }

    /// Goal: a busy server is waited for.
    @Test func `503 is waited for`() async throws {
        try await FakeAPI.with({ $0.busyCount = 2 }) { api, client in
            let report = try await Self.load(client)
            #expect(report.loadedCount == Self.valueCount)
            #expect(api.state.withLock { $0.busyCount } == 0)
        }
    }

    /// Goal: a wrong password ends the load with the reason, and without the password.
    @Test func `a refused login is told`() async throws {
        try await FakeAPI.with { _, client in
            let error = await #expect(throws: CommandError.self) {
                try await client.login(email: "a@x", password: "wr0ng")
            }
            let text = error?.description ?? ""
            #expect(text.contains("401") && text.contains("a@x") && !text.contains("wr0ng"))
        }
    }

    /// Goal: a sensor that was not created is told before anything is sent.
    @Test func `a missing sensor is told`() {
        let error = #expect(throws: CommandError.self) {
            try DemoLoader(
                client: DemoClient(host: "127.0.0.1", port: 1),
                series: Self.series,
                structure: .standard,
                sensorIDs: ["apartment 1": 1]
            )
        }
        #expect(error?.description.contains("outdoor temperature") == true)
    }
}
