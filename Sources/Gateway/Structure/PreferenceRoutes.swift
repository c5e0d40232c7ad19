internal import Auth
internal import Hummingbird
internal import Model

/// `POST /api/v3_0/assets/default_asset_view` and `…/keep_legends_below_graphs`: how a person likes
/// the pages of assets.
///
/// Penstock's pages have neither views to choose from nor legends to move, so there is nothing that a
/// preference could change: requests are checked, answered as FlexMeasures answers them, and not
/// kept (docs/flexmeasures-compatibility.md).
struct PreferenceRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(
                .post,
                "/api/v3_0/assets/default_asset_view",
                .users,
                structure.handler(assetView)
            ),
            Route(
                .post,
                "/api/v3_0/assets/keep_legends_below_graphs",
                .users,
                structure.handler(legends)
            ),
        ]
    }

    private static let views = ["Audit Log", "Context", "Graphs", "Properties", "Status"]

    private func assetView(_ call: Call, _ principal: Principal) async throws -> Answer {
        var fields = try await structure.fields(call)
        let isDefault = fields.bool("use_as_default") ?? true
        let view = fields.text("default_asset_view", isRequired: isDefault)
        if let view, !Self.views.contains(view) {
            fields.fault(
                "default_asset_view",
                "Must be one of: \(Self.views.joined(separator: ", "))."
            )
        }
        fields.refuseUnknown(besides: ["default_asset_view", "use_as_default"])
        try fields.check()
        return Self.done("Default asset view updated successfully.")
    }

    private func legends(_ call: Call, _ principal: Principal) async throws -> Answer {
        var fields = try await structure.fields(call)
        _ = fields.bool("keep_legends_below_graphs")
        fields.refuseUnknown(besides: ["keep_legends_below_graphs"])
        try fields.check()
        return Self.done("Default legend position updated successfully.")
    }

    private static func done(_ message: String) -> Answer {
        Answer(200, ["message": .string(message), "status": 200])
    }
}
