internal import Auth
internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Model
internal import TSEngine

/// `POST /api/v3_0/sensors/<id>/data/upload`: beliefs in files, of CSV or workbooks.
///
/// All files of a request are stored, or none.
struct SensorUploadRoutes: Sendable {
    let engine: Engine
    let authenticator: Authenticator
    let catalog: CatalogStore
    let repeats: RepeatedRequests
    let clock: any WallClock
    let ingestionByteCountMax: Double
    /// The source through which a user speaks.
    let source: @Sendable (Principal) async throws -> SourceID
    private let zones = SensorZones()

    init(_ data: SensorDataRoutes) {
        engine = data.engine
        authenticator = data.authenticator
        catalog = data.catalog
        repeats = data.repeats
        clock = data.clock
        ingestionByteCountMax = data.ingestionByteCountMax
        source = { try await data.source(of: $0) }
    }

    var routes: [Route] {
        [
            Route(
                .post,
                "/api/v3_0/sensors/{id}/data/upload",
                .on(.beliefs, .createChildren),
                upload
            )
        ]
    }

    private func upload(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor, let principal = call.principal else {
            throw Refusal.forbidden
        }
        let received = clock.now()
        let body = try await call.body(byteCountMax: ingestionByteCountMax)
        return try await repeats.once(call, body, received) { received in
            try await store(call, body, sensor, principal, received)
        }
    }

    private func store(
        _ call: Call,
        _ body: RequestBody,
        _ sensor: Sensor,
        _ principal: Principal,
        _ received: Timestamp
    ) async throws -> Answer {
        let form = try UploadForm(body, contentType: call.request.headers[.contentType] ?? "")
        let unit = form.unit ?? sensor.unit
        try Self.check(unit, sensor)
        try await record(form, sensor, call.origin)
        let steps = UploadSteps(
            zone: zones.rules(sensor.timezone),
            resolution: sensor.timing.resolution,
            unit: unit,
            required: sensor.unit
        )
        let events = try read(form, body, steps) { byteCount in
            guard call.share.grow(to: body.bytes.count + byteCount) else {
                throw Refusal.unavailable
            }
        }
        guard !events.starts.isEmpty else { return .alreadyReceived }
        let resolution = sensor.timing.resolution
        let beliefTimes = events.starts.map {
            form.isMeasuredInstantly ? $0 &+ resolution : received.microseconds
        }
        let batch = BeliefBatch(
            series: SeriesKey(sensor: sensor.id, source: try await source(principal)),
            timing: sensor.timing,
            columns: BeliefColumns(
                eventStarts: events.starts,
                beliefTimes: beliefTimes,
                values: events.values
            )
        )
        return switch try await engine.append(AppendRequest([batch])) {
        case .stored: .processed
        case .someUnchanged, .nothingNew: .alreadyReceived
        }
    }

    private static func check(_ unit: String, _ sensor: Sensor) throws(RequestRefusal) {
        guard unit != sensor.unit else { return }
        guard let given = MeasurementUnit(unit), let required = MeasurementUnit(sensor.unit),
            given.canConvert(to: required, isEventLengthKnown: sensor.timing.resolution > 0)
        else {
            var errors = FieldErrors(location: UploadForm.location)
            errors.addSchema(
                "Provided unit '\(unit)' is not convertible to sensor unit '\(sensor.unit)'"
            )
            throw .unprocessable(errors)
        }
    }

    /// Before any file is looked into, as in FlexMeasures: what was tried is worth knowing too.
    private func record(
        _ form: UploadForm,
        _ sensor: Sensor,
        _ origin: AuditOrigin
    ) async throws {
        let names = form.files.prefix(20).map { UploadForm.clipped($0.name) }
        try await authenticator.audit.record(
            AuditEvent(
                AuditEvent.Action(rawValue: "beliefs.uploaded"),
                by: origin,
                subject: "asset:\(sensor.asset)",
                account: catalog.owner(of: sensor.id)?.account,
                details: [
                    "files": AuditTexts.list(names), "name": sensor.name, "sensor": "\(sensor.id)",
                ]
            )
        )
    }

    /// The events of all files, ascending.
    ///
    /// - Throws: `.unprocessable` with a fault for each file that has one; what `reserve` throws.
    private func read(
        _ form: UploadForm,
        _ body: RequestBody,
        _ steps: UploadSteps,
        _ reserve: (Int) throws -> Void
    ) throws -> SensorDataSteps.Events {
        var errors = FieldErrors(location: UploadForm.location)
        var all: [SensorDataSteps.Events] = []
        for (index, file) in form.files.enumerated() {
            do {
                let table = try UploadFile.table(
                    Array(body.bytes[file.range]),
                    name: file.name,
                    reserve: reserve
                )
                all.append(try steps.events(UploadSeries(table, zone: steps.zone)))
            } catch let fault as UploadFault {
                let name = UploadForm.clipped(file.name)
                errors.add(
                    UploadForm.filesField,
                    index: index,
                    "Invalid content in file: \(name). Failed with: \(fault.text)"
                )
            }
        }
        try RequestRefusal.check(errors)
        return try Self.merged(all)
    }

    /// Files may state the same value for an event, but no two.
    private static func merged(
        _ all: [SensorDataSteps.Events]
    ) throws(RequestRefusal) -> SensorDataSteps.Events {
        guard all.count != 1 else { return all[0] }
        var values: [Int64: Double] = [:]
        for events in all {
            for (start, value) in zip(events.starts, events.values) {
                if let other = values.updateValue(value, forKey: start), other != value {
                    var errors = FieldErrors(location: UploadForm.location)
                    let moment = Timestamp(microseconds: start).iso8601()
                    errors.addSchema("The files have two values for the event at \(moment).")
                    throw .unprocessable(errors)
                }
            }
        }
        let sorted = values.sorted { $0.key < $1.key }
        return SensorDataSteps.Events(starts: sorted.map(\.key), values: sorted.map(\.value))
    }
}
