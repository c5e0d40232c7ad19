package import Model

/// A user of another system, with the id there.
package struct ImportedUser: Sendable {
    package let id: UserID
    package let email: String
    package let username: String
    /// Nil if there is none that verifies here: the user needs a new one.
    package var password: ImportedPassword?
    package let account: AccountID
    package var isActive = true
    package var roles: UserRoles = []
    /// IANA name; one that is not known becomes the usual one.
    package var timezone = ImportedUser.usualTimezone
    package var lastLogin: Timestamp?
    package var lastRequest: Timestamp?
    package var loginCount: Int64 = 0

    package static let usualTimezone = "Europe/Amsterdam"

    package init(
        id: UserID,
        email: String,
        username: String,
        password: ImportedPassword?,
        account: AccountID
    ) {
        (self.id, self.email, self.username) = (id, email, username)
        (self.password, self.account) = (password, account)
    }
}
