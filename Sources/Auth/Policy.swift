internal import Model

/// What principals may do: the one place where rights are written down.
///
/// Pure: no clock, no database. Denied unless a rule allows it. Anonymous callers have no
/// `Principal` and never come here.
package enum Policy {
    /// Decides one request.
    package static func decide(
        _ principal: Principal,
        _ permission: Permission,
        _ facts: Facts
    ) -> Decision {
        let entitled: Entitled
        switch entry(facts, permission) {
        case .undecided: return .deny(.undecided)
        case .nobody: return .deny(.nobody)
        case .entitled(let some): entitled = some
        }
        let relations = relations(of: principal, to: facts)
        if entitled.contains(.notOneself) {
            guard facts.user != nil, !relations.contains(.oneself) else {
                return .deny(.notOneself)
            }
        }
        if principal.roles.contains(.admin) { return .allow(.admin) }
        if permission == .read, principal.roles.contains(.adminReader) {
            return .allow(.adminReader)
        }
        let reason = entitled.intersection(relations)
        if reason.contains(.oneself) { return .allow(.oneself) }
        if reason.contains(.member) { return .allow(.member) }
        if reason.contains(.accountAdmin) { return .allow(.accountAdmin) }
        if reason.contains(.consultant) { return .allow(.consultant) }
        if reason.contains(.loggedIn) { return .allow(.loggedIn) }
        return .deny(.unrelated)
    }

    /// One field of the table.
    private enum Entry {
        case undecided
        case nobody
        /// Admins, and those that stand to the object in one of these relations. Admin-readers are
        /// added for reading.
        case entitled(Entitled)
    }

    /// Relations of a principal to an object.
    private struct Entitled: OptionSet {
        let rawValue: UInt8
        static let oneself = Entitled(rawValue: 1)
        static let member = Entitled(rawValue: 2)
        static let accountAdmin = Entitled(rawValue: 4)
        static let consultant = Entitled(rawValue: 8)
        static let loggedIn = Entitled(rawValue: 16)
        /// No relation, but a condition: refused to the user in question, admin or not.
        static let notOneself = Entitled(rawValue: 32)
    }

    /// The table, after FlexMeasures' access lists. What rights hang on (an account's roles,
    /// consultancy and plan) is for admins only.
    private static func entry(_ facts: Facts, _ permission: Permission) -> Entry {
        switch facts.kind {
        case .account:
            switch permission {
            case .read, .update: .entitled([.member, .consultant])
            case .createChildren: .entitled([.accountAdmin, .consultant])
            case .delete: .nobody
            }
        case .accountStanding:
            switch permission {
            case .read: .entitled([.member, .consultant])
            case .update: .entitled([])
            case .createChildren, .delete: .nobody
            }
        case .user:
            switch permission {
            case .read: .entitled([.member, .consultant])
            case .update: .entitled([.oneself, .accountAdmin, .consultant])
            case .createChildren, .delete: .nobody
            }
        case .userActivation:
            permission == .update ? .entitled([.notOneself, .accountAdmin, .consultant]) : .nobody
        case .userRole:
            permission == .update ? userRoleEntry(facts.role) : .nobody
        case .asset:
            switch permission {
            case .read: .entitled([.member, .consultant, .loggedIn])
            case .update, .createChildren: .entitled([.member, .consultant])
            case .delete: .entitled([.accountAdmin, .consultant])
            }
        case .sensor:
            switch permission {
            case .read: .entitled([.member, .consultant, .loggedIn])
            case .createChildren: .entitled([.member, .consultant])
            case .update, .delete: .entitled([.accountAdmin, .consultant])
            }
        case .beliefs:
            switch permission {
            case .read: .entitled([.member, .consultant, .loggedIn])
            case .createChildren: .entitled([.member, .consultant])
            case .delete: .entitled([.accountAdmin, .consultant])
            case .update: .nobody
            }
        case .platform, .schedule, .forecast, .job, .annotation, .auditLog, .source: .undecided
        }
    }

    /// Who gives and takes a role.
    private static func userRoleEntry(_ role: UserRoles) -> Entry {
        switch role {
        case .adminReader: .entitled([.notOneself])
        case .accountAdmin: .entitled([.notOneself, .consultant])
        case .consultant: .entitled([.notOneself, .accountAdmin])
        // Admins are made on the server's command line; anything else is not one role.
        default: .nobody
        }
    }

    private static func relations(of principal: Principal, to facts: Facts) -> Entitled {
        var relations: Entitled = []
        if let user = facts.user, user == principal.user { relations.insert(.oneself) }
        switch facts.owner {
        case .everyone: relations.insert(.loggedIn)
        case .account(let account, let consultancy):
            if principal.account == account {
                relations.insert(.member)
                if principal.roles.contains(.accountAdmin) { relations.insert(.accountAdmin) }
            }
            if let consultancy, principal.account == consultancy,
                principal.roles.contains(.consultant)
            {
                relations.insert(.consultant)
            }
        }
        return relations
    }
}
