internal import HTTPTypes
internal import Hummingbird
internal import Model

/// `GET /api/v3_0`: which endpoints there are.
struct ServiceRoutes: Sendable {
    /// All others.
    let routes: [Route]

    /// These and their listing.
    var all: [Route] {
        let known = Set(routes.map(Self.key))
        let services = Self.services.filter { method, path, _ in
            path.isEmpty || known.contains(Self.key(method, path))
        }
        return routes + [
            Route(.get, "/api/v3_0", .everyone) { call in
                Answer(
                    200,
                    [
                        "message": "Request has been processed.",
                        "services": .array(
                            services.map { method, path, description in
                                .object([
                                    "description": .string(description),
                                    "name": .string("\(method) \(path)"),
                                    "url": .string(Self.base(call) + path),
                                ])
                            }
                        ), "status": "PROCESSED", "version": "3.0",
                    ]
                )
            }
        ]
    }

    private static func base(_ call: Call) -> String {
        let host = call.request.head.authority ?? "localhost"
        return "\(call.caller.isSecure ? "https" : "http")://\(host)/api/v3_0"
    }

    private static func key(_ route: Route) -> String {
        let path = route.pattern.map { $0 ?? "<>" }.joined(separator: "/")
        return "\(route.method.rawValue) \(path)"
    }

    private static func key(_ method: String, _ path: String) -> String {
        let segments = "/api/v3_0\(path)".split(separator: "/", omittingEmptySubsequences: false)
        let pattern = segments.map { $0.hasPrefix("<") ? "<>" : String($0) }
        return "\(method) \(pattern.joined(separator: "/"))"
    }

    /// Method, path and what it does, by path; those that are not there are left out.
    private static let services: [(method: String, path: String, description: String)] = [
        ("GET", "", "Obtain a service listing for this version"),
        ("GET", "/accounts", "List all accounts accessible to the current user."),
        ("POST", "/accounts", "Create an account."),
        ("GET", "/accounts/<id>", "Fetch a given account."),
        ("PATCH", "/accounts/<id>", "Update an account."),
        ("POST", "/accounts/<id>/annotations", "Add an annotation to an account."),
        ("GET", "/accounts/<id>/auditlog", "Get the history of actions for a specific account."),
        ("GET", "/assets", "List assets accessible by the user."),
        ("POST", "/assets", "Creates a new asset."),
        ("DELETE", "/assets/<id>", "Delete an asset."),
        ("GET", "/assets/<id>", "Fetch a given asset."),
        ("PATCH", "/assets/<id>", "Update an asset given its identifier."),
        ("POST", "/assets/<id>/annotations", "Add an annotation to an asset."),
        ("GET", "/assets/<id>/auditlog", "Get history of asset related actions."),
        ("GET", "/assets/<id>/chart", "Download an embeddable chart with time series data"),
        ("GET", "/assets/<id>/chart_annotations", "Download annotations for use in charts"),
        ("GET", "/assets/<id>/chart_data", "Download time series for use in charts"),
        ("POST", "/assets/<id>/copy", "Copy an asset to a target account and/or parent."),
        ("GET", "/assets/<id>/jobs", "Get all background jobs related to an asset."),
        ("GET", "/assets/<id>/kpis", "Get daily KPIs for an asset."),
        (
            "POST", "/assets/<id>/schedules/trigger",
            "Trigger scheduling job for any number of devices"
        ),
        ("GET", "/assets/<id>/sensors", "Return all sensors under an asset."),
        (
            "POST", "/assets/default_asset_view",
            "Update the default asset view for the current user"
        ),
        (
            "POST", "/assets/keep_legends_below_graphs",
            "Toggle whether for the current user legends should always be combined below graphs or shown to the right (per graph) above a certain number."
        ),
        ("GET", "/assets/public", "Return all public assets."),
        ("GET", "/assets/types", "Get list of available asset types"),
        ("GET", "/docs/", ""), ("GET", "/docs/<path:path>", ""),
        ("GET", "/health/ready", "Check readiness status"),
        ("GET", "/jobs/<uuid>", "Get the status of a background job"),
        ("GET", "/sensors", "Get list of sensors"),
        ("POST", "/sensors", "Create a new sensor"),
        ("DELETE", "/sensors/<id>", "Delete a sensor"),
        ("GET", "/sensors/<id>", "Fetch a given sensor"),
        ("PATCH", "/sensors/<id>", "Update a sensor"),
        ("POST", "/sensors/<id>/annotations", "Add an annotation to a sensor."),
        ("DELETE", "/sensors/<id>/data", "Delete sensor data"),
        ("GET", "/sensors/<id>/data", "Get sensor data"),
        ("POST", "/sensors/<id>/data", "Post sensor data"),
        ("POST", "/sensors/<id>/data/upload", "Upload sensor data by file"),
        ("GET", "/sensors/<id>/forecasts/<uuid>", "Get forecast for one sensor"),
        ("POST", "/sensors/<id>/forecasts/trigger", "Trigger forecasting job for one sensor"),
        ("GET", "/sensors/<id>/schedules/<uuid>", "Get schedule for one device"),
        (
            "POST", "/sensors/<id>/schedules/trigger",
            "Trigger scheduling job for one device (deprecated)"
        ),
        ("GET", "/sensors/<id>/stats", "Get sensor stats"),
        ("GET", "/sensors/<id>/status", "Get status of sensor data"),
        ("GET", "/sensors/data", "Download sensor data (DEPRECATED)"),
        ("POST", "/sensors/data", "Post sensor data (DEPRECATED)"),
        ("GET", "/sources", "List accessible data sources and defined source types."),
        ("GET", "/users", "List users."),
        ("POST", "/users", "Create new user"),
        ("GET", "/users/<id>", "Fetch a user"),
        ("PATCH", "/users/<id>", "Update a user"),
        ("GET", "/users/<id>/auditlog", "Get history of user actions."),
        ("PATCH", "/users/<id>/password-reset", "Password reset"),
    ]
}
