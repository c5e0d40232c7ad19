internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `POST /api/v3_0/<sensors|assets|accounts>/<id>/annotations`: notes about spans of time.
struct AnnotationRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(
                .post,
                "/api/v3_0/sensors/{id}/annotations",
                .on(.sensorAnnotation, .createChildren),
                structure.handler(annotate)
            ),
            Route(
                .post,
                "/api/v3_0/assets/{id}/annotations",
                .on(.assetAnnotation, .createChildren),
                structure.handler(annotate)
            ),
            Route(
                .post,
                "/api/v3_0/accounts/{id}/annotations",
                .on(.accountAnnotation, .createChildren),
                structure.handler(annotate)
            ),
        ]
    }

    private static let types = ["alert", "holiday", "label", "feedback", "warning", "error"]

    private func annotate(_ call: Call, _ principal: Principal) async throws -> Answer {
        let target: AnnotationTarget
        switch call.object {
        case .sensor(let sensor): target = .sensor(sensor.id)
        case .asset(let asset): target = .asset(asset.id)
        case .account(let account): target = .account(account.id)
        case .user, nil: throw Refusal.forbidden
        }
        var fields = try await structure.fields(call)
        let content = fields.text("content", isRequired: true, lengthMax: 1_024)
        let start = fields.moment("start", isRequired: true)
        let end = fields.moment("end", isRequired: true)
        let type = fields.text("type") ?? "label"
        if !Self.types.contains(type) {
            fields.fault("type", "Must be one of: \(Self.types.joined(separator: ", ")).")
        }
        let prior = fields.moment("prior")
        fields.refuseUnknown(besides: ["content", "start", "end", "type", "prior"])
        if fields.errors.isEmpty, let start, let end, end <= start {
            fields.fault("_schema", "end must be after start")
        }
        try fields.check()
        guard let content, let start, let end else { throw Refusal.forbidden }
        let source = try await UserSources(
            catalog: structure.catalog,
            authenticator: structure.authenticator
        ).source(of: principal)
        let (annotation, isNew) = try await structure.catalog.annotate(
            target,
            NewAnnotation(
                content: content,
                start: start,
                end: end,
                beliefTime: prior,
                source: source,
                type: type
            ),
            trail: structure.trail(call)
        )
        return Answer(
            isNew ? 201 : 200,
            [
                "content": .string(annotation.content), "end": .string(annotation.end.iso8601()),
                "id": .integer(annotation.id.rawValue),
                "prior": annotation.beliefTime.map { .string($0.iso8601()) } ?? .null,
                "source": .integer(annotation.source.rawValue),
                "start": .string(annotation.start.iso8601()), "type": .string(annotation.type),
            ]
        )
    }
}

/// The sources through which users speak.
struct UserSources: Sendable {
    let catalog: CatalogStore
    let authenticator: Authenticator

    /// Made when the user first speaks.
    func source(of principal: Principal) async throws -> SourceID {
        if let known = catalog.source(of: principal.user) { return known.id }
        guard let user = authenticator.directory.user(principal.user) else {
            throw Refusal.unauthenticated
        }
        do throws(CatalogError) {
            return try await catalog.userSource(
                userID: user.id,
                username: user.username,
                account: user.account
            ).id
        } catch .unavailable {
            throw Refusal.unavailable
        }
    }
}
