/// Allow or deny, with the rule that decided. Log it whole.
package struct Decision: Sendable, Hashable, CustomStringConvertible {
    package let isAllowed: Bool
    package let rule: Rule

    static func allow(_ rule: Rule) -> Decision { Decision(isAllowed: true, rule: rule) }
    static func deny(_ rule: Rule) -> Decision { Decision(isAllowed: false, rule: rule) }

    package var description: String { "\(isAllowed ? "allow" : "deny"): \(rule.rawValue)" }

    /// Why. The first group allows, the second denies.
    package enum Rule: String, Sendable, Hashable, CaseIterable {
        case admin = "admins may do everything that anyone may do"
        case adminReader = "admin-readers may read everything"
        case oneself = "it is the principal's own user"
        case member = "the principal is a member of the owning account"
        case accountAdmin = "the principal administers the owning account"
        case consultant = "the principal is a consultant of the owning account"
        case loggedIn = "it is public, and the principal is logged in"

        case anonymous = "nobody is logged in"
        case nobody = "nobody may do this through the API"
        case unrelated = "no rule gives the principal this right"
        case notOneself = "nobody may do this to their own user"
        case privilegedUser = "only admins may do this to a user who is admin or admin-reader"
        case noConsultancy = "the principal's account does not have the account role Consultancy"
        case otherConsultancy = "only admins may name a consultancy that is not the principal's"
        case tokenScope = "the API token's scopes do not include this"
        case tokenReach = "the API token is limited to other assets or sensors"
    }
}
