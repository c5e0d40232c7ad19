internal import Auth

/// The ways in which a request says who sends it.
enum SecuritySchemes {
    static let json: JSONValue = [
        "token": [
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "The token as it is, as clients of FlexMeasures send it.",
        ],
        "bearer": [
            "type": "http", "scheme": "bearer",
            "description": "The token, of a login or a named one.",
        ],
        "session": [
            "type": "apiKey", "in": "cookie", "name": .string(PageCookie.session.rawValue),
            "description":
                "The cookie of a login with a browser. Whatever changes something needs the header X-CSRF-Token too.",
        ],
        "basic": [
            "type": "http", "scheme": "basic",
            "description": "E-mail address and password or token, for clients of line protocol.",
        ],
        "task": [
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "FLEXMEASURES_TASK_CHECK_AUTH_TOKEN, for monitors.",
        ],
    ]

    private static let users: JSONValue = [["token": []], ["bearer": []], ["session": []]]

    static func of(_ route: Route) -> JSONValue {
        switch route.access {
        case .everyone: route.path == TaskRunRoutes.latestPath ? [["task": []]] : []
        case .pages: [["session": []]]
        case .visitors: []
        case .lineClients: [["basic": []], ["token": []], ["bearer": []]]
        // Callers on the same machine need none.
        case .operators: [[:], ["token": []], ["bearer": []]]
        case .users, .on, .having: users
        }
    }
}

extension Route.Access {
    /// Who may call, in words.
    var who: String {
        switch self {
        case .everyone, .visitors: "everyone"
        case .pages: "whoever has logged in with a browser"
        case .operators: "callers on the server's own machine, and whoever may read everything"
        case .users: "users, for what they may read and change themselves"
        case .lineClients: "users, for their own account"
        case .having(let permission, _): "whoever may \(permission.verb) this"
        case .on(let subject, let permission):
            "whoever may \(permission.verb) the \(subject.words)"
        }
    }

    /// What the number in the path is of.
    var noun: String {
        guard case .on(let subject, _) = self else { return "the object" }
        return switch subject.family {
        case .sensor: "the sensor"
        case .asset: "the asset"
        case .account: "the account"
        case .user: "the user"
        }
    }
}

extension Permission {
    fileprivate var verb: String {
        switch self {
        case .read: "read"
        case .update: "change"
        case .createChildren: "add to"
        case .delete: "delete"
        }
    }
}

extension Subject {
    fileprivate var words: String {
        switch self {
        case .sensor: "sensor"
        case .beliefs: "sensor's data"
        case .sensorAnnotation: "sensor's annotations"
        case .schedule: "sensor's schedules"
        case .forecast: "sensor's forecasts"
        case .sensorJob: "sensor's jobs"
        case .asset, .assetSensors: "asset"
        case .assetAnnotation: "asset's annotations"
        case .assetAuditLog: "asset's history"
        case .assetJob: "asset's jobs"
        case .assetSchedule: "asset's schedules"
        case .account: "account"
        case .accountAnnotation: "account's annotations"
        case .accountAuditLog: "account's history"
        case .user: "user"
        case .userAuditLog: "user's history"
        case .userToken: "user's tokens"
        }
    }
}
