import Model
import Testing

@testable import Auth

/// Accounts: A (1), the consultancy C (3), its client D (4), the site's account (5).
@Suite struct PolicyTests {
    private static let accountA = AccountID(1)
    private static let consultancy = AccountID(3)
    private static let accountD = AccountID(4)
    private static let site = AccountID(5)

    /// The columns of the tables below.
    private static let principals = [
        Principal(user: UserID(11), account: accountD, roles: []),
        Principal(user: UserID(12), account: accountD, roles: .accountAdmin),
        Principal(user: UserID(13), account: accountA, roles: []),
        Principal(user: UserID(14), account: accountA, roles: .accountAdmin),
        Principal(user: UserID(15), account: consultancy, roles: .consultant),
        Principal(user: UserID(16), account: consultancy, roles: []),
        Principal(user: UserID(17), account: consultancy, roles: [.consultant, .accountAdmin]),
        Principal(user: UserID(18), account: site, roles: .admin),
        Principal(user: UserID(19), account: site, roles: .adminReader),
        Principal(user: UserID(20), account: site, roles: []),
        Principal(user: UserID(21), account: consultancy, roles: .accountAdmin),
    ]

    /// FlexMeasures' recorded matrix, one character a principal, completed by its access lists and
    /// by what is Penstock's own. `D`, `C`, `A`: the owning account; `plain`, `other` and `boss`:
    /// the first principal, a colleague, and one who is admin; `self`: the principal's own user.
    private static let matrix = """
        account D read                     ++--+-+++--
        account D update                   ++--+-++---
        account D createChildren           -+--+-++---
        account C read                     ----+++++-+
        platform new createChildren        ----+-++---
        accountConsultancy D read          ++--+-+++--
        accountConsultancy D update        ----+-++---
        topLevelAssets D createChildren    -+-----+---
        topLevelAssets public createChildren -------+---
        assetOwnership D update            ++-----+---
        assetOwnership public update       -------+---
        assetOwnership D delete            -------+---
        assetOwnership public delete       -------+---
        accountAnnotation D read           ++--+-+++--
        accountAnnotation D createChildren -+--+-++---
        accountAuditLog D read             -+--+-+++--
        userAuditLog plain read            ++--+-+++--
        userAuditLog other read            -+--+-+++--
        apiToken plain read                +------++--
        apiToken plain createChildren      +----------
        apiToken self createChildren       +++++++++++
        apiToken other delete              -+--+-++---
        apiToken boss delete               -------+---
        user boss read                     ++--+-+++--
        user boss update                   -------+---
        userActivation boss update         -------+---
        grant-consultant boss update       -------+---
        grant-account-admin boss update    -------+---
        account A read                     --++---++--
        accountStanding D read             ++--+-+++--
        accountStanding D update           -------+---
        user plain read                    ++--+-+++--
        user plain update                  ++--+-++---
        user other read                    ++--+-+++--
        user other update                  -+--+-++---
        user self read                     +++++++++++
        user self update                   +++++++++++
        userActivation other update        -+--+-++---
        userActivation self update         -----------
        grant-consultant other update      -+-----+---
        grant-account-admin other update   ----+-++---
        grant-admin-reader other update    -------+---
        grant-admin other update           -----------
        grant-consultant self update       -----------
        grant-account-admin self update    -----------
        grant-admin-reader self update     -----------
        grant-admin self update            -----------
        asset D read                       ++--+-+++--
        asset D createChildren             ++--+-++---
        asset D update                     ++--+-++---
        asset D delete                     -+--+-++---
        asset public read                  +++++++++++
        asset public createChildren        -------+---
        asset public update                -------+---
        asset public delete                -------+---
        sensor D read                      ++--+-+++--
        sensor D createChildren            ++--+-++---
        sensor D update                    -+--+-++---
        sensor D delete                    -+--+-++---
        sensor public read                 +++++++++++
        sensor public createChildren       -------+---
        sensor public update               -------+---
        sensor public delete               -------+---
        beliefs D read                     ++--+-+++--
        beliefs D createChildren           ++--+-++---
        beliefs D delete                   -+--+-++---
        beliefs public read                +++++++++++
        beliefs public createChildren      -------+---
        beliefs public delete              -------+---
        schedule D read                    ++--+-+++--
        schedule D createChildren          ++--+-++---
        schedule public createChildren     -------+---
        forecast D read                    ++--+-+++--
        forecast D createChildren          ++--+-++---
        job D read                         ++--+-+++--
        job D update                       -------+---
        job D delete                       -------+---
        annotation D read                  ++--+-+++--
        annotation D createChildren        ++--+-++---
        annotation public createChildren   -------+---
        assetAuditLog D read               ++--+-+++--
        source D read                      ++--+-+++--
        source C read                      ----+++++-+
        source public read                 +++++++++++
        source installation read           -------++--
        assetType public read              +++++++++++
        auditLog installation read         -------++--
        operations installation read       -------++--
        operations installation update     -------+---
        """

