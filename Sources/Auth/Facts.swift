package import Model

/// What someone wants to do with an object.
package enum Permission: Sendable, Hashable, CaseIterable {
    case read
    case update
    /// Add something below it: a sensor to an asset, beliefs to a sensor, a user to an account.
    case createChildren
    case delete
}

/// What a decision is about: the object's kind, and whose it is. The caller loads it; a decision
/// reads nothing else.
package struct Facts: Sendable, Hashable {
    /// Kinds of objects. `Policy` says for each what is allowed; the ones it does not know yet are
    /// denied.
    package enum Kind: Sendable, Hashable, CaseIterable {
        case account
        /// The fields of an account that rights hang on: its roles, consultancy and plan.
        case accountStanding
        case user
        /// Whether a user is active.
        case userActivation
        /// One role of a user, given or taken.
        case userRole
        case asset
        case sensor
        case beliefs
        case platform
        case schedule
        case forecast
        case job
        case annotation
        case auditLog
        case source
    }

    /// Whose the object is.
    package enum Owner: Sendable, Hashable {
        /// Nobody's: an asset without an account, open to all that are logged in.
        case everyone
        /// An account's. `consultancy` is the account that works for that one, if any; one level,
        /// its own consultancy does not count.
        case account(AccountID, consultancy: AccountID?)
    }

    let kind: Kind
    let owner: Owner
    /// The user in question, for the kinds of users.
    let user: UserID?
    /// The one role in question, for `userRole`.
    let role: UserRoles

    private init(_ kind: Kind, _ owner: Owner, user: UserID? = nil, role: UserRoles = []) {
        (self.kind, self.owner, self.user, self.role) = (kind, owner, user, role)
    }

    package static func account(_ id: AccountID, consultancy: AccountID?) -> Facts {
        Facts(.account, .account(id, consultancy: consultancy))
    }
    package static func accountStanding(_ id: AccountID, consultancy: AccountID?) -> Facts {
        Facts(.accountStanding, .account(id, consultancy: consultancy))
    }
    /// `account` is the user's, `consultancy` that account's.
    package static func user(
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?
    ) -> Facts {
        Facts(.user, .account(account, consultancy: consultancy), user: id)
    }
    /// As `user`.
    package static func userActivation(
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?
    ) -> Facts {
        Facts(.userActivation, .account(account, consultancy: consultancy), user: id)
    }
    /// As `user`; `role` is exactly one, or the decision is no.
    package static func userRole(
        _ role: UserRoles,
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?
    ) -> Facts {
        Facts(.userRole, .account(account, consultancy: consultancy), user: id, role: role)
    }
    package static func asset(_ owner: Owner) -> Facts { Facts(.asset, owner) }
    /// The owner is that of the sensor's asset.
    package static func sensor(_ owner: Owner) -> Facts { Facts(.sensor, owner) }
    /// The owner is that of the sensor's asset.
    package static func beliefs(_ owner: Owner) -> Facts { Facts(.beliefs, owner) }
    /// An object of any other kind.
    package static func other(_ kind: Kind, _ owner: Owner) -> Facts { Facts(kind, owner) }
}
