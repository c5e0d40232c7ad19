import Auth
import Catalog
import Gateway
import Model

/// Finds the facts about an object that a command line names, such as `sensor:12/beliefs`.
struct ExplainedObject {
    let catalog: CatalogStore
    let directory: UserDirectory
    let caller: Principal

    /// - Throws: `CommandError` if the name is not understood, or nothing has it.
    func facts(_ text: String) throws -> Facts {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let part = parts.count > 1 ? String(parts[1]) : nil
        let words = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        let found: Facts?
        if words.count == 2, let id = Int64(words[1]) {
            found =
                switch words[0] {
                case "sensor": try sensor(SensorID(id), part)
                case "asset": try asset(AssetID(id), part)
                case "account": try account(AccountID(id), part)
                case "user": try user(UserID(id), part)
                case "source": part == nil ? try source(SourceID(id)) : nil
                default: nil
                }
        } else {
            found = part == nil ? single(text) : nil
        }
        guard let found else {
            throw CommandError("object: `\(text)` is not understood; see `penstock help explain`")
        }
        return found
    }

    /// What there is once.
    private func single(_ name: String) -> Facts? {
        switch name {
        case "accounts":
            .newAccount(
                consultancy: caller.account,
                isCallerInConsultancy: isCallerInConsultancy
            )
        case "public-assets": .topLevelAssets(.everyone)
        case "asset-types": .assetTypes
        case "operations": .operations
        case "audit-log": .auditLog
        default: nil
        }
    }

    private func sensor(_ id: SensorID, _ part: String?) throws -> Facts? {
        guard let owned = catalog.owner(of: id) else { throw Self.missing("sensor", id) }
        let owner = owner(owned)
        let place = Facts.Place.sensor(
            id,
            of: owned.asset,
            below: catalog.ancestors(of: owned.asset)
        )
        return switch part {
        case nil: .sensor(owner, at: place)
        case "beliefs": .beliefs(owner, at: place)
        case "schedules": .schedule(owner, at: place)
        case "forecasts": .forecast(owner, at: place)
        case "jobs": .job(owner, at: place)
        case "annotations": .annotation(owner, at: place)
        default: nil
        }
    }

    private func asset(_ id: AssetID, _ part: String?) throws -> Facts? {
        guard let owned = catalog.owner(of: id) else { throw Self.missing("asset", id) }
        let owner = owner(owned)
        let place = Facts.Place.asset(id, below: catalog.ancestors(of: id))
        return switch part {
        case nil: .asset(owner, at: place)
        case "schedules": .schedule(owner, at: place)
        case "jobs": .job(owner, at: place)
        case "annotations": .annotation(owner, at: place)
        case "audit-log": .assetAuditLog(owner, at: place)
        default: nil
        }
    }

    private func account(_ id: AccountID, _ part: String?) throws -> Facts? {
        guard let account = catalog.account(id) else { throw Self.missing("account", id) }
        let consultancy = account.consultancy
        let owner = Facts.Owner.account(id, consultancy: consultancy)
        if let part, let successor = Self.argument(of: part, after: "consultancy") {
            guard successor.isEmpty || Int64(successor) != nil else { return nil }
            return .accountConsultancy(
                id,
                consultancy: consultancy,
                successor: Int64(successor).map { AccountID($0) },
                isCallerInConsultancy: isCallerInConsultancy
            )
        }
        return switch part {
        case nil: .account(id, consultancy: consultancy)
        case "roles", "plan": .accountStanding(id, consultancy: consultancy)
        case "assets": .topLevelAssets(owner)
        case "ownership": .assetOwnership(owner)
        case "annotations": .accountAnnotation(id, consultancy: consultancy)
        case "audit-log": .accountAuditLog(id, consultancy: consultancy)
        default: nil
        }
    }

    private func user(_ id: UserID, _ part: String?) throws -> Facts? {
        guard let user = directory.user(id) else { throw Self.missing("user", id) }
        let (account, roles) = (user.account, user.roles)
        let consultancy = catalog.account(account)?.consultancy
        if let part, let name = Self.argument(of: part, after: "role") {
            guard let role = UserRoles(names: [name]) else { return nil }
            return .userRole(role, id, of: account, consultancy: consultancy, having: roles)
        }
        return switch part {
        case nil: .user(id, of: account, consultancy: consultancy, having: roles)
        case "active":
            .userActivation(id, of: account, consultancy: consultancy, having: roles)
        case "tokens":
            .apiToken(of: id, account: account, consultancy: consultancy, having: roles)
        case "audit-log": .userAuditLog(id, of: account, consultancy: consultancy)
        default: nil
        }
    }

    private func source(_ id: SourceID) throws -> Facts {
        guard let source = catalog.source(id) else { throw Self.missing("source", id) }
        guard let account = source.account else {
            // One that spoke for a user stays with the admins when the account is not known.
            return .source(source.user == nil ? .everyone : .installation)
        }
        let consultancy = catalog.account(account)?.consultancy
        return .source(.account(account, consultancy: consultancy))
    }

    private var isCallerInConsultancy: Bool {
        catalog.account(caller.account)?.hasRole(AccountRole.consultancyName) ?? false
    }

    private func owner(_ owned: SensorOwnership) -> Facts.Owner {
        owned.account.map { .account($0, consultancy: owned.consultancy) } ?? .everyone
    }

    /// What stands after the colon in `name:argument`; empty for `name` alone, nil for other names.
    private static func argument(of text: String, after name: String) -> String? {
        if text == name { return "" }
        return text.hasPrefix("\(name):") ? String(text.dropFirst(name.count + 1)) : nil
    }

    private static func missing(_ kind: String, _ id: some EntityID) -> CommandError {
        CommandError("object: there is no \(kind) with id \(id)")
    }

    /// The facts that count for their kind of object.
    static func document(_ facts: Facts) -> JSONObject {
        var document: JSONObject = ["kind": .string("\(facts.kind)")]
        switch facts.owner {
        case .everyone: document["owner"] = .string("everyone")
        case .installation: document["owner"] = .string("installation")
        case .client(let consultancy):
            document["owner"] = .string("new account")
            document["consultancy"] = integer(consultancy?.rawValue)
        case .account(let account, let consultancy):
            document["owner"] = .string("account \(account)")
            document["consultancy"] = integer(consultancy?.rawValue)
        }
        if let sensor = facts.place.sensor { document["sensor"] = .integer(sensor.rawValue) }
        if let asset = facts.place.asset { document["asset"] = .integer(asset.rawValue) }
        if let user = facts.user {
            document["user"] = .integer(user.rawValue)
            document["user_roles"] = .array(facts.userRoles.names.map(JSONValue.string))
        }
        if !facts.role.isEmpty { document["role"] = .string("\(facts.role)") }
        if facts.kind == .platform || facts.kind == .accountConsultancy {
            document["caller_in_consultancy"] = .bool(facts.isCallerInConsultancy)
        }
        if facts.kind == .accountConsultancy {
            document["successor"] = integer(facts.successor?.rawValue)
        }
        return document
    }

    private static func integer(_ number: Int64?) -> JSONValue {
        number.map(JSONValue.integer) ?? .null
    }
}
