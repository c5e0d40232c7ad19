internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// Named API tokens, for machines: `/api/penstock/v1/tokens`, and "log out everywhere".
///
/// A new one is made by the password, in the body, and by nothing else: no token makes a token.
struct NamedTokenRoutes: Sendable {
    let entry: PasswordEntry
    let authenticator: Authenticator
    let gate: Gate
    let catalog: CatalogStore
    let clock: any WallClock
    let bodyByteCountMax: Int

    /// How long a token lives if its maker says nothing: a year.
    private static let lifetimeSeconds: Int64 = 365 * 86_400

    var routes: [Route] {
        [
            Route(.post, "/api/penstock/v1/tokens", .everyone, create),
            Route(.get, "/api/penstock/v1/tokens", .users, listOwn),
            Route(.delete, "/api/penstock/v1/tokens/{id}", .users, revokeOwn),
            Route(.get, "/api/penstock/v1/users/{id}/tokens", .on(.userToken, .read), list),
            Route(
                .delete,
                "/api/penstock/v1/users/{id}/tokens/{token}",
                .on(.userToken, .delete),
                revoke
            ),
            Route(.post, "/api/penstock/v1/logout-everywhere", .users, logOutEverywhere),
            Route(.post, "/api/penstock/v1/revoke-this-token", .users, revokeThis),
        ]
    }

    // MARK: making

    private func create(_ call: Call) async throws -> Answer {
        let body = try await call.body(byteCountMax: Double(bodyByteCountMax))
        let wanted = try NamedTokenRequest(body: body)
        let owner: User
        do {
            let issued = try await entry.enter(
                email: wanted.email,
                password: wanted.password,
                code: wanted.code,
                call
            )
            guard let user = authenticator.directory.user(issued.user) else {
                throw Refusal.unavailable
            }
            owner = user
        } catch let refusal as FactorRefusal {
            return refusal.answer
        }
        let principal = Principal(user: owner.id, account: owner.account, roles: owner.roles)
        try gate.require(.createChildren, facts(of: owner), principal)
        try requireReadable(wanted, principal)
        let isLimited = !wanted.assets.isEmpty || !wanted.sensors.isEmpty
        let now = clock.now().microseconds / Microseconds.second
        let token = NewNamedToken(
            user: owner.id,
            name: wanted.name,
            restriction: Restriction(
                wanted.scopes,
                reach: isLimited
                    ? .only(assets: wanted.assets, sensors: wanted.sensors) : .everything
            ),
            expiresAt: wanted.expiresAt ?? now + Self.lifetimeSeconds
        )
        let created = try await make(token, by: call.caller.origin(principal))
        var document = Self.document(created.token)
        document["token"] = .string(created.text.exposed)
        document["status"] = 201
        return Answer(201, document).with(.cacheControl, "no-store")
    }

    private func make(
        _ token: NewNamedToken,
        by origin: AuditOrigin
    ) async throws -> CreatedNamedToken {
        do {
            return try await authenticator.createNamedToken(token, by: origin)
        } catch AuthError.invalid(let problems) {
            var errors = FieldErrors(location: "json")
            for problem in problems {
                errors.add(problem.field == "scope" ? "scopes" : problem.field, problem.message)
            }
            throw RequestRefusal.unprocessable(errors)
        }
    }

    /// What a token is limited to must be there for its maker; the missing and the foreign are
    /// refused alike.
    private func requireReadable(_ wanted: NamedTokenRequest, _ principal: Principal) throws {
        var errors = FieldErrors(location: "json")
        func isReadable(_ facts: Facts?) -> Bool {
            facts.map { Policy.decide(principal, .read, $0).isAllowed } ?? false
        }
        for id in wanted.assets
        where !isReadable(catalog.facts(.asset, on: id, for: principal)) {
            errors.add("assets", "No asset found with ID \(id.rawValue).")
        }
        for id in wanted.sensors
        where !isReadable(catalog.facts(.sensor, on: id, for: principal)) {
            errors.add("sensors", "No sensor found with ID \(id.rawValue).")
        }
        try RequestRefusal.check(errors)
    }

