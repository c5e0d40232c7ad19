internal import Auth
internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Model

/// Lets a request through to its handler, or not: the one place where tokens and sessions are
/// checked and the policy is asked.
struct Gate: Sendable {
    let authenticator: Authenticator
    let catalog: CatalogStore
    let limits: RequestLimits
    let logins: PasswordLogins
    /// Of the pages, such as `https://host`; nil if it is not known.
    var publicOrigin: String?

    /// Fills in who asks and what for.
    ///
    /// - Throws: `Refusal`, or an `AuthError`.
    func admit(_ call: Call, to access: Route.Access) async throws -> Call {
        var call = call
        switch access {
        case .everyone: try await limits.count(call, nil)
        case .lineClients: break
        case .pages:
            call = try await admitToPage(call)
            try await limits.count(call, call.principal)
        case .visitors:
            try await limits.count(call, nil)
            call = try await admitVisitor(call)
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

    /// Whether a call that was let in would be let in now, and as the same principal: handlers
    /// decide by the roles that they were given.
    ///
    /// - Throws: as `admit` and `lineCaller`; `Refusal.forbidden` if the roles are others now.
    func confirm(_ call: Call) async throws {
        switch call.access {
        case .lineClients:
            guard try await lineCaller(call).mayWrite else { throw Refusal.forbidden }
        case .pages:
            // Not `admit`, which is what reads the body of a form.
            let now = try await principal(session: PageCookie.session.value(call.request.headers))
            guard now == call.principal else { throw Refusal.forbidden }
        case .everyone, .visitors: break
        default:
            let now = try await admit(call, to: call.access).principal
            guard now == call.principal else { throw Refusal.forbidden }
        }
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
        #if UNGUARDED
        if let principal = OpenDoor.principal { return principal }
        let principal = try await checkedPrincipal(of: request)
        OpenDoor.remember(principal)
        return principal
        #else
        return try await checkedPrincipal(of: request)
        #endif
    }

    private func checkedPrincipal(of request: Request) async throws -> Principal {
        guard let header = request.headers[.authorization] else {
            return try await browserPrincipal(of: request)
        }
        if let known = try authenticator.knownPrincipal(authorization: header) { return known }
        return try await authenticator.principal(authorization: header)
    }
}
