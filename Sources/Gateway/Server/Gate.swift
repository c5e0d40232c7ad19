internal import Auth
internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Model
internal import NIOCore

/// Lets a request through to its handler, or not: the one place where tokens are checked and the
/// policy is asked.
struct Gate: Sendable {
    let authenticator: Authenticator
    let catalog: CatalogStore

    /// Fills in who asks and what for.
    ///
    /// - Throws: `Refusal`, or an `AuthError`.
    func admit(
        _ call: Call,
        to access: Route.Access,
        from remote: SocketAddress?
    ) async throws -> Call {
        var call = call
        switch access {
        case .everyone, .lineClients: break
        case .users: call.principal = try await principal(of: call.request)
        case .operators:
            if remote?.isLoopback == true { break }
            let principal = try await principal(of: call.request)
            guard Policy.decide(principal, .read, .operations).isAllowed else {
                throw Refusal.forbidden
            }
            call.principal = principal
        case .beliefs(let permission):
            let principal = try await principal(of: call.request)
            let sensor = try sensor(of: call)
            try require(permission, onBeliefsOf: sensor, principal)
            call.principal = principal
            call.sensor = sensor
        }
        return call
    }

    /// Asks the policy about the beliefs of a sensor.
    ///
    /// - Throws: `Refusal.forbidden`.
    func require(
        _ permission: Permission,
        onBeliefsOf sensor: Sensor,
        _ principal: Principal
    ) throws {
        guard let facts = catalog.facts(onBeliefsOf: sensor.id, for: principal) else {
            throw Refusal.forbidden
        }
        guard Policy.decide(principal, permission, facts).isAllowed else {
            throw Refusal.forbidden
        }
    }

    private func principal(of request: Request) async throws -> Principal {
        guard let header = request.headers[.authorization] else { throw Refusal.unauthenticated }
        if let known = try authenticator.knownPrincipal(authorization: header) { return known }
        return try await authenticator.principal(authorization: header)
    }

    private func sensor(of call: Call) throws -> Sensor {
        let text = call.parameters.first ?? ""
        let digits = text.drop { $0 == "-" || $0 == "+" }.utf8
        guard !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw FieldTexts.refusal("sensor", "Not a valid integer.") }
        guard let number = Int64(text), let sensor = catalog.sensor(SensorID(number)) else {
            throw Refusal.notFound("Sensor \(text.prefix(40)) not found")
        }
        return sensor
    }
}

extension CatalogStore {
    /// What the policy needs to know of a sensor's beliefs; nil if there is no such sensor. Where the
    /// sensor stands matters only for principals that are restricted to places.
    func facts(onBeliefsOf sensor: SensorID, for principal: Principal) -> Facts? {
        guard let owner = owner(of: sensor) else { return nil }
        guard principal.restriction != nil else { return .beliefs(owner.policyOwner) }
        let place = Facts.Place.sensor(sensor, of: owner.asset, below: ancestors(of: owner.asset))
        return .beliefs(owner.policyOwner, at: place)
    }
}

extension SensorOwnership {
    /// As the policy wants it.
    var policyOwner: Facts.Owner {
        account.map { .account($0, consultancy: consultancy) } ?? .everyone
    }
}

extension SocketAddress {
    var isLoopback: Bool {
        guard let address = ipAddress else { return pathname != nil }
        return GatewayConfiguration.Address(host: address, port: 0).isLoopback
    }
}
