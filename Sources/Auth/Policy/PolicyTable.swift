/// Who may do what to which kind of object: after FlexMeasures' access lists, with Penstock's own
/// rules, which `docs/security.md` lists.
///
/// Admins may do everything that is not `nobody`'s, and admin-readers may read it: they are not
/// named. What is not named at all is nobody's.
enum PolicyTable {
    /// One field of the table.
    enum Rights {
        /// Not through the API, not even for admins.
        case nobody
        case entitled(PolicyEntry)
    }

    static func rights(_ permission: Permission, _ facts: Facts) -> Rights {
        switch facts.kind {
        case .platform, .account, .accountStanding, .accountConsultancy, .topLevelAssets,
            .assetOwnership, .accountAnnotation:
            accountRights(permission, facts.kind)
        case .user, .userActivation, .userRole, .apiToken: userRights(permission, facts)
        case .asset, .sensor, .beliefs, .schedule, .forecast, .job, .annotation:
            assetRights(permission, facts.kind)
        case .accountAuditLog, .userAuditLog, .assetAuditLog, .auditLog, .source, .assetType,
            .operations, .taskRun:
            otherRights(permission, facts.kind)
        }
    }

    /// What rights hang on (an account's roles, consultancy and plan) is not for members.
    private static func accountRights(_ permission: Permission, _ kind: Facts.Kind) -> Rights {
        switch (kind, permission) {
        case (.platform, .createChildren): to(.consultant, if: [.inConsultancy])
        case (.account, .read), (.account, .update): to([.member, .consultant])
        case (.account, .createChildren): to([.accountAdmin, .consultant])
        case (.accountStanding, .read), (.accountConsultancy, .read): to([.member, .consultant])
        case (.accountStanding, .update): to([])
        case (.accountConsultancy, .update):
            to(.consultant, if: [.inConsultancy, .forOwnAccount])
        // Consultants add assets below those of clients only, and leave whose they are alone.
        case (.topLevelAssets, .createChildren): to(.accountAdmin)
        case (.assetOwnership, .update): to(.member)
        // Who may delete an asset may end it, but not have it.
        case (.assetOwnership, .delete): to([])
        case (.accountAnnotation, .read): to([.member, .consultant])
        case (.accountAnnotation, .createChildren): to([.accountAdmin, .consultant])
        default: .nobody
        }
    }

    private static func userRights(_ permission: Permission, _ facts: Facts) -> Rights {
        switch (facts.kind, permission) {
        case (.user, .read): to([.oneself, .member, .consultant])
        case (.user, .update): to([.oneself, .accountAdmin, .consultant], if: .notAboveOneself)
        case (.userActivation, .update):
            to([.accountAdmin, .consultant], if: [.notOneself, .notAboveOneself])
        case (.userRole, .update): userRoleRights(facts.role)
        case (.apiToken, .read): to(.oneself)
        // Else an admin could act in the name of others.
        case (.apiToken, .createChildren): to(.oneself, if: .inPerson)
        case (.apiToken, .delete):
            to([.oneself, .accountAdmin, .consultant], if: .notAboveOneself)
        default: .nobody
        }
    }

    /// Who gives and takes a role.
    private static func userRoleRights(_ role: UserRoles) -> Rights {
        switch role {
        case .adminReader: to([], if: .notOneself)
        case .accountAdmin: to(.consultant, if: [.notOneself, .notAboveOneself])
        case .consultant: to(.accountAdmin, if: [.notOneself, .notAboveOneself])
        // Admins are made on the server's command line; anything else is not one role.
        default: .nobody
        }
    }

    private static func assetRights(_ permission: Permission, _ kind: Facts.Kind) -> Rights {
        switch (kind, permission) {
        // Also jobs, schedules, forecasts and annotations: they are read with their object.
        case (_, .read): to([.member, .consultant, .loggedIn])
        case (.asset, .update), (.asset, .createChildren), (.sensor, .createChildren),
            (.beliefs, .createChildren), (.schedule, .createChildren),
            (.forecast, .createChildren), (.annotation, .createChildren):
            to([.member, .consultant])
        case (.asset, .delete), (.sensor, .update), (.sensor, .delete), (.beliefs, .delete):
            to([.accountAdmin, .consultant])
        // To run a job once more, or to drop it.
        case (.job, .update), (.job, .delete): to([])
        default: .nobody
        }
    }

    private static func otherRights(_ permission: Permission, _ kind: Facts.Kind) -> Rights {
        switch (kind, permission) {
        case (.accountAuditLog, .read): to([.accountAdmin, .consultant])
        case (.userAuditLog, .read): to([.oneself, .accountAdmin, .consultant])
        case (.assetAuditLog, .read): to([.member, .consultant, .loggedIn])
        case (.source, .read): to([.member, .consultant, .loggedIn])
        case (.assetType, .read): to(.loggedIn)
        case (.auditLog, .read), (.operations, .read), (.operations, .update): to([])
        default: .nobody
        }
    }

    private static func to(
        _ relations: Relations,
        if conditions: PolicyEntry.Conditions = []
    ) -> Rights {
        .entitled(PolicyEntry(relations: relations, conditions: conditions))
    }
}

/// Whom a right is given to.
struct PolicyEntry {
    /// What must hold besides a relation.
    struct Conditions: OptionSet {
        let rawValue: UInt8
        /// Refused to the user in question, admin or not.
        static let notOneself = Conditions(rawValue: 1)
        /// A user who is admin or admin-reader is left to admins, and to themselves: whoever could
        /// change their address could have their password.
        static let notAboveOneself = Conditions(rawValue: 2)
        /// The roles of admins and admin-readers do not count.
        static let inPerson = Conditions(rawValue: 4)
        /// The principal's account must have the account role `Consultancy`. Not for admins.
        static let inConsultancy = Conditions(rawValue: 8)
        /// What is given away goes to the principal's account, or to nobody. Not for admins.
        static let forOwnAccount = Conditions(rawValue: 16)
    }

    /// One of them is enough; none: for admins only.
    let relations: Relations
    /// All must hold.
    let conditions: Conditions
}
