internal import Auth
internal import HTTPTypes
internal import Model

/// What the pages of a user who is logged in have in common.
struct UserPages: Sendable {
    let gate: Gate
    let accounts: Accounts
    let zones: SensorZones

    var authenticator: Authenticator { gate.authenticator }

    /// Who asks, with the session.
    struct Visit {
        let user: User
        let principal: Principal
        let session: Secret<String>
    }

    /// - Throws: `Refusal.unauthenticated`.
    func visit(_ call: Call) throws -> Visit {
        guard let principal = call.principal, let session = call.session,
            let user = authenticator.directory.user(principal.user)
        else { throw Refusal.unauthenticated }
        return Visit(user: user, principal: principal, session: session)
    }

    /// `session`: the one that the browser has from now on.
    func page(
        _ template: String,
        _ title: String,
        _ visit: Visit,
        session: Secret<String>? = nil,
        _ content: Any
    ) -> Page {
        Page(
            template: template,
            title: title,
            user: visit.user.username,
            email: visit.user.email,
            proof: authenticator.formToken.text(for: .session(session ?? visit.session)),
            content: content
        )
    }

    func times(_ visit: Visit) -> PageTimes { PageTimes(zone: zones.rules(visit.user.timezone)) }

    /// Has the user prove the password again.
    ///
    /// - Returns: nil if it is wrong.
    /// - Throws: `Refusal.tooManyTries`, or an `AuthError`.
    func prove(
        _ call: Call,
        _ visit: Visit,
        field: String = "password"
    ) async throws
        -> PasswordProof?
    {
        let attempt = LoginAttempt(
            kind: .proof,
            email: visit.user.email,
            address: call.caller.address
        )
        try await accounts.admit(attempt)
        do throws(AuthError) {
            let proof = try await authenticator.provePassword(
                of: visit.user.id,
                call.form?.text(field) ?? "",
                by: call.origin
            )
            await accounts.loginGuard.report(attempt, succeeded: true)
            return proof
        } catch {
            switch error {
            case .wrongCredentials, .invalid:
                await accounts.loginGuard.report(attempt, succeeded: false)
                return nil
            default: throw error
            }
        }
    }

    /// A change that ends all sessions but this one, which goes on under a new id.
    ///
    /// - Throws: `Refusal.unauthenticated`.
    func keeping(_ visit: Visit) throws -> KeptSession {
        guard let kept = KeptSession(visit.session) else { throw Refusal.unauthenticated }
        return kept
    }

    static let wrongPassword = "The password is wrong."
}
