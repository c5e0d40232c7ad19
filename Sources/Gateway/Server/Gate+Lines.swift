internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// Who writes line protocol, and what for. Lines go to the caller's own account: one decision a
/// request, however many lines and series it has.
struct LineCaller: Sendable {
    let principal: Principal
    /// May write beliefs about sensors of the account. Without it nothing is looked at.
    let mayWrite: Bool
    /// May add sensors to assets of the account.
    let mayCreateSeries: Bool
    /// May begin a database: an asset that holds nothing but series. Whoever may add sensors to the
    /// account's assets may, or the first line of a new bucket would need another person.
    let mayCreateDatabase: Bool
}

extension Gate {
    /// Who sends a request, by any of the ways that clients of line protocol have: the header
    /// `Authorization`, or the query parameters `u` and `p`, which count only without the header.
    ///
    /// - Throws: `AuthError`; `.unauthenticated` if there are no credentials; `Refusal.limited`.
    func lineCaller(_ call: Call) async throws -> LineCaller {
        let principal: Principal
        do {
            principal = try await linePrincipal(call)
        } catch {
            try await limits.count(call, nil)
            throw error
        }
        call.trace.note(principal)
        try await limits.count(call, principal)
        // An account that is not known (yet) gives no rights.
        guard let account = catalog.account(principal.account) else {
            return LineCaller(
                principal: principal,
                mayWrite: false,
                mayCreateSeries: false,
                mayCreateDatabase: false
            )
        }
        let owner = Facts.Owner.account(account.id, consultancy: account.consultancy)
        func may(_ facts: Facts) -> Bool {
            Policy.decide(principal, .createChildren, facts).isAllowed
        }
        return LineCaller(
            principal: principal,
            mayWrite: may(.beliefs(owner)),
            mayCreateSeries: may(.asset(owner)),
            mayCreateDatabase: may(.asset(owner))
        )
    }

    private func linePrincipal(_ call: Call) async throws -> Principal {
        guard let credentials = credentials(of: call) else { throw AuthError.unauthenticated }
        if let known = try authenticator.knownPrincipal(credentials: credentials) { return known }
        return try await logins.principal(credentials, call)
    }

    private func credentials(of call: Call) -> Credentials? {
        if let header = call.request.headers[.authorization] {
            return Credentials(authorization: header)
        }
        let query = call.query
        guard let secret = query.first(where: { $0.name == "p" })?.value, !secret.isEmpty else {
            return nil
        }
        let name = query.first { $0.name == "u" }?.value ?? ""
        return .pair(name: name, secret: Secret(secret))
    }
}
