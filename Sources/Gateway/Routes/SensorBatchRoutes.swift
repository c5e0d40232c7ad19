internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `POST /api/v3_0/sensors/data` with an array: beliefs about several sensors, all or nothing. With an
/// object: FlexMeasures' old way to post about one (`AddressedDataRoutes`).
struct SensorBatchRoutes: Sendable {
    let gate: Gate
    let addressed: AddressedDataRoutes
    let repeats: RepeatedRequests
    let clock: any WallClock
    let ingestionByteCountMax: Double
    /// Turns a message about a sensor into what is stored.
    let batch:
        @Sendable (SensorDataMessage, Sensor, Principal, Timestamp) async throws -> BeliefBatch
    let append: @Sendable (AppendRequest) async throws -> AppendOutcome

    var routes: [Route] { [Route(.post, "/api/v3_0/sensors/data", .users, post)] }

    private func post(_ call: Call) async throws -> Answer {
        guard let principal = call.principal else { throw Refusal.forbidden }
        let received = clock.now()
        let body = try await call.body(byteCountMax: ingestionByteCountMax)
        return try await repeats.once(call, body, received) { received in
            guard SensorBatchMessage.isArray(body) else {
                return try await addressed.post(body, principal, received)
            }
            return try await store(body, principal, received)
        }
    }

    private func store(
        _ body: RequestBody,
        _ principal: Principal,
        _ received: Timestamp
    ) async throws -> Answer {
        let message = try SensorBatchMessage(body)
        // Every right before any value is looked at.
        var sensors: [SensorID: Sensor] = [:]
        for entry in message.entries where sensors[entry.sensor] == nil {
            let number = entry.sensor.rawValue
            let object = try gate.object(.beliefs, number, .createChildren, for: principal)
            guard case .sensor(let sensor) = object else { throw Refusal.forbidden }
            sensors[entry.sensor] = sensor
        }
        var batches: [BeliefBatch] = []
        for (entry, part) in zip(message.entries, try message.messages(body)) {
            guard let sensor = sensors[entry.sensor] else { throw Refusal.forbidden }
            batches.append(try await batch(part, sensor, principal, received))
        }
        return switch try await append(AppendRequest(batches)) {
        case .stored: .processed
        case .someUnchanged, .nothingNew: .alreadyReceived
        }
    }
}
