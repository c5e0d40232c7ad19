internal import Auth
internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Model

/// Lets a request through to its handler, or not: the one place where tokens are checked and the
/// policy is asked.
struct Gate: Sendable {
    let authenticator: Authenticator
    let catalog: CatalogStore
    let limits: RequestLimits
    let logins: PasswordLogins

    /// Fills in who asks and what for.
    ///
    /// - Throws: `Refusal`, or an `AuthError`.
    func admit(_ call: Call, to access: Route.Access) async throws -> Call {
        var call = call
        switch access {
        case .everyone: try await limits.count(call, nil)
        case .lineClients: break
        case .users: call.principal = try await principal(of: call)
        case .operators:
            if call.caller.isLocal { break }
            let principal = try await principal(of: call)
            try require(.read, .operations, principal)
            call.principal = principal
        case .having(let permission, let facts):
            let principal = try await principal(of: call)
            try require(permission, facts, principal)
            call.principal = principal
        case .on(let subject, let permission):
            let principal = try await principal(of: call)
            let number = call.parameters.first ?? ""
            call.object = try object(subject, number, permission, for: principal)
            call.principal = principal
        }
        return call
    }

    /// Asks the policy about the beliefs of a sensor.
    ///
    /// - Throws: `Refusal.forbidden`.
    func require(
        _ permission: Permission,
        onBeliefsOf sensor: Sensor,
        _ principal: Principal
    ) throws {
        guard let facts = catalog.facts(.beliefs, on: sensor.id, for: principal) else {
            throw Refusal.forbidden
        }
        try require(permission, facts, principal)
    }

    /// Who asks. The request is counted against their limit, or else against the address'.
    private func principal(of call: Call) async throws -> Principal {
        let principal: Principal
        do {
            principal = try await self.principal(of: call.request)
        } catch {
            try await limits.count(call, nil)
            throw error
        }
        call.trace.note(principal)
        try await limits.count(call, principal)
        return principal
    }

    private func principal(of request: Request) async throws -> Principal {
        guard let header = request.headers[.authorization] else { throw Refusal.unauthenticated }
        if let known = try authenticator.knownPrincipal(authorization: header) { return known }
        return try await authenticator.principal(authorization: header)
    }
}
