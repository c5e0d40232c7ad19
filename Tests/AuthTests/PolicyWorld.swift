import Model

@testable import Auth

/// The accounts and users that FlexMeasures' matrix was recorded with: A and the consultancy C, its
/// client D, and the site's own account.
enum PolicyWorld {
    static let accountA = AccountID(1)
    static let accountB = AccountID(2)
    static let consultancy = AccountID(3)
    static let accountD = AccountID(4)
    static let site = AccountID(5)
    static let accounts = [accountA, accountB, consultancy, accountD, site]

    static let ownerD = owner(accountD)
    static let plainOfD = principal(13, accountD)
    static let adminOfD = principal(14, accountD, .accountAdmin)
    static let consultant = principal(10, consultancy, .consultant)
    static let admin = principal(1, site, .admin)

    /// By their names in the matrix; the anonymous one is nil.
    static let principals: [String: Principal?] = [
        "anonymous": nil,
        "plain user of owning account": plainOfD,
        "account-admin of owning account": adminOfD,
        "plain user of other account": principal(4, accountA),
        "account-admin of other account": principal(5, accountA, .accountAdmin),
        "consultant of the consultancy": consultant,
        "plain user of the consultancy": principal(9, consultancy),
        "account-admin of the consultancy (no consultant role)":
            principal(11, consultancy, .accountAdmin),
        "consultant and account-admin of the consultancy":
            principal(12, consultancy, [.consultant, .accountAdmin]),
        "admin": admin,
        "admin-reader": principal(2, site, .adminReader),
        "plain user of the site account": principal(3, site),
    ]

    static func principal(
        _ user: Int64,
        _ account: AccountID,
        _ roles: UserRoles = []
    ) -> Principal {
        Principal(user: UserID(user), account: account, roles: roles)
    }

    static func consultancy(of account: AccountID) -> AccountID? {
        account == accountD ? consultancy : nil
    }

    static func owner(_ account: AccountID) -> Facts.Owner {
        .account(account, consultancy: consultancy(of: account))
    }

    static func account(_ id: AccountID) -> Facts {
        .account(id, consultancy: consultancy(of: id))
    }

    static func user(_ principal: Principal) -> Facts {
        .user(
            principal.user,
            of: principal.account,
            consultancy: consultancy(of: principal.account),
            having: principal.roles
        )
    }
}
