internal import Model

/// What principals may do: the one place where rights are written down.
///
/// Pure: no clock, no database. Denied unless a rule allows it. `PolicyTable` says for each kind of
/// object who may do what, and on which conditions; here the principal is held against it.
package enum Policy {
    /// Decides one request. Cost: no allocation, some ten comparisons.
    package static func decide(
        _ principal: Principal,
        _ permission: Permission,
        _ facts: Facts
    ) -> Decision {
        let entry: PolicyEntry
        switch PolicyTable.rights(permission, facts) {
        case .nobody: return .deny(.nobody)
        case .entitled(let some): entry = some
        }
        // A token never adds a right, so its limits come before all rules that allow.
        if let restriction = principal.restriction,
            let limit = restriction.refusal(permission, facts)
        {
            return .deny(limit)
        }
        let relations = Relations(of: principal, to: facts)
        if entry.conditions.contains(.notOneself) {
            guard facts.user != nil, !relations.contains(.oneself) else {
                return .deny(.notOneself)
            }
        }
        if !entry.conditions.contains(.inPerson) {
            if principal.roles.contains(.admin) { return .allow(.admin) }
            if permission == .read, principal.roles.contains(.adminReader) {
                return .allow(.adminReader)
            }
        }
        var reason = entry.relations.intersection(relations)
        guard !reason.isEmpty else { return .deny(.unrelated) }
        if entry.conditions.contains(.notAboveOneself), facts.isUserPrivileged {
            reason.formIntersection(.oneself)
        }
        guard let rule = reason.strongest else { return .deny(.privilegedUser) }
        if entry.conditions.contains(.inConsultancy), !facts.isCallerInConsultancy {
            return .deny(.noConsultancy)
        }
        if entry.conditions.contains(.forOwnAccount),
            let successor = facts.successor, successor != principal.account
        {
            return .deny(.otherConsultancy)
        }
        return .allow(rule)
    }

    /// As `decide(_:_:_:)`, for callers that may not be logged in: nil is anonymous, and denied.
    package static func decide(
        _ principal: Principal?,
        _ permission: Permission,
        _ facts: Facts
    ) -> Decision {
        guard let principal else { return .deny(.anonymous) }
        return decide(principal, permission, facts)
    }

    /// Decides a request that touches several objects: all must be allowed.
    ///
    /// - Returns: the first denial, or else the last decision; a denial if nothing is asked.
    package static func decide(_ principal: Principal?, all demands: [Demand]) -> Decision {
        var last = Decision.deny(.nobody)
        for demand in demands {
            last = decide(principal, demand.permission, demand.facts)
            if !last.isAllowed { return last }
        }
        return last
    }
}

/// One thing that a request needs. A schedule, for example, needs `createChildren` on its sensor
/// and `read` on each sensor that it refers to.
package struct Demand: Sendable, Hashable {
    package let permission: Permission
    package let facts: Facts

    package init(_ permission: Permission, _ facts: Facts) {
        (self.permission, self.facts) = (permission, facts)
    }
}
