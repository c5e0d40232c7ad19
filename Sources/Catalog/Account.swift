package import Model

/// Key of `account_role.id`.
package struct AccountRoleID: EntityID {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A kind of organisation, such as `Prosumer`, that rules can be tied to.
package struct AccountRole: Sendable, Hashable, Identifiable {
    package let id: AccountRoleID
    package let name: String
    package let description: String?

    /// Its accounts may look after client accounts.
    package static let consultancyName = "Consultancy"
}

/// An organisation: it has users, and owns assets.
package struct Account: Sendable, Hashable, Identifiable {
    package let id: AccountID
    package let name: String
    /// The account whose consultants look after this one.
    package let consultancy: AccountID?
    /// `#rrggbb`, for the pages of its users.
    package let primaryColor: String?
    package let secondaryColor: String?
    package let logoURL: String?
    /// A JSON object as text.
    package let attributes: String
    /// By id, ascending.
    package let roles: [AccountRole]

    package func hasRole(_ name: String) -> Bool { roles.contains { $0.name == name } }
}