    // MARK: reading and ending

    private func listOwn(_ call: Call) async throws -> Answer {
        let user = try caller(call)
        try gate.require(.read, facts(of: user), try principal(call))
        return try await list(of: user)
    }

    private func list(_ call: Call) async throws -> Answer {
        guard let user = call.user else { throw Refusal.forbidden }
        return try await list(of: user)
    }

    private func list(of user: User) async throws -> Answer {
        let tokens = try await authenticator.namedTokens(of: user.id)
        return Answer(
            200,
            [
                "status": 200,
                "tokens": .array(tokens.map { .object(Self.document($0)) }),
            ]
        )
    }

    private func revokeOwn(_ call: Call) async throws -> Answer {
        let user = try caller(call)
        try gate.require(.delete, facts(of: user), try principal(call))
        return try await revoke(call.parameters.first, of: user, call)
    }

    private func revoke(_ call: Call) async throws -> Answer {
        guard let user = call.user else { throw Refusal.forbidden }
        return try await revoke(call.parameters.last, of: user, call)
    }

    private func revoke(_ number: Substring?, of user: User, _ call: Call) async throws -> Answer {
        guard let id = number.flatMap({ Int64($0) }),
            try await authenticator.revokeNamedToken(id, of: user.id, by: call.origin)
        else { throw Refusal.notFound("Token \((number ?? "").prefix(40)) not found") }
        return Answer(204, [])
    }

    /// Ends the named token that the request carries: whoever has it can do that, whatever its
    /// scopes.
    private func revokeThis(_ call: Call) async throws -> Answer {
        guard let header = call.request.headers[.authorization] else {
            throw Refusal.unauthenticated
        }
        guard
            try await authenticator.revokeNamedToken(authorization: header, by: call.origin)
        else {
            throw RequestRefusal.unprocessable(
                FieldErrors(
                    location: "headers",
                    field: "Authorization",
                    "Not a named API token. Tokens of a login end together: POST /api/penstock/v1/logout-everywhere."
                )
            )
        }
        return Answer(204, [])
    }

    /// Ends all tokens of the caller, named ones too, and all sessions.
    private func logOutEverywhere(_ call: Call) async throws -> Answer {
        let user = try caller(call)
        try gate.require(
            .update,
            .user(user.id, of: user.account, consultancy: consultancy(user), having: user.roles),
            try principal(call)
        )
        try await authenticator.endTokens(of: user.id, by: call.origin)
        return Answer(204, [])
    }

    // MARK: common

    private func principal(_ call: Call) throws -> Principal {
        guard let principal = call.principal else { throw Refusal.unauthenticated }
        return principal
    }

    private func caller(_ call: Call) throws -> User {
        guard let user = authenticator.directory.user(try principal(call).user) else {
            throw Refusal.unauthenticated
        }
        return user
    }

    private func consultancy(_ user: User) -> AccountID? {
        catalog.account(user.account)?.consultancy
    }

    private func facts(of user: User) -> Facts {
        .apiToken(
            of: user.id,
            account: user.account,
            consultancy: consultancy(user),
            having: user.roles
        )
    }

    /// Times in ISO 8601; null for never.
    private static func document(_ token: NamedToken) -> JSONObject {
        func time(_ microseconds: Int64?) -> JSONValue {
            microseconds.map { .string(Timestamp(microseconds: $0).iso8601()) } ?? .null
        }
        var document: JSONObject = [
            "created": time(token.createdAt), "expires": time(token.expiresAt),
            "id": .integer(token.id), "last_used": time(token.lastUsedAt),
            "name": .string(token.name), "revoked": time(token.revokedAt),
            "scopes": .array(token.restriction.scopes.names.map { .string($0) }),
            "user_id": .integer(token.user.rawValue),
        ]
        if case .only(let parts) = token.restriction.reach {
            document["assets"] = .array(parts.assets.map { .integer($0.rawValue) })
            document["sensors"] = .array(parts.sensors.map { .integer($0.rawValue) })
        }
        return document
    }
}
