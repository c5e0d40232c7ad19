import Model
import TestSupport
import Testing

@testable import Auth

/// What holds for all facts and principals, whoever they are.
@Suite struct PolicyPropertyTests {
    /// Random principals and facts, with ids from a few, so that they meet.
    struct Generator {
        var random: SeededGenerator

        mutating func account() -> AccountID { AccountID(Int64.random(in: 0...2, using: &random)) }
        mutating func roles() -> UserRoles {
            UserRoles(rawValue: UInt8.random(in: 0...15, using: &random))
        }
        mutating func flag() -> Bool { Bool.random(using: &random) }
        mutating func optional<Value>(_ value: Value) -> Value? {
            Int.random(in: 0..<4, using: &random) > 0 ? value : nil
        }
        mutating func number() -> Int64 { Int64.random(in: 0...5, using: &random) }

        mutating func principal(restriction: Restriction? = nil) -> Principal {
            Principal(
                user: UserID(number()),
                account: account(),
                roles: roles(),
                restriction: restriction
            )
        }

        mutating func owner() -> Facts.Owner {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: .everyone
            case 1: .installation
            case 2: .client(of: optional(account()))
            default: .account(account(), consultancy: optional(account()))
            }
        }

        mutating func facts() -> Facts {
            let kind = Facts.Kind.allCases.randomElement(using: &random) ?? .beliefs
            var facts = Facts(kind, owner())
            facts.user = optional(UserID(number()))
            facts.userRoles = roles()
            facts.role = flag() ? roles() : UserRoles(rawValue: 1 << UInt8(number()))
            facts.isCallerInConsultancy = flag()
            facts.successor = optional(account())
            facts.place = Facts.Place(
                sensor: optional(SensorID(number())),
                asset: optional(AssetID(number())),
                above: (0..<number()).map { AssetID($0) }
            )
            return facts
        }

