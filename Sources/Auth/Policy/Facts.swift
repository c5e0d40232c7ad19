package import Model

/// What someone wants to do with an object.
package enum Permission: Sendable, Hashable, CaseIterable {
    case read
    case update
    /// Add something below it: a sensor to an asset, beliefs to a sensor, a user to an account.
    case createChildren
    case delete

    /// As FlexMeasures and the command line write it.
    package var name: String { self == .createChildren ? "create-children" : "\(self)" }
}

/// What a decision is about: the object's kind, and whose it is. The caller loads it; a decision
/// reads nothing else. `Facts+Objects` makes them.
package struct Facts: Sendable, Hashable {
    /// Kinds of objects. `PolicyTable` says for each who may do what.
    package enum Kind: Sendable, Hashable, CaseIterable {
        /// What accounts are made in: `createChildren` is a new account.
        case platform
        case account
        /// The fields of an account that rights hang on: its roles and its plan.
        case accountStanding
        /// Which account looks after an account: `update` names another one, or none.
        case accountConsultancy
        /// The assets of an account that have no parent: `createChildren` is a new one.
        case topLevelAssets
        /// Whose an asset is: `update` puts one into the account, new or moved.
        case assetOwnership
        case accountAnnotation

        case user
        /// Whether a user is active.
        case userActivation
        /// One role of a user, given or taken.
        case userRole
        /// The named API tokens of a user.
        case apiToken

        case asset
        case sensor
        case beliefs
        case schedule
        case forecast
        /// What computes a schedule or a forecast. Its owner is that of the asset or sensor.
        case job
        /// Of an asset or a sensor.
        case annotation

        case accountAuditLog
        case userAuditLog
        case assetAuditLog
        /// All of it, with what belongs to no account, such as failed logins.
        case auditLog
        case source
        case assetType
        /// The state of the server and its queues.
        case operations
        /// Reports of maintenance tasks.
        case taskRun
    }

    /// Whose the object is.
    package enum Owner: Sendable, Hashable {
        /// Public: an asset without an account, open to all that are logged in.
        case everyone
        /// An account's. `consultancy` is the account that works for that one, if any; one level,
        /// its own consultancy does not count.
        case account(AccountID, consultancy: AccountID?)
        /// An account's that is yet to be made, with this consultancy.
        case client(of: AccountID?)
        /// The installation's: no account's, and not public. An object that does not exist is
        /// decided as such: who may see everything is allowed and hears that it is missing, and
        /// everyone else is denied by the rule that denies foreign objects.
        case installation
    }

    /// Where an object is among the assets: what tokens may be limited to.
    package struct Place: Sendable, Hashable {
        package let sensor: SensorID?
        package let asset: AssetID?
        /// The assets above `asset`. Needed for principals that have a `Restriction` only: without
        /// it such a principal is taken to be outside.
        package let above: [AssetID]

        /// Of objects that are not part of an asset, and of those whose place nobody has loaded.
        package static let unknown = Place(sensor: nil, asset: nil, above: [])

        package static func asset(_ asset: AssetID, below above: [AssetID] = []) -> Place {
            Place(sensor: nil, asset: asset, above: above)
        }
        package static func sensor(
            _ sensor: SensorID,
            of asset: AssetID,
            below above: [AssetID] = []
        ) -> Place {
            Place(sensor: sensor, asset: asset, above: above)
        }
    }

    package let kind: Kind
    package let owner: Owner
    package internal(set) var place = Place.unknown
    /// The user in question, for the kinds of users.
    package internal(set) var user: UserID?
    /// The roles that the user in question has.
    package internal(set) var userRoles: UserRoles = []
    /// The one role in question, for `userRole`.
    package internal(set) var role: UserRoles = []
    /// Whether the account of the principal has the account role `Consultancy`.
    package internal(set) var isCallerInConsultancy = false
    /// The account that `accountConsultancy` goes to.
    package internal(set) var successor: AccountID?

    init(_ kind: Kind, _ owner: Owner) { (self.kind, self.owner) = (kind, owner) }

    /// Whether the user in question has rights that members of their account have not.
    var isUserPrivileged: Bool { !userRoles.isDisjoint(with: [.admin, .adminReader]) }
}
