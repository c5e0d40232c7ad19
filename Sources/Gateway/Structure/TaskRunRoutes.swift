internal import Auth
internal import HTTPTypes
internal import Hummingbird
internal import Model

/// `/api/ops`: whether the server answers, and how maintenance tasks went.
///
/// Penstock's own maintenance is in its metrics; no program reports tasks to it, so there are none.
struct TaskRunRoutes: Sendable {
    /// `FLEXMEASURES_TASK_CHECK_AUTH_TOKEN`; nil: nobody may ask.
    let token: String?

    var routes: [Route] {
        [
            Route(.get, "/api/ops/ping", .everyone) { _ in
                Answer(200, ["message": "ok", "status": 200])
            },
            // A token of its own, which monitors have.
            Route(.get, Self.latestPath, .everyone, latest),
            Route(.post, "/api/ops/postLatestTaskRun", .having(.createChildren, .taskRun)) { _ in
                throw Refusal.forbidden
            },
        ]
    }

    static let latestPath = "/api/ops/getLatestTaskRun"

    private func latest(_ call: Call) async throws -> Answer {
        guard let given = call.request.headers[.authorization] else {
            return Self.refused(401, "Not authenticated to check task status.")
        }
        guard let token, Self.isSame(given, token) else {
            return Self.refused(403, "Not authorized to check task status.")
        }
        guard let name = call.query.first(where: { $0.name == "name" })?.value, !name.isEmpty else {
            return Self.refused(400, "No task name given.")
        }
        return Self.refused(404, "Task \(name.prefix(80)) has no last run time.")
    }

    private static func refused(_ status: Int, _ reason: String) -> Answer {
        Answer(
            status,
            [
                "frequency": 10, "lastrun": "1970-01-01T00:00:00", "process": "FlexMeasures",
                "reason": .string(reason), "server": "", "status": "ERROR",
            ]
        )
    }

    /// In a time that does not tell how much of it is right.
    private static func isSame(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
