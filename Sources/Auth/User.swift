package import Model

/// A user as the process knows it. Password hash and stamp stay in the database.
package struct User: Sendable, Equatable {
    package let id: UserID
    /// What tokens call the user by.
    package let publicID: PublicID
    package let email: String
    package let username: String
    package let isActive: Bool
    /// The account that the user is a member of.
    package let account: AccountID
    /// An IANA name.
    package let timezone: String
    package let roles: UserRoles
    /// What a token must carry to be the user's.
    let part: Secret<TokenPart>
    /// Raised with every change of the user's named tokens, and when a session of the user ends.
    var tokenRevision: Int64 = 0

    /// Whether a token or a cached answer for `self` says the same for `other`.
    func isSamePrincipal(as other: User) -> Bool {
        publicID == other.publicID && isActive == other.isActive && account == other.account
            && roles == other.roles && part == other.part && tokenRevision == other.tokenRevision
    }
}

/// Who asks, as far as rights depend on it. Carries no name and no mail: it is copied and logged.
package struct Principal: Sendable, Hashable {
    package let user: UserID
    package let account: AccountID
    package let roles: UserRoles
    /// The limits of the API token that was used; nil if there are none.
    package let restriction: Restriction?

    package init(
        user: UserID,
        account: AccountID,
        roles: UserRoles,
        restriction: Restriction? = nil
    ) {
        (self.user, self.account, self.roles) = (user, account, roles)
        self.restriction = restriction
    }

    init(_ user: User) { self.init(user: user.id, account: user.account, roles: user.roles) }
}
