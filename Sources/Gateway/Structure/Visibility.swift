internal import Auth
internal import Catalog
internal import Model

/// What a principal may do with objects that bodies, queries and lists name.
struct Visibility: Sendable {
    let principal: Principal
    let catalog: CatalogStore

    init(_ principal: Principal, _ catalog: CatalogStore) {
        (self.principal, self.catalog) = (principal, catalog)
    }

    func may(_ permission: Permission, _ facts: Facts) -> Bool {
        Policy.decide(principal, permission, facts).isAllowed
    }

    /// Whether the principal may see that something is missing.
    var seesMissing: Bool { may(.read, .other(.account, .installation)) }

    func mayRead(_ asset: Asset) -> Bool { may(.read, asset) }

    func may(_ permission: Permission, _ asset: Asset) -> Bool {
        guard let facts = catalog.facts(.asset, on: asset.id, for: principal) else { return false }
        return may(permission, facts)
    }

    func mayRead(_ sensor: Sensor) -> Bool {
        guard let facts = catalog.facts(.sensor, on: sensor.id, for: principal) else {
            return false
        }
        return may(.read, facts)
    }

    func mayRead(_ account: Account) -> Bool { may(.read, account) }

    func may(_ permission: Permission, _ account: Account) -> Bool {
        may(permission, .account(account.id, consultancy: account.consultancy))
    }

    /// Who owns what is put into this account; nil for no account that there is.
    func owner(_ account: AccountID) -> Facts.Owner? {
        catalog.account(account).map { .account($0.id, consultancy: $0.consultancy) }
    }

    /// Whether the principal's account works for others as their consultancy.
    var isInConsultancy: Bool {
        catalog.account(principal.account)?.hasRole(AccountRole.consultancyName) == true
    }

    /// The account that a query asks about.
    ///
    /// - Throws: 403 for one that the principal may not read; 404 for a missing one, if the
    ///   principal may know that.
    func readableAccount(_ id: Int64) throws -> Account {
        guard let account = catalog.account(AccountID(id)) else {
            guard seesMissing else { throw Refusal.forbidden }
            throw Refusal.notFound("Account \(id) not found")
        }
        guard mayRead(account) else { throw Refusal.forbidden }
        return account
    }

    /// The readable sensors of an asset that is readable itself.
    func sensors(of asset: AssetID) -> [Sensor] {
        let sensors = catalog.sensors(of: asset)
        // Sensors are read with their asset, unless a token is limited to some of them.
        return principal.restriction == nil ? sensors : sensors.filter { mayRead($0) }
    }
}
