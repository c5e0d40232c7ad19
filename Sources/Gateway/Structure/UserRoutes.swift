internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// `/api/v3_0/users`: people and programs that log in.
struct UserRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(.get, "/api/v3_0/users", .users, structure.handler(list)),
            Route(.post, "/api/v3_0/users", .users, structure.handler(create)),
            Route(.get, "/api/v3_0/users/{id}", .on(.user, .read), structure.handler(show)),
            Route(.patch, "/api/v3_0/users/{id}", .on(.user, .update), structure.handler(update)),
            Route(
                .patch,
                "/api/v3_0/users/{id}/password-reset",
                .on(.user, .update),
                structure.handler(resetPassword)
            ),
        ]
    }

    private var catalog: CatalogStore { structure.catalog }
    private var authenticator: Authenticator { structure.authenticator }

    // MARK: reading

    private func list(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var query = StructureQuery(call, aliases: ["account_id": "account"])
        let account = try query.integer("account").map { try visibility.readableAccount($0) }
        let includesInactive = query.flag("include_inactive")
        let terms = query.terms()
        let paging = query.paging(sortedBy: ["username", "email", "lastLogin", "lastSeen"])
        try query.check()
        let of = account?.id ?? principal.account
        let all = authenticator.directory.users(of: of).filter { user in
            (includesInactive || user.isActive) && visibility.may(.read, facts(user))
        }
        var users = all.filter {
            SearchTerms.match(terms, names: [$0.username, $0.email], number: $0.id.rawValue)
        }
        let visits = try await authenticator.visits(of: users.map(\.id))
        func moment(_ user: User, _ visit: KeyPath<UserVisits, Timestamp?>) -> Timestamp {
            visits[user.id]?[keyPath: visit] ?? .earliest
        }
        switch paging.sortKey {
        case "username": users = paging.sorted(users) { ScalarOrder($0.username) }
        case "email": users = paging.sorted(users) { ScalarOrder($0.email) }
        case "lastLogin": users = paging.sorted(users) { moment($0, \.login) }
        case "lastSeen": users = paging.sorted(users) { moment($0, \.request) }
        default: break
        }
        return try paging.answer(users, count: all.count) { user in
            let roles = user.roles.names.map { JSONValue.string($0) }
            let document = StructureDocuments.user(user, visits[user.id], roles: roles)
            let account = catalog.account(user.account).map(CatalogDocuments.account)
            return document.with("account", account.map { .object($0) } ?? .null)
        }
    }

    private func show(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let user = call.user else { throw Refusal.forbidden }
        return Answer(200, try await document(user).with("status", 200))
    }

    private func document(_ user: User) async throws -> JSONObject {
        let visits = try await authenticator.visits(of: [user.id])
        let numbers = try await authenticator.roleNumbers()
        let roles = numbers.filter { user.roles.isSuperset(of: $0.value) && !$0.value.isEmpty }
            .map(\.key).sorted()
        return StructureDocuments.user(
            user,
            visits[user.id],
            roles: roles.map { .integer($0) }
        )
    }

    private func facts(_ user: User) -> Facts {
        .user(
            user.id,
            of: user.account,
            consultancy: catalog.account(user.account)?.consultancy,
            having: user.roles
        )
    }

    // MARK: create

    private func create(_ call: Call, _ principal: Principal) async throws -> Answer {
        let visibility = Visibility(principal, catalog)
        var fields = try await structure.fields(call)
        var account: Account?
        if let number = fields.integer("account_id", isRequired: true) {
            account = catalog.account(AccountID(number))
            guard let account else {
                guard visibility.seesMissing else { throw Refusal.forbidden }
                throw Refusal.notFound("Account \(number) not found")
            }
            guard visibility.may(.createChildren, account) else { throw Refusal.forbidden }
        }
        let email = fields.text("email", isRequired: true)
        let username = fields.text("username", isRequired: true)
        fields.refuseUnknown(besides: ["email", "username", "account_id"])
        try fields.check()
        guard let account, let email, let username else { throw Refusal.forbidden }
        try await structure.gate.limits.countMail(call, principal)
        let created: CreatedUser
        do {
            // The password is generated, and nobody is told: a mailed link lets choose one.
            created = try await authenticator.createUser(
                email: email,
                username: username,
                account: account.id,
                by: call.origin
            )
        } catch AuthError.invalid(let problems) {
            throw refusal(problems, email)
        }
        _ = structure.mailReset?(email, call.origin)
        guard let user = authenticator.directory.user(created.user) else {
            throw Refusal.unavailable
        }
        // The user is there already: a source that cannot be made now comes with the first data.
        _ = try? await catalog.userSource(
            userID: user.id,
            username: user.username,
            account: user.account
        )
        return Answer(201, try await document(user))
    }

    private func refusal(_ problems: [FieldProblem], _ email: String) -> any Error {
        guard problems == [FieldProblem("email", "is taken")] else {
            return AuthError.invalid(problems)
        }
        return RequestRefusal.unprocessable(
            FieldErrors(
                location: StructureFields.location,
                field: "email",
                "User with email \(email) already exists."
            )
        )
    }

    // MARK: update

    private func update(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let user = call.user else { throw Refusal.forbidden }
        var fields = try await structure.fields(call)
        let numbers = try await authenticator.roleNumbers()
        var change = UserChange()
        // What may not be changed is not to be named either.
        if fields.has("active"), !mayActivate(user, principal) { throw Refusal.forbidden }
        if let wanted = fields.integers("flexmeasures_roles") {
            var roles: UserRoles = []
            for number in wanted {
                if let role = numbers[number], !role.isEmpty {
                    roles.insert(role)
                } else {
                    fields.fault("flexmeasures_roles", "No role found with id \(number).")
                }
            }
            guard user.id != principal.user, maySetRoles(roles, user, principal) else {
                throw Refusal.forbidden
            }
            change.roles = roles
        }
        change.isActive = fields.bool("active")
        change.email = fields.text("email")
        change.username = fields.text("username")
        change.timezone = fields.text("timezone")
        if let timezone = change.timezone, !TimezoneNames.isKnown(timezone) {
            fields.fault("timezone", "Timezone \(timezone.prefix(80)) doesn't exist.")
        }
        fields.refuseUnknown(besides: [
            "email", "username", "timezone", "active", "flexmeasures_roles",
        ])
        try fields.check()
        let isMoving = change.email.map { $0 != user.email } ?? false
        if isMoving { try await structure.gate.limits.countMail(call, principal) }
        do {
            try await apply(change, to: user, principal, by: call.origin)
        } catch AuthError.invalid(let problems) {
            guard let taken = problems.first(where: { $0.message == "is taken" }) else {
                throw AuthError.invalid(problems)
            }
            return Answer(
                400,
                [
                    "detail": .string("\(taken.field) is taken"),
                    "message": "Duplicate user already exists", "status": 400,
                ]
            )
        }
        if isMoving { structure.mailAddressChanged?(user.email) }
        let changed = authenticator.directory.user(user.id) ?? user
        return Answer(200, try await document(changed).with("status", 200))
    }

    /// Decides once more on the user's row as it is then, locked: the roles that the user has now
    /// count, and the account.
    private func apply(
        _ change: UserChange,
        to user: User,
        _ principal: Principal,
        by origin: AuditOrigin
    ) async throws {
        try await authenticator.updateUser(user.id, change, by: origin) { present in
            present.account == user.account
                && Visibility(principal, catalog).may(.update, facts(present))
                && (change.isActive == nil || mayActivate(present, principal))
                && (change.roles.map { maySetRoles($0, present, principal) } ?? true)
        }
    }

    private func mayActivate(_ user: User, _ principal: Principal) -> Bool {
        Visibility(principal, catalog).may(
            .update,
            .userActivation(
                user.id,
                of: user.account,
                consultancy: catalog.account(user.account)?.consultancy,
                having: user.roles
            )
        )
    }

    /// Whether each role that is given or taken may be.
    private func maySetRoles(_ roles: UserRoles, _ user: User, _ principal: Principal) -> Bool {
        let visibility = Visibility(principal, catalog)
        let difference = user.roles.symmetricDifference(roles)
        return [UserRoles.admin, .adminReader, .accountAdmin, .consultant].allSatisfy { role in
            guard difference.contains(role) else { return true }
            return visibility.may(
                .update,
                .userRole(
                    role,
                    user.id,
                    of: user.account,
                    consultancy: catalog.account(user.account)?.consultancy,
                    having: user.roles
                )
            )
        }
    }

    private func resetPassword(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let user = call.user else { throw Refusal.forbidden }
        try await structure.gate.limits.countMail(call, principal)
        try await authenticator.voidPassword(of: user.id, by: call.origin) { present in
            present.account == user.account
                && Visibility(principal, catalog).may(.update, facts(present))
        }
        _ = structure.mailReset?(user.email, call.origin)
        return Answer(200, ["status": 200])
    }
}
