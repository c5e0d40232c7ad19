internal import Hummingbird
internal import Redis
internal import TSEngine

/// What operators and probes ask.
struct OperationsRoutes: Sendable {
    let engine: Engine
    let counters: RequestCounters
    let lines: LineCounters
    let redis: RedisClient?
    let isDatabaseReady: @Sendable () async -> Bool

    var routes: [Route] {
        [
            Route(.get, "/api/", .everyone, versions),
            Route(.get, "/api", .everyone) { _ in
                Answer(308, ["message": "See /api/.", "status": 308]).with(.location, "/api/")
            },
            Route(.get, "/api/v3_0/health/ready", .everyone, ready),
            Route(.get, "/metrics", .operators, metrics),
        ]
    }

    private func versions(_ call: Call) async throws -> Answer {
        Answer(
            200,
            [
                "flexmeasures_version": "1.0.1",
                "message":
                    "For these API versions a public endpoint is available, listing its service. For example: /api/v3_0. An authentication token can be requested at: /api/requestAuthToken",
                "status": 200, "versions": .array(["v3_0"]),
            ]
        )
    }

    private func ready(_ call: Call) async throws -> Answer {
        let isSQLReady = await isDatabaseReady()
        var document: JSONObject = ["database_sql": .bool(isSQLReady)]
        var isReady = isSQLReady
        if let redis {
            let isRedisReady = (try? await redis.ping()) != nil
            document["database_redis"] = .bool(isRedisReady)
            isReady = isReady && isRedisReady
        }
        document["status"] = .integer(isReady ? 200 : 503)
        let answer = Answer(isReady ? 200 : 503, document)
        return isReady ? answer : answer.with(.retryAfter, "1")
    }

    private func metrics(_ call: Call) async throws -> Answer {
        let text = MetricsText.render(engine.statistics, counters.byStatus, lines)
        var answer = Answer(200, Array(text.utf8))
        answer.contentType = "text/plain; version=0.0.4; charset=utf-8"
        return answer
    }
}
