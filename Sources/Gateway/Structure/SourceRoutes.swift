internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `GET /api/v3_0/sources`: who or what has said things that the caller may know of.
struct SourceRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [Route(.get, "/api/v3_0/sources", .users, structure.handler(list))]
    }

    /// Types that there always are, in FlexMeasures' order; others follow.
    static let defaultTypes = [
        "user", "scheduler", "forecaster", "reporter", "demo script", "gateway", "market",
    ]

    private func list(_ call: Call, _ principal: Principal) async throws -> Answer {
        let catalog = structure.catalog
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(call)
        let isOnlyLatest = query.flag("only_latest", default: true)
        try query.check()
        var sources = catalog.sources().filter { visibility.may(.read, .source(owner($0))) }
        var types = Self.defaultTypes
        for source in sources where !types.contains(source.type) { types.append(source.type) }
        if isOnlyLatest { sources = latest(sources) }
        return Answer(
            200,
            [
                "sources": .array(sources.map { .object(CatalogDocuments.source($0)) }),
                "status": 200, "types": .array(types.map { .string($0) }),
            ]
        )
    }

    /// A source without account and user is everyone's. One whose account is gone is nobody's.
    private func owner(_ source: DataSource) -> Facts.Owner {
        if let account = source.account {
            return structure.catalog.account(account)
                .map { .account($0.id, consultancy: $0.consultancy) } ?? .installation
        }
        return source.user == nil ? .everyone : .installation
    }

    /// Of sources that differ in their version only, the one with the highest.
    private func latest(_ sources: [DataSource]) -> [DataSource] {
        struct Family: Hashable {
            let name: String
            let type: String
            let model: String?
            let account: AccountID?
            /// Users are each their own.
            let user: UserID?
        }
        func family(_ source: DataSource) -> Family {
            Family(
                name: source.name,
                type: source.type,
                model: source.model,
                account: source.account,
                user: source.user
            )
        }
        var best: [Family: DataSource] = [:]
        for source in sources {
            guard let known = best[family(source)] else {
                best[family(source)] = source
                continue
            }
            let isHigher = known.precedence.version <= source.precedence.version
            if isHigher { best[family(source)] = source }
        }
        return sources.filter { best[family($0)]?.id == $0.id }
    }
}
