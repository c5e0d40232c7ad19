internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `POST` and `GET /api/v3_0/sensors/<id>/data`: the main job.
struct SensorDataRoutes: Sendable {
    let engine: Engine
    let catalog: CatalogStore
    let authenticator: Authenticator
    let repeats: RepeatedRequests
    let clock: any WallClock
    let ingestionByteCountMax: Double
    private let zones = SensorZones()

    var routes: [Route] {
        [
            Route(.post, Self.path, .on(.beliefs, .createChildren), isShort: true, post),
            Route(.get, Self.path, .on(.beliefs, .read), isShort: true, get),
        ]
    }

    private static let path = "/api/v3_0/sensors/{id}/data"

    // MARK: POST

    private func post(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor, let principal = call.principal else {
            throw Refusal.forbidden
        }
        let received = clock.now()
        let body = try await call.body(byteCountMax: ingestionByteCountMax)
        return try await repeats.once(call, body, received) { received in
            let message = try SensorDataMessage(body: body, query: call.query)
            return try await store(message, sensor, principal, received: received)
        }
    }

    func store(
        _ message: SensorDataMessage,
        _ sensor: Sensor,
        _ principal: Principal,
        received: Timestamp
    ) async throws -> Answer {
        let batch = try await batch(message, sensor, principal, received: received)
        return switch try await engine.append(AppendRequest([batch])) {
        case .stored: .processed
        case .someUnchanged, .nothingNew: .alreadyReceived
        }
    }

    func batch(
        _ message: SensorDataMessage,
        _ sensor: Sensor,
        _ principal: Principal,
        received: Timestamp
    ) async throws -> BeliefBatch {
        let timing = sensor.timing
        let steps = try message.steps(
            resolution: timing.resolution,
            alignment: SensorDataSteps.Alignment(resolution: timing.resolution),
            unitFaults: UnitRules.faults(message, required: sensor.unit)
        )
        let events = steps.events(
            try UnitRules.values(message, required: sensor.unit)
        )
        let beliefTimes = Self.beliefTimes(message, events.starts, timing, received: received)
        try BeliefHorizons.check(message.kind, events.starts, beliefTimes, timing)
        let source = try await source(of: principal)
        return BeliefBatch(
            series: SeriesKey(sensor: sensor.id, source: source),
            timing: timing,
            columns: BeliefColumns(
                eventStarts: events.starts,
                beliefTimes: beliefTimes,
                values: events.values
            )
        )
    }

    /// When the beliefs were held, µs since 1970 UTC: `prior`, else by `horizon`, else now.
    private static func beliefTimes(
        _ message: SensorDataMessage,
        _ eventStarts: [Int64],
        _ timing: EventTiming,
        received: Timestamp
    ) -> [Int64] {
        if message.prior == nil, let horizon = message.horizon {
            return eventStarts.map { timing.knowledgeTime(eventStart: $0) &- horizon }
        }
        let belief = (message.prior ?? received).microseconds
        return [Int64](repeating: belief, count: eventStarts.count)
    }

    /// The source through which a user speaks.
    func source(of principal: Principal) async throws -> SourceID {
        if let known = catalog.source(of: principal.user) { return known.id }
        guard let user = authenticator.directory.user(principal.user) else {
            throw Refusal.unauthenticated
        }
        do {
            return try await catalog.userSource(
                userID: user.id,
                username: user.username,
                account: user.account
            ).id
        } catch CatalogError.unavailable {
            throw Refusal.unavailable
        }
    }

    // MARK: GET

    private func get(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        let body = try await call.body(byteCountMax: Double(Self.queryByteCountMax))
        return try await answer(SensorDataQuery(query: call.query, body: body), sensor)
    }

    func answer(_ question: SensorDataQuery, _ sensor: Sensor) async throws -> Answer {
        try UnitRules.check(
            question,
            required: sensor.unit,
            resolution: sensor.timing.resolution
        )
        let zone = zones.rules(sensor.timezone)
        let grid = try SensorDataGrid(
            question.fixed(in: zone),
            resolution: sensor.timing.resolution,
            zone: zone
        )
        return try await EventLoopExecutor.elsewhere(unless: grid.isShort) {
            try await answer(question, sensor, grid)
        }
    }

    private func answer(
        _ question: SensorDataQuery,
        _ sensor: Sensor,
        _ grid: SensorDataGrid
    ) async throws -> Answer {
        let beliefs = try await beliefs(question, sensor, about: grid.events)
        var values = grid.values(beliefs) { catalog.ranks(of: $0) }
        UnitRules.convert(&values, on: grid, required: sensor.unit, to: question.unit)
        var writer = JSONWriter(reservingCapacity: values.count * 8 + 512)
        writer.beginObject()
        // Months and years are not printed, as in FlexMeasures.
        writer.member("duration", .string(ISODuration.hoursText(question.duration)))
        writer.member("message", "Request has been processed.")
        writer.member("resolution", .string(grid.resolutionText))
        writer.member("start", .string(question.start.echo))
        writer.member("status", "PROCESSED")
        writer.member("unit", .string(question.unit))
        writer.member("values", column: values.span)
        writer.endObject()
        return Answer(200, writer.finished())
    }

    /// Questions may come in a body; they are a few fields.
    static let queryByteCountMax = 65_536

    private func beliefs(
        _ question: SensorDataQuery,
        _ sensor: Sensor,
        about events: ClosedRange<Int64>?
    ) async throws -> SelectedBeliefs {
        guard let events else { return SelectedBeliefs() }
        var query = SeriesQuery(sensor: sensor.id, timing: sensor.timing, events: events)
        query.knownBy = question.prior?.microseconds
        (query.horizonMin, query.horizonMax) = question.horizonRange
        query.sources = try await sources(question, sensor)
        return try await engine.query(query) { catalog.ranks(of: $0) }
    }

    /// The sources that the question is restricted to; nil for all.
    private func sources(
        _ question: SensorDataQuery,
        _ sensor: Sensor
    ) async throws -> Set<SourceID>? {
        guard
            question.source != nil || question.sourceAccount != nil || question.sourceType != nil
        else { return nil }
        if let source = question.source, catalog.source(source) == nil {
            throw FieldTexts.refusal("source", FieldTexts.noSource(id: source.rawValue))
        }
        if let account = question.sourceAccount, catalog.account(account) == nil {
            throw Refusal.notFound("Account \(account) not found")
        }
        let recorded = try await engine.sources(of: sensor.id).compactMap { catalog.source($0) }
        if let type = question.sourceType, !recorded.contains(where: { $0.type == type }) {
            throw FieldTexts.refusal("source-type", FieldTexts.noSource(ofType: type))
        }
        let matching = recorded.filter { candidate in
            (question.source == nil || candidate.id == question.source)
                && (question.sourceAccount == nil || candidate.account == question.sourceAccount)
                && (question.sourceType == nil || candidate.type == question.sourceType)
        }
        return Set(matching.map(\.id))
    }
}
