internal import Model

/// How a principal stands to an object.
struct Relations: OptionSet {
    let rawValue: UInt8
    static let oneself = Relations(rawValue: 1)
    static let member = Relations(rawValue: 2)
    static let accountAdmin = Relations(rawValue: 4)
    static let consultant = Relations(rawValue: 8)
    static let loggedIn = Relations(rawValue: 16)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init(of principal: Principal, to facts: Facts) {
        var relations: Relations = []
        if let user = facts.user, user == principal.user { relations.insert(.oneself) }
        let consultancy: AccountID?
        switch facts.owner {
        case .everyone:
            relations.insert(.loggedIn)
            consultancy = nil
        case .installation: consultancy = nil
        case .client(let future): consultancy = future
        case .account(let account, let present):
            consultancy = present
            if principal.account == account {
                relations.insert(.member)
                if principal.roles.contains(.accountAdmin) { relations.insert(.accountAdmin) }
            }
        }
        // No consultancy is nobody's: nil must match no account.
        if let consultancy, principal.account == consultancy,
            principal.roles.contains(.consultant)
        {
            relations.insert(.consultant)
        }
        self = relations
    }

    /// The rule of the one relation that explains a decision best; nil if there is none.
    var strongest: Decision.Rule? {
        if contains(.oneself) { return .oneself }
        if contains(.member) { return .member }
        if contains(.accountAdmin) { return .accountAdmin }
        if contains(.consultant) { return .consultant }
        if contains(.loggedIn) { return .loggedIn }
        return nil
    }
}
