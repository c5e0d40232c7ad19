/// The roles of a user. Rights come from these four; other rows of `user_role` grant nothing.
package struct UserRoles: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// May do everything that anyone may do.
    package static let admin = UserRoles(rawValue: 1)
    /// May read everything.
    package static let adminReader = UserRoles(rawValue: 2)
    /// Administers the own account.
    package static let accountAdmin = UserRoles(rawValue: 4)
    /// Works for the client accounts of the own account.
    package static let consultant = UserRoles(rawValue: 8)

    /// The roles and their names in `user_role`.
    private static let named: [(role: UserRoles, name: String)] = [
        (.admin, "admin"), (.adminReader, "admin-reader"), (.accountAdmin, "account-admin"),
        (.consultant, "consultant"),
    ]

    /// - Returns: nil if one of the names is none of the four.
    package init?(names: some Sequence<some StringProtocol>) {
        var roles: UserRoles = []
        for name in names {
            guard let role = Self.named.first(where: { $0.name == name })?.role else { return nil }
            roles.insert(role)
        }
        self = roles
    }

    /// As they are called in `user_role`.
    package var names: [String] { Self.named.filter { contains($0.role) }.map(\.name) }

    package var description: String { names.joined(separator: ", ") }
}
