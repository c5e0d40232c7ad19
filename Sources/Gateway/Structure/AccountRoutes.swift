internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `/api/v3_0/accounts`: organisations.
struct AccountRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(.get, "/api/v3_0/accounts", .users, structure.handler(list)),
            Route(.post, "/api/v3_0/accounts", .users, structure.handler(create)),
            Route(.get, "/api/v3_0/accounts/{id}", .on(.account, .read), structure.handler(show)),
            Route(
                .patch,
                "/api/v3_0/accounts/{id}",
                .on(.account, .update),
                structure.handler(update)
            ),
        ]
    }

    private var catalog: CatalogStore { structure.catalog }

    private func list(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(call)
        let terms = query.terms()
        let role = query["role"]
        let paging = query.paging(sortedBy: ["id", "name", "assets", "users"])
        try query.check()
        let all = catalog.accounts().filter { visibility.mayRead($0) }
        // The first term alone, split at blanks.
        let words = terms.flatMap { $0.first }?.split(separator: " ").map { $0.lowercased() }
        var accounts = all.filter { account in
            if let role, !account.hasRole(role) { return false }
            guard let words, !words.isEmpty else { return true }
            return words.contains { account.name.lowercased().contains($0) }
        }
        let assets = { (account: Account) in catalog.assets(of: account.id).count }
        let members = Dictionary(grouping: structure.authenticator.directory.users(), by: \.account)
        let users = { (account: Account) in members[account.id]?.count ?? 0 }
        switch paging.sortKey {
        case "id": accounts = paging.sorted(accounts) { $0.id }
        case "name": accounts = paging.sorted(accounts) { ScalarOrder($0.name) }
        case "assets": accounts = paging.sorted(accounts, by: assets)
        case "users": accounts = paging.sorted(accounts, by: users)
        default: break
        }
        return try paging.answer(accounts, count: all.count) { account in
            let document = CatalogDocuments.account(account)
            if paging.page == nil { return document }
            return document.with("asset_count", .integer(Int64(assets(account))))
                .with("user_count", .integer(Int64(users(account))))
        }
    }

    private func show(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let account = call.account else { throw Refusal.forbidden }
        return Answer(200, CatalogDocuments.account(account).with("status", 200))
    }

    private func create(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        // Who may make no account at all hears nothing about fields.
        let own = principal.roles.contains(.admin) ? nil : principal.account
        try requireCreation(own, visibility)
        var fields = try await structure.fields(call)
        var consultancy = own
        if fields.has("consultancy_account_id") {
            let number = fields.integer("consultancy_account_id", isNullable: true)
            consultancy = number.map { AccountID($0) } ?? own
        }
        // Once more: the account may have ceased to be a consultancy while the body came.
        try requireCreation(consultancy, visibility)
        if fields.has("consultancy_account_id") {
            try checkConsultancy(&fields, consultancy, principal)
        }
        let name = fields.text("name", isRequired: true)
        fields.refuseUnknown(besides: ["name", "consultancy_account_id"])
        try fields.check()
        guard let name else { throw Refusal.forbidden }
        let account = try await catalog.addAccount(
            NewAccount(name: name, consultancy: consultancy),
            trail: structure.trail(call)
        )
        return Answer(201, CatalogDocuments.account(account).with("status", 201))
    }

    private func requireCreation(_ consultancy: AccountID?, _ visibility: Visibility) throws {
        let facts = Facts.newAccount(
            consultancy: consultancy,
            isCallerInConsultancy: visibility.isInConsultancy
        )
        guard visibility.may(.createChildren, facts) else { throw Refusal.forbidden }
    }

    /// A consultancy that only admins can name may be missing.
    private func checkConsultancy(
        _ fields: inout StructureFields,
        _ consultancy: AccountID?,
        _ principal: Principal
    ) throws {
        guard let consultancy, catalog.account(consultancy) == nil else { return }
        guard principal.roles.contains(.admin) else { throw Refusal.forbidden }
        let text = "Account with Id \(consultancy) doesn't exist."
        fields.fault("consultancy_account_id", text)
    }

    private func update(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let account = call.account else { throw Refusal.forbidden }
        let visibility = Visibility(principal, catalog)
        var fields = try await structure.fields(call)
        let standing = Facts.accountStanding(account.id, consultancy: account.consultancy)
        // Rights hang on these: who may not change them may not name them.
        if fields.has("account_roles") || fields.has("plan_id") {
            guard visibility.may(.update, standing) else { throw Refusal.forbidden }
        }
        var change = AccountChange()
        if fields.has("consultancy_account_id") {
            let number = fields.integer("consultancy_account_id", isNullable: true)
            let successor = number.map { AccountID($0) }
            let facts = Facts.accountConsultancy(
                account.id,
                consultancy: account.consultancy,
                successor: successor,
                isCallerInConsultancy: visibility.isInConsultancy
            )
            guard visibility.may(.update, facts) else { throw Refusal.forbidden }
            try checkConsultancy(&fields, successor, principal)
            change.consultancy = .some(successor)
        }
        read(&change, &fields)
        fields.refuseUnknown(besides: Self.fieldNames)
        try fields.check()
        let changed = try await catalog.updateAccount(
            account.id,
            change,
            trail: structure.trail(call)
        ) { present throws(CatalogError) in
            // Its consultancy decides who may do this, and may be another one since the gate
            // decided.
            guard present.consultancy == account.consultancy else {
                throw .missing(field: "id", message: "Account \(account.id) not found")
            }
        }
        return Answer(200, CatalogDocuments.account(changed).with("status", 200))
    }

    private static let fieldNames: Set<String> = [
        "name", "primary_color", "secondary_color", "logo_url", "attributes", "account_roles",
        "consultancy_account_id", "plan_id",
    ]

    private func read(_ change: inout AccountChange, _ fields: inout StructureFields) {
        change.name = fields.text("name", lengthMax: 100)
        if fields.has("primary_color") {
            change.primaryColor = .some(fields.text("primary_color", isNullable: true))
        }
        if fields.has("secondary_color") {
            change.secondaryColor = .some(fields.text("secondary_color", isNullable: true))
        }
        if fields.has("logo_url") {
            change.logoURL = .some(fields.text("logo_url", isNullable: true))
        }
        change.attributes = fields.object("attributes")
        if let numbers = fields.integers("account_roles") {
            let known = Set(catalog.accountRoles().map(\.id))
            for number in numbers where !known.contains(AccountRoleID(number)) {
                fields.fault("account_roles", "No account role found with id \(number).")
            }
            change.roles = numbers.map { AccountRoleID($0) }
        }
        if let plan = fields.integer("plan_id", isNullable: true) {
            fields.fault("plan_id", "No plan found with id \(plan).")
        }
    }
}