    private func makeFacts(_ kind: Substring, _ object: Substring, _ asking: Principal) -> Facts? {
        let (account, consultancy): (AccountID, AccountID?) =
            switch object {
            case "C": (Self.consultancy, nil)
            case "A": (Self.accountA, nil)
            case "self": (asking.account, nil)
            default: (Self.accountD, Self.consultancy)
            }
        let owner: Facts.Owner =
            switch object {
            case "public": .everyone
            case "installation": .installation
            default: .account(account, consultancy: consultancy)
            }
        let isCallerInConsultancy = asking.account == Self.consultancy
        switch kind {
        case "account": return .account(account, consultancy: consultancy)
        case "accountStanding": return .accountStanding(account, consultancy: consultancy)
        case "accountAnnotation": return .accountAnnotation(account, consultancy: consultancy)
        case "accountAuditLog": return .accountAuditLog(account, consultancy: consultancy)
        case "platform":
            return .newAccount(
                consultancy: asking.account,
                isCallerInConsultancy: isCallerInConsultancy
            )
        case "accountConsultancy":
            return .accountConsultancy(
                account,
                consultancy: consultancy,
                successor: nil,
                isCallerInConsultancy: isCallerInConsultancy
            )
        default: break
        }
        if let plain = Facts.Kind.allCases.first(where: { "\($0)" == kind }),
            !kind.hasPrefix("user"), kind != "apiToken"
        {
            return .other(plain, owner)
        }
        return makeUserFacts(kind, object, asking, account, consultancy)
    }

    private func makeUserFacts(
        _ kind: Substring,
        _ object: Substring,
        _ asking: Principal,
        _ account: AccountID,
        _ consultancy: AccountID?
    ) -> Facts? {
        let (user, roles): (UserID, UserRoles) =
            switch object {
            case "self": (asking.user, asking.roles)
            case "plain": (UserID(11), [])
            case "boss": (UserID(98), .admin)
            default: (UserID(99), .consultant)
            }
        switch kind {
        case "user":
            return .user(user, of: account, consultancy: consultancy, having: roles)
        case "userActivation":
            return .userActivation(user, of: account, consultancy: consultancy, having: roles)
        case "userAuditLog": return .userAuditLog(user, of: account, consultancy: consultancy)
        case "apiToken":
            return .apiToken(of: user, account: account, consultancy: consultancy, having: roles)
        default:
            guard kind.hasPrefix("grant-"), let role = UserRoles(names: [kind.dropFirst(6)]) else {
                return nil
            }
            return .userRole(
                role,
                user,
                of: account,
                consultancy: consultancy,
                having: roles
            )
        }
    }

    private func makePermission(_ name: Substring) -> Permission? {
        Permission.allCases.first { "\($0)" == name }
    }

