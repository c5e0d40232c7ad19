package import Model

/// Who does something and from where, as the audit log keeps it.
package struct AuditOrigin: Sendable, Hashable {
    package enum Actor: Sendable, Hashable {
        case user(UserID)
        /// Nobody has logged in.
        case anonymous
        /// Someone at the server's command line.
        case `operator`
        /// Penstock by itself.
        case system
    }

    package let actor: Actor
    /// The client's address; nil if there is none.
    package let address: String?
    package let requestID: String?

    package init(_ actor: Actor, address: String? = nil, requestID: String? = nil) {
        (self.actor, self.address, self.requestID) = (actor, address, requestID)
    }

    /// What happens without a request.
    package static let system = AuditOrigin(.system)
    package static let `operator` = AuditOrigin(.operator)
}

/// One thing that happened, for the audit log.
package struct AuditEvent: Sendable, Hashable {
    /// What happened: `<kind of object>.<what>`.
    package struct Action: Sendable, Hashable, RawRepresentable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        private init(_ rawValue: String) { self.rawValue = rawValue }

        package static let loginSucceeded = Action("login.succeeded")
        package static let loginFailed = Action("login.failed")
        package static let loginHalfOpen = Action("login.half-open")
        package static let loginLocked = Action("login.locked")
        package static let loggedOut = Action("login.ended")
        package static let factorFailed = Action("login.code-refused")
        package static let factorAdded = Action("factor.added")
        package static let factorRemoved = Action("factor.removed")
        package static let recoveryCodesMade = Action("factor.recovery-codes-made")
        package static let deviceRemembered = Action("factor.device-remembered")
        package static let tokensEnded = Action("user.tokens-ended")
        package static let namedTokenCreated = Action("token.created")
        package static let namedTokenRevoked = Action("token.revoked")
        package static let passwordChanged = Action("password.changed")
        package static let passwordResetAsked = Action("password.reset-asked")
        package static let passwordReset = Action("password.reset")
        package static let userCreated = Action("user.created")
        package static let userActivated = Action("user.activated")
        package static let userDeactivated = Action("user.deactivated")
        package static let userUpdated = Action("user.updated")
        package static let passwordVoided = Action("password.voided")
        package static let rolesChanged = Action("user.roles-changed")
        /// Too many tries: nobody looked at the password.
        package static let loginLimited = Action("login.limited")
        /// A request of someone who is known, for something that they may not.
        package static let accessRefused = Action("access.refused")
        package static let eventsLost = Action("audit.lost")
    }

    package let action: Action
    package let origin: AuditOrigin
    /// What it is about, as `user:12`; nil if it is about nothing that has an id.
    package let subject: String?
    /// The account that the subject belongs to: who may read the event.
    package let account: AccountID?
    /// More, by name. Never a password, code or token.
    package let details: [String: String]
    /// When, unit µs since 1970 UTC; nil for the moment of writing.
    package let at: Int64?

    package init(
        _ action: Action,
        by origin: AuditOrigin,
        subject: String? = nil,
        account: AccountID? = nil,
        details: [String: String] = [:],
        at: Int64? = nil
    ) {
        (self.action, self.origin, self.subject) = (action, origin, subject)
        (self.account, self.details, self.at) = (account, details, at)
    }

    /// About a user.
    package init(
        _ action: Action,
        by origin: AuditOrigin,
        user: UserID,
        account: AccountID? = nil,
        details: [String: String] = [:],
        at: Int64? = nil
    ) {
        self.init(
            action,
            by: origin,
            subject: "user:\(user.rawValue)",
            account: account,
            details: details,
            at: at
        )
    }
}

/// One row of the log.
package struct AuditRecord: Sendable, Hashable {
    package let sequence: Int64
    /// µs since 1970 UTC.
    package let occurredAt: Int64
    /// `user`, `anonymous`, `operator`, `system`.
    package let actor: String
    package let actorUser: Int64?
    package let action: String
    package let subject: String?
    package let account: Int64?
    package let address: String?
    package let requestID: String?
    /// A JSON object.
    package let details: String
    let previousHash: [UInt8]
    let hash: [UInt8]

    /// The hash in hexadecimal digits, which names this state of the log.
    package var hashText: String { hexText(hash) }
}
