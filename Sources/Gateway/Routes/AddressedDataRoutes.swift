internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `POST` (an object) and `GET /api/v3_0/sensors/data`: what FlexMeasures had before a sensor's data
/// had a path of their own. The sensor is named by an entity address in the field `sensor`; all else
/// is as there. Clients before version 0.8 know nothing else.
struct AddressedDataRoutes: Sendable {
    let gate: Gate
    let data: SensorDataRoutes

    /// `POST` is declared by `SensorBatchRoutes`.
    var routes: [Route] { [Route(.get, "/api/v3_0/sensors/data", .users, get)] }

    func post(
        _ body: RequestBody,
        _ principal: Principal,
        _ received: Timestamp
    ) async throws -> Answer {
        let location = "json"
        guard let named = try Self.named(body) else { throw RequestRefusal.badRequest }
        do {
            let sensor = try sensor(
                named.sensor,
                .createChildren,
                principal,
                FieldErrors(location: location)
            ) { () throws(RequestRefusal) in _ = try SensorDataMessage(body: body) }
            let message = try SensorDataMessage(body: body)
            return try await data.store(message, sensor, principal, received: received)
        } catch let refusal as RequestRefusal {
            throw refusal.moved(to: location)
        }
    }

    private func get(_ call: Call) async throws -> Answer {
        guard let principal = call.principal else { throw Refusal.forbidden }
        let location = "query"
        let address = call.query.first { $0.name == "sensor" }.map { JSONValue.string($0.value) }
        do {
            let sensor = try sensor(
                address,
                .read,
                principal,
                FieldErrors(location: location)
            ) { () throws(RequestRefusal) in _ = try SensorDataQuery(query: call.query) }
            return try await data.answer(SensorDataQuery(query: call.query), sensor)
        } catch let refusal as RequestRefusal {
            throw refusal.moved(to: location)
        }
    }

    /// The sensor that a request names, if the caller has the permission. Nothing else of the request
    /// is told of before that is known; where no sensor is named, all that is wrong is told at once.
    private func sensor(
        _ field: JSONValue?,
        _ permission: Permission,
        _ principal: Principal,
        _ errors: FieldErrors,
        _ readRest: () throws(RequestRefusal) -> Void
    ) throws -> Sensor {
        let fault: String
        switch field {
        case nil: fault = FieldTexts.missing
        case .null: fault = FieldTexts.null
        case .string(let text):
            let address: EntityAddress
            do throws(EntityAddress.Fault) {
                address = try EntityAddress(text, now: data.clock.now())
            } catch {
                fault = error.text
                break
            }
            return try sensor(address, text, permission, principal)
        default: fault = FieldTexts.notAString
        }
        var errors = errors
        do throws(RequestRefusal) {
            try readRest()
        } catch {
            guard case .unprocessable(let others) = error else { throw error }
            errors = others.moved(to: errors.location)
        }
        errors.add("sensor", fault)
        throw RequestRefusal.unprocessable(errors)
    }

    private func sensor(
        _ address: EntityAddress,
        _ text: String,
        _ permission: Permission,
        _ principal: Principal
    ) throws -> Sensor {
        let number = address.sensor.rawValue
        let object: RequestObject
        do {
            object = try gate.object(.beliefs, number, permission, for: principal)
        } catch Refusal.notFound {
            // Only who may know hears that there is none.
            let text = "sensor with entity address \(text.prefix(200)) doesn't exist."
            throw FieldTexts.refusal("sensor", text)
        }
        guard case .sensor(let sensor) = object else { throw Refusal.forbidden }
        return sensor
    }

    /// What a body says in its member `sensor`.
    private struct Named {
        var sensor: JSONValue?
    }

    /// Nil if the body is malformed.
    private static func named(_ body: RequestBody) throws(RequestRefusal) -> Named? {
        guard body.isJSON, !body.bytes.isEmpty else { return Named() }
        var found: JSONValue?
        var scanner = JSONScanner()
        let bytes = body.bytes.span
        do throws(JSONError) {
            try scanner.start(bytes)
            guard scanner.peek(bytes) == UInt8(ascii: "{") else { return Named() }
            try scanner.members(bytes) { (scanner, name) throws(JSONError) in
                guard name == "sensor" else { return try scanner.skipValue(bytes, depth: 1) }
                // Two names would let one be checked and the other one be written.
                guard found == nil else { throw .duplicateName(name) }
                found = try scanner.value(bytes, depth: 1)
            }
            try scanner.end(bytes)
        } catch {
            switch error {
            case .malformed: return nil
            case .duplicateName(let name):
                let text = FieldTexts.duplicate
                throw .unprocessable(FieldErrors(location: "json", field: name, text))
            case .invalidEncoding, .tooDeep, .specialNumber: throw .badRequest
            }
        }
        return Named(sensor: found)
    }
}
