package import Model

/// Facts of each kind of object. `consultancy` always is that of the account named before it.
extension Facts {
    // MARK: accounts

    /// A new account with this consultancy. `isCallerInConsultancy`: whether the principal's
    /// account has the account role `Consultancy`.
    package static func newAccount(
        consultancy: AccountID?,
        isCallerInConsultancy: Bool
    ) -> Facts {
        var facts = Facts(.platform, .client(of: consultancy))
        facts.isCallerInConsultancy = isCallerInConsultancy
        return facts
    }
    package static func account(_ id: AccountID, consultancy: AccountID?) -> Facts {
        Facts(.account, .account(id, consultancy: consultancy))
    }
    package static func accountStanding(_ id: AccountID, consultancy: AccountID?) -> Facts {
        Facts(.accountStanding, .account(id, consultancy: consultancy))
    }
    /// `consultancy`: the present one. `successor`: the one that is to be; nil for none.
    package static func accountConsultancy(
        _ id: AccountID,
        consultancy: AccountID?,
        successor: AccountID?,
        isCallerInConsultancy: Bool
    ) -> Facts {
        var facts = Facts(.accountConsultancy, .account(id, consultancy: consultancy))
        facts.successor = successor
        facts.isCallerInConsultancy = isCallerInConsultancy
        return facts
    }
    /// Of an account, or the public ones.
    package static func topLevelAssets(_ owner: Owner) -> Facts { Facts(.topLevelAssets, owner) }
    /// The owner is the one that an asset is to have.
    package static func assetOwnership(_ owner: Owner) -> Facts { Facts(.assetOwnership, owner) }
    package static func accountAnnotation(_ id: AccountID, consultancy: AccountID?) -> Facts {
        Facts(.accountAnnotation, .account(id, consultancy: consultancy))
    }
    package static func accountAuditLog(_ id: AccountID, consultancy: AccountID?) -> Facts {
        Facts(.accountAuditLog, .account(id, consultancy: consultancy))
    }

    // MARK: users

    /// `account` is the user's; `roles` are those that the user has.
    package static func user(
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?,
        having roles: UserRoles
    ) -> Facts {
        user(.user, id, account, consultancy, roles)
    }
    /// As `user`.
    package static func userActivation(
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?,
        having roles: UserRoles
    ) -> Facts {
        user(.userActivation, id, account, consultancy, roles)
    }
    /// As `user`; `role` is exactly one, or the decision is no. To replace a user's roles, ask for
    /// each that is given and each that is taken.
    package static func userRole(
        _ role: UserRoles,
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?,
        having roles: UserRoles
    ) -> Facts {
        var facts = user(.userRole, id, account, consultancy, roles)
        facts.role = role
        return facts
    }
    /// As `user`.
    package static func userAuditLog(
        _ id: UserID,
        of account: AccountID,
        consultancy: AccountID?
    ) -> Facts {
        user(.userAuditLog, id, account, consultancy, [])
    }
    /// As `user`: the tokens of that user.
    package static func apiToken(
        of id: UserID,
        account: AccountID,
        consultancy: AccountID?,
        having roles: UserRoles
    ) -> Facts {
        user(.apiToken, id, account, consultancy, roles)
    }

    private static func user(
        _ kind: Kind,
        _ id: UserID,
        _ account: AccountID,
        _ consultancy: AccountID?,
        _ roles: UserRoles
    ) -> Facts {
        var facts = Facts(kind, .account(account, consultancy: consultancy))
        facts.user = id
        facts.userRoles = roles
        return facts
    }

    // MARK: assets and what is below them

    package static func asset(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.asset, owner, at: place)
    }
    /// The owner is that of the sensor's asset.
    package static func sensor(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.sensor, owner, at: place)
    }
    /// The owner is that of the sensor's asset.
    package static func beliefs(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.beliefs, owner, at: place)
    }
    /// Owner and place are those of the sensor or asset that is scheduled.
    package static func schedule(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.schedule, owner, at: place)
    }
    /// Owner and place are those of the sensor.
    package static func forecast(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.forecast, owner, at: place)
    }
    /// Owner and place are those of the asset or sensor that the job is for.
    package static func job(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.job, owner, at: place)
    }
    /// Owner and place are those of the asset or sensor.
    package static func annotation(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.annotation, owner, at: place)
    }
    package static func assetAuditLog(_ owner: Owner, at place: Place = .unknown) -> Facts {
        placed(.assetAuditLog, owner, at: place)
    }

    /// Any kind of object that has a place.
    package static func placed(
        _ kind: Kind,
        _ owner: Owner,
        at place: Place = .unknown
    ) -> Facts {
        var facts = Facts(kind, owner)
        facts.place = place
        return facts
    }

    // MARK: the rest

    /// `.everyone` for a source that has neither account nor user.
    package static func source(_ owner: Owner) -> Facts { Facts(.source, owner) }
    package static let assetTypes = Facts(.assetType, .everyone)
    /// The whole audit log.
    package static let auditLog = Facts(.auditLog, .installation)
    package static let operations = Facts(.operations, .installation)
    package static let taskRun = Facts(.taskRun, .installation)
    /// An object of any kind of which only the owner is known.
    package static func other(_ kind: Kind, _ owner: Owner) -> Facts { Facts(kind, owner) }
}