    /// Goal: rights are those of the matrix. Method: every field of it.
    @Test func `the matrix`() throws {
        var fieldCount = 0
        for line in Self.matrix.split(separator: "\n") {
            let words = line.split(separator: " ")
            try #require(words.count == 4 && words[3].count == Self.principals.count)
            let permission = try #require(makePermission(words[2]))
            for (principal, expected) in zip(Self.principals, words[3]) {
                let facts = try #require(makeFacts(words[0], words[1], principal))
                let decision = Policy.decide(principal, permission, facts)
                #expect(
                    decision.isAllowed == (expected == "+"),
                    "\(line) for user \(principal.user): \(decision)"
                )
                fieldCount += 1
            }
        }
        #expect(fieldCount == 89 * 11)
    }

    /// Goal: denied by default. Method: all kinds and permissions that the matrix does not name,
    /// and all principals, admins too.
    @Test func `what the matrix does not name is denied to everyone`() {
        let decided = Set(
            Self.matrix.split(separator: "\n").map { line in
                let words = line.split(separator: " ")
                let kind = words[0].hasPrefix("grant-") ? "userRole" : words[0]
                return "\(kind) \(words[2])"
            }
        )
        let owners = [
            Facts.Owner.everyone, .account(Self.accountD, consultancy: Self.consultancy),
        ]
        var deniedCount = 0
        for kind in Facts.Kind.allCases {
            for permission in Permission.allCases where !decided.contains("\(kind) \(permission)") {
                for owner in owners {
                    for principal in Self.principals {
                        let facts = Facts.other(kind, owner)
                        let decision = Policy.decide(principal, permission, facts)
                        #expect(!decision.isAllowed, "\(kind) \(permission): \(decision)")
                        #expect(decision.rule == .nobody)
                        deniedCount += 1
                    }
                }
            }
        }
        #expect(deniedCount > 800)
    }

    @Test func `decisions name their rule`() {
        let facts = Facts.sensor(.account(Self.accountD, consultancy: Self.consultancy))
        let rules = Self.principals.map { Policy.decide($0, .read, facts).rule }
        #expect(
            rules == [
                .member, .member, .unrelated, .unrelated, .consultant, .unrelated, .consultant,
                .admin, .adminReader, .unrelated, .unrelated,
            ]
        )
        #expect(Policy.decide(nil, .read, .assetTypes) == .deny(.anonymous))
        #expect(Policy.decide(Self.principals[7], .read, .taskRun) == .deny(.nobody))
        let text = Policy.decide(Self.principals[2], .read, facts).description
        #expect(text == "deny: no rule gives the principal this right")
    }

    /// Goal (A06): consultants reach clients, not the clients' clients, nor accounts of others.
    @Test func `consulting is one level deep`() {
        let consultant = Self.principals[4]
        let clientOfClient = Facts.sensor(.account(AccountID(9), consultancy: Self.accountD))
        let independent = Facts.sensor(.account(AccountID(9), consultancy: nil))
        for permission in Permission.allCases {
            #expect(!Policy.decide(consultant, permission, clientOfClient).isAllowed)
            #expect(!Policy.decide(consultant, permission, independent).isAllowed)
        }
    }

    /// Goal (A13): a missing consultancy or account matches nobody. Method: every principal and
    /// permission on an account that nobody is in.
    @Test func `nothing matches nothing`() {
        let facts = Facts.asset(.account(AccountID(77), consultancy: nil))
        for principal in Self.principals where !principal.roles.contains(.admin) {
            for permission in Permission.allCases {
                let isReader = principal.roles.contains(.adminReader) && permission == .read
                #expect(Policy.decide(principal, permission, facts).isAllowed == isReader)
            }
        }
    }

    /// Goal: a role that is not exactly one is no role.
    @Test func `several roles at once are refused`() {
        let admin = Self.principals[7]
        for raw in UInt8(0)...15 where raw.nonzeroBitCount != 1 {
            let facts = Facts.userRole(
                UserRoles(rawValue: raw),
                UserID(99),
                of: Self.accountD,
                consultancy: nil,
                having: []
            )
            #expect(Policy.decide(admin, .update, facts) == .deny(.nobody))
        }
    }

    /// Goal: more roles never mean fewer rights, apart from what nobody may do to themselves.
    /// Method: all role sets, all facts of the matrix.
    @Test func `a role never takes a right away`() throws {
        for line in Self.matrix.split(separator: "\n") {
            let words = line.split(separator: " ")
            let permission = try #require(makePermission(words[2]))
            for account in [Self.accountA, Self.consultancy, Self.accountD, Self.site] {
                for raw in UInt8(0)...15 {
                    for more in 0..<4 {
                        let few = Principal(
                            user: UserID(50),
                            account: account,
                            roles: UserRoles(rawValue: raw)
                        )
                        let many = Principal(
                            user: UserID(50),
                            account: account,
                            roles: UserRoles(rawValue: raw | 1 << more)
                        )
                        let facts = try #require(makeFacts(words[0], words[1], few))
                        let before = Policy.decide(few, permission, facts).isAllowed
                        let after = Policy.decide(many, permission, facts).isAllowed
                        #expect(!before || after, "\(line): \(few) and \(many)")
                    }
                }
            }
        }
    }
}
