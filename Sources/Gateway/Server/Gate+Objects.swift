internal import Auth
internal import Catalog
internal import Model

extension Gate {
    /// The object that a path names, if the caller has the permission.
    ///
    /// Foreign and missing objects are refused alike, so that nobody learns which numbers are taken:
    /// a missing one is decided as the installation's, and only who is allowed hears that it is
    /// missing.
    ///
    /// - Throws: `Refusal.forbidden`; the subject's refusal for a missing object; 422 for a text
    ///   that is no number.
    func object(
        _ subject: Subject,
        _ text: Substring,
        _ permission: Permission,
        for principal: Principal
    ) throws -> RequestObject {
        guard let number = try Self.number(text, subject) else {
            try require(permission, .other(subject.kind, .installation), principal)
            throw subject.missing(text)
        }
        return try object(subject, number, permission, for: principal)
    }

    /// The same for a number that stands in a body or a query.
    func object(
        _ subject: Subject,
        _ number: Int64,
        _ permission: Permission,
        for principal: Principal
    ) throws -> RequestObject {
        guard let (object, facts) = find(subject, number, for: principal) else {
            try require(permission, .other(subject.kind, .installation), principal)
            throw subject.missing("\(number)")
        }
        try require(permission, facts, principal)
        return object
    }

    /// - Throws: `Refusal.forbidden`.
    func require(_ permission: Permission, _ facts: Facts, _ principal: Principal) throws {
        #if !UNGUARDED
        guard Policy.decide(principal, permission, facts).isAllowed else {
            throw Refusal.forbidden
        }
        #endif
    }

    /// Nil for a number that is larger than any object's.
    private static func number(_ text: Substring, _ subject: Subject) throws -> Int64? {
        let digits = text.drop { $0 == "-" || $0 == "+" }.utf8
        guard !digits.isEmpty, text.utf8.count - digits.count <= 1,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else {
            if subject == .beliefs {
                throw FieldTexts.refusal("sensor", "Not a valid integer.")
            }
            throw RequestRefusal.unprocessable(
                FieldErrors(location: "path", field: "id", "Not a valid integer.")
            )
        }
        return Int64(text)
    }

    private func find(
        _ subject: Subject,
        _ number: Int64,
        for principal: Principal
    ) -> (RequestObject, Facts)? {
        switch subject.family {
        case .sensor:
            guard let sensor = catalog.sensor(SensorID(number)),
                let facts = catalog.facts(subject.kind, on: sensor.id, for: principal)
            else { return nil }
            return (.sensor(sensor), facts)
        case .asset:
            guard let asset = catalog.asset(AssetID(number)),
                let facts = catalog.facts(subject.kind, on: asset.id, for: principal)
            else { return nil }
            return (.asset(asset), facts)
        case .account:
            guard let account = catalog.account(AccountID(number)) else { return nil }
            let owner = Facts.Owner.account(account.id, consultancy: account.consultancy)
            return (.account(account), .other(subject.kind, owner))
        case .user:
            guard let user = authenticator.directory.user(UserID(number)),
                let account = catalog.account(user.account)
            else { return nil }
            return (.user(user), facts(subject.kind, on: user, account.consultancy))
        }
    }

    private func facts(_ kind: Facts.Kind, on user: User, _ consultancy: AccountID?) -> Facts {
        switch kind {
        case .userAuditLog:
            .userAuditLog(user.id, of: user.account, consultancy: consultancy)
        case .apiToken:
            .apiToken(
                of: user.id,
                account: user.account,
                consultancy: consultancy,
                having: user.roles
            )
        default:
            .user(user.id, of: user.account, consultancy: consultancy, having: user.roles)
        }
    }
}

extension CatalogStore {
    /// What the policy needs to know of a sensor, or of a part of it; nil if there is no such
    /// sensor. Where the sensor stands matters only for principals that are restricted to places.
    func facts(_ kind: Facts.Kind, on sensor: SensorID, for principal: Principal) -> Facts? {
        guard let owner = owner(of: sensor) else { return nil }
        guard principal.restriction != nil else { return .placed(kind, owner.policyOwner) }
        let place = Facts.Place.sensor(sensor, of: owner.asset, below: ancestors(of: owner.asset))
        return .placed(kind, owner.policyOwner, at: place)
    }

    /// The same of an asset.
    func facts(_ kind: Facts.Kind, on asset: AssetID, for principal: Principal) -> Facts? {
        guard let owner = owner(of: asset) else { return nil }
        guard principal.restriction != nil else { return .placed(kind, owner.policyOwner) }
        return .placed(
            kind,
            owner.policyOwner,
            at: .asset(asset, below: ancestors(of: asset))
        )
    }
}

extension SensorOwnership {
    /// As the policy wants it.
    var policyOwner: Facts.Owner {
        account.map { .account($0, consultancy: consultancy) } ?? .everyone
    }
}