        mutating func restriction() -> Restriction {
            let scopes = Restriction.Scopes(rawValue: UInt8.random(in: 0...15, using: &random))
            guard flag() else { return Restriction(scopes) }
            return Restriction(
                scopes,
                reach: .only(
                    assets: (0..<number()).map { AssetID($0 &* 3 % 7) },
                    sensors: (0..<number()).map { SensorID($0 &* 5 % 7) }
                )
            )
        }
    }

    private func forEach(
        seed: UInt64,
        count: Int = 50_000,
        _ body: (inout Generator, Facts, Permission) throws -> Void
    ) rethrows {
        var generator = Generator(random: SeededGenerator(seed: seed))
        for _ in 0..<count {
            let facts = generator.facts()
            let permission = Permission.allCases.randomElement(using: &generator.random) ?? .read
            try body(&generator, facts, permission)
        }
    }

    /// As `#expect`, which is slow where it is called a million times.
    private func check(_ holds: Bool, _ text: @autoclosure () -> String) {
        if !holds { Issue.record("\(text())") }
    }

    private static let allowing: Set<Decision.Rule> = [
        .admin, .adminReader, .oneself, .member, .accountAdmin, .consultant, .loggedIn,
    ]

    /// Goal: an answer for everything, with a rule that fits the answer; the same one twice.
    @Test(arguments: [1, 2, 3] as [UInt64]) func `every question has an answer`(_ seed: UInt64) {
        var rules: Set<Decision.Rule> = []
        forEach(seed: seed, count: 150_000) { generator, facts, permission in
            let restriction = generator.optional(generator.restriction())
            let principal = generator.principal(restriction: restriction)
            let decision = Policy.decide(principal, permission, facts)
            check(decision.isAllowed == Self.allowing.contains(decision.rule), "\(decision)")
            check(decision == Policy.decide(principal, permission, facts), "\(facts)")
            check(Policy.decide(nil, permission, facts) == .deny(.anonymous), "\(facts)")
            rules.insert(decision.rule)
        }
        // Every rule came up: the facts are not all of one sort.
        #expect(rules == Set(Decision.Rule.allCases).subtracting([.anonymous]))
    }

    /// Goal: denied by default. Method: principals without role, without a user or account that
    /// the facts name; they get what everyone who is logged in reads, and nothing else.
    @Test func `strangers get what everyone has`() {
        let stranger = Principal(user: UserID(1_000), account: AccountID(1_000), roles: [])
        let everyones: Set<Facts.Kind> = [
            .asset, .sensor, .beliefs, .schedule, .forecast, .job, .annotation, .assetAuditLog,
            .source, .assetType,
        ]
        var seen: Set<Facts.Kind> = []
        forEach(seed: 4) { _, facts, permission in
            let decision = Policy.decide(stranger, permission, facts)
            let isEveryones =
                permission == .read && facts.owner == .everyone && everyones.contains(facts.kind)
            check(decision.isAllowed == isEveryones, "\(permission) \(facts): \(decision)")
            if decision.isAllowed { seen.insert(facts.kind) }
        }
        #expect(seen == everyones)
    }

    /// Goal: roles in a foreign account reach nothing. Method: as above with the two roles that
    /// hang on an account.
    @Test func `roles of accounts end at accounts`() {
        let roles: UserRoles = [.accountAdmin, .consultant]
        let stranger = Principal(user: UserID(1_000), account: AccountID(1_000), roles: roles)
        let plain = Principal(user: UserID(1_000), account: AccountID(1_000), roles: [])
        forEach(seed: 5) { _, facts, permission in
            let isAllowed = Policy.decide(stranger, permission, facts).isAllowed
            let isPlains = Policy.decide(plain, permission, facts).isAllowed
            check(isAllowed == isPlains, "\(permission) \(facts)")
        }
    }

    /// Goal: more roles never mean fewer rights.
    @Test func `a role takes nothing away`() {
        forEach(seed: 6) { generator, facts, permission in
            let few = generator.principal()
            let many = Principal(
                user: few.user,
                account: few.account,
                roles: few.roles.union(generator.roles())
            )
            let before = Policy.decide(few, permission, facts).isAllowed
            let after = Policy.decide(many, permission, facts).isAllowed
            check(!before || after, "\(permission) \(facts): \(few) and \(many)")
        }
    }

    /// Goal: admin-readers change nothing by that role, and admins read what they read.
    @Test func `admin-readers only read`() {
        forEach(seed: 7) { generator, facts, permission in
            let some = generator.principal()
            func with(_ role: UserRoles) -> Decision {
                let rest = some.roles.subtracting([.admin, .adminReader])
                let principal = Principal(
                    user: some.user,
                    account: some.account,
                    roles: rest.union(role)
                )
                return Policy.decide(principal, permission, facts)
            }
            let (plain, reader, admin) = (with([]), with(.adminReader), with(.admin))
            if permission != .read {
                check(reader.isAllowed == plain.isAllowed, "\(permission) \(facts)")
            }
            check(!reader.isAllowed || admin.isAllowed, "\(permission) \(facts)")
        }
    }

    /// Goal: a token never has a right that its user has not, and with fewer scopes or a smaller
    /// reach it has fewer.
    @Test func `limits only take away`() {
        var takenCount = 0
        forEach(seed: 8) { generator, facts, permission in
            let user = generator.principal()
            func with(_ restriction: Restriction?) -> Bool {
                let principal = Principal(
                    user: user.user,
                    account: user.account,
                    roles: user.roles,
                    restriction: restriction
                )
                return Policy.decide(principal, permission, facts).isAllowed
            }
            let limits = generator.restriction()
            let fewer = Restriction(
                limits.scopes.intersection(generator.restriction().scopes),
                reach: limits.reach
            )
            let anywhere = Restriction(limits.scopes)
            check(!with(fewer) || with(limits), "\(fewer) \(permission) \(facts)")
            check(!with(limits) || with(anywhere), "\(limits) \(permission) \(facts)")
            check(!with(anywhere) || with(nil), "\(anywhere) \(permission) \(facts)")
            if with(nil), !with(limits) { takenCount += 1 }
        }
        #expect(takenCount > 1_000)
    }
}
