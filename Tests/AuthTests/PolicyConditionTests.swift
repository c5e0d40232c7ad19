import Model
import Testing

@testable import Auth

/// The rules that are more than a relation.
@Suite struct PolicyConditionTests {
    private func newAccount(of consultancy: AccountID?, isCallerInConsultancy: Bool) -> Facts {
        .newAccount(consultancy: consultancy, isCallerInConsultancy: isCallerInConsultancy)
    }

    /// Goal: consultants found clients of their own account, and only if it is a consultancy.
    @Test func `new accounts`() {
        let (consultant, own) = (PolicyWorld.consultant, PolicyWorld.consultancy)
        func rule(_ facts: Facts, _ principal: Principal = consultant) -> Decision {
            Policy.decide(principal, .createChildren, facts)
        }
        #expect(rule(newAccount(of: own, isCallerInConsultancy: true)) == .allow(.consultant))
        #expect(rule(newAccount(of: own, isCallerInConsultancy: false)) == .deny(.noConsultancy))
        for other in [nil, PolicyWorld.accountB] as [AccountID?] {
            let facts = newAccount(of: other, isCallerInConsultancy: true)
            #expect(rule(facts) == .deny(.unrelated))
            #expect(rule(facts, PolicyWorld.admin) == .allow(.admin))
        }
    }

    /// Goal: a consultant gives a client to nobody but the own account.
    @Test func `consultancies are not given away`() {
        func decision(_ successor: AccountID?, _ principal: Principal, _ isIn: Bool) -> Decision {
            let facts = Facts.accountConsultancy(
                PolicyWorld.accountD,
                consultancy: PolicyWorld.consultancy,
                successor: successor,
                isCallerInConsultancy: isIn
            )
            return Policy.decide(principal, .update, facts)
        }
        let consultant = PolicyWorld.consultant
        #expect(decision(PolicyWorld.consultancy, consultant, true) == .allow(.consultant))
        #expect(decision(nil, consultant, true) == .allow(.consultant))
        #expect(decision(nil, consultant, false) == .deny(.noConsultancy))
        #expect(decision(PolicyWorld.accountB, consultant, true) == .deny(.otherConsultancy))
        #expect(decision(PolicyWorld.accountB, PolicyWorld.admin, false) == .allow(.admin))
        #expect(decision(PolicyWorld.accountD, PolicyWorld.adminOfD, true) == .deny(.unrelated))
    }

    /// Goal: nobody climbs by changing the address, the roles or the activity of an admin.
    @Test(arguments: [.admin, .adminReader, [.admin, .consultant]] as [UserRoles])
    func `admins are left to admins`(_ roles: UserRoles) {
        let boss = PolicyWorld.principal(98, PolicyWorld.accountD, roles)
        let (d, c) = (PolicyWorld.accountD, PolicyWorld.consultancy)
        let activation = Facts.userActivation(boss.user, of: d, consultancy: c, having: roles)
        let grant = Facts.userRole(.consultant, boss.user, of: d, consultancy: c, having: roles)
        for facts in [PolicyWorld.user(boss), activation, grant] {
            let decision = Policy.decide(PolicyWorld.adminOfD, .update, facts)
            #expect(decision == .deny(.privilegedUser))
            #expect(Policy.decide(PolicyWorld.admin, .update, facts).isAllowed)
            // Strangers learn nothing from it.
            let stranger = PolicyWorld.principal(4, PolicyWorld.accountA, .accountAdmin)
            #expect(Policy.decide(stranger, .update, facts) == .deny(.unrelated))
        }
        #expect(Policy.decide(boss, .update, PolicyWorld.user(boss)).isAllowed)
        #expect(Policy.decide(PolicyWorld.plainOfD, .read, PolicyWorld.user(boss)).isAllowed)
    }

    /// Goal (A02): a missing object and a foreign one get the same decision. Method: one who may do
    /// everything in an account, on a foreign sensor and on one that is not there.
    @Test func `the missing look like the foreign`() {
        let roles: UserRoles = [.accountAdmin, .consultant]
        let stranger = PolicyWorld.principal(4, PolicyWorld.accountA, roles)
        let reader = PolicyWorld.principal(2, PolicyWorld.site, .adminReader)
        let foreign = PolicyWorld.ownerD
        for permission in Permission.allCases {
            for make in [Facts.asset(_:at:), Facts.sensor(_:at:), Facts.beliefs(_:at:)] {
                let missing = make(.installation, .unknown)
                #expect(
                    Policy.decide(stranger, permission, missing)
                        == Policy.decide(stranger, permission, make(foreign, .unknown))
                )
            }
        }
        let missing = Facts.sensor(.installation)
        #expect(Policy.decide(stranger, .read, missing) == .deny(.unrelated))
        #expect(Policy.decide(reader, .read, missing) == .allow(.adminReader))
        #expect(Policy.decide(reader, .delete, missing) == .deny(.unrelated))
        #expect(Policy.decide(PolicyWorld.admin, .delete, missing) == .allow(.admin))
    }

    /// Goal (A09): one foreign object is enough to refuse a request about several.
    @Test func `all demands must be allowed`() {
        let own = Demand(.createChildren, .schedule(PolicyWorld.ownerD))
        let readable = Demand(.read, .beliefs(.everyone))
        let foreign = Demand(.read, .beliefs(PolicyWorld.owner(PolicyWorld.accountA)))
        let plain = PolicyWorld.plainOfD
        #expect(Policy.decide(plain, all: [own, readable]) == .allow(.loggedIn))
        #expect(Policy.decide(plain, all: [own, foreign, readable]) == .deny(.unrelated))
        #expect(Policy.decide(nil, all: [own]) == .deny(.anonymous))
        #expect(!Policy.decide(PolicyWorld.admin, all: []).isAllowed)
    }
}
