internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// What pages draw: charts, their data and annotations, of assets and, under `/api/dev`, of sensors.
///
/// The paths may end in a slash, as older pages ask.
struct ChartRoutes: Sendable {
    let structure: Structure
    private let zones = SensorZones()

    init(structure: Structure) { self.structure = structure }

    var routes: [Route] {
        [
            Route(.get, "/api/v3_0/assets/{id}/chart", .on(.asset, .read), assetChart),
            Route(.get, "/api/v3_0/assets/{id}/chart/", .on(.asset, .read), assetChart),
            Route(.get, "/api/v3_0/assets/{id}/chart_data", .on(.asset, .read), assetData),
            Route(.get, "/api/v3_0/assets/{id}/chart_data/", .on(.asset, .read), assetData),
            Route(.get, "/api/v3_0/assets/{id}/chart_annotations", .on(.asset, .read), annotations),
            Route(
                .get,
                "/api/v3_0/assets/{id}/chart_annotations/",
                .on(.asset, .read),
                annotations
            ),
            Route(.get, "/api/dev/sensor/{id}", .on(.sensor, .read), extentOfSensor),
            Route(.get, "/api/dev/sensor/{id}/", .on(.sensor, .read), extentOfSensor),
            Route(.get, "/api/dev/sensor/{id}/chart", .on(.sensor, .read), sensorChart),
            Route(.get, "/api/dev/sensor/{id}/chart/", .on(.sensor, .read), sensorChart),
            Route(.get, "/api/dev/sensor/{id}/chart_data", .on(.beliefs, .read), sensorData),
            Route(.get, "/api/dev/sensor/{id}/chart_data/", .on(.beliefs, .read), sensorData),
            Route(
                .get,
                "/api/dev/sensor/{id}/chart_annotations",
                .on(.sensor, .read),
                annotations
            ),
            Route(
                .get,
                "/api/dev/sensor/{id}/chart_annotations/",
                .on(.sensor, .read),
                annotations
            ),
            Route(.get, "/api/dev/asset/{id}", .on(.asset, .read), extentOfAsset),
            Route(.get, "/api/dev/asset/{id}/", .on(.asset, .read), extentOfAsset),
        ]
    }

    private var catalog: CatalogStore { structure.catalog }

    private func query(_ call: Call, _ sensor: Sensor?) throws -> ChartQuery {
        try ChartQuery(call.query, zone: zones.rules(sensor?.timezone ?? "UTC"))
    }

    // MARK: data

    private func sensorData(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        let query = try query(call, sensor)
        return try await stream(query, sensor)
    }

    private func assetData(_ call: Call) async throws -> Answer {
        guard let asset = call.asset, let principal = call.principal else {
            throw Refusal.forbidden
        }
        let shown = ShownSensors(asset, principal, catalog)
        return try await stream(try query(call, shown.sensors.first), shown)
    }

    /// `beginning` and `ending` stand around the data.
    private func stream(
        _ query: ChartQuery,
        _ sensor: Sensor,
        beginning: String = "",
        ending: String = ""
    ) async throws -> Answer {
        let series = try await series([sensor], query, query.resolution)
        return answer(series, query, .sensor, [:], beginning, ending)
    }

    private func stream(
        _ query: ChartQuery,
        _ shown: ShownSensors,
        beginning: String = "",
        ending: String = ""
    ) async throws -> Answer {
        // What stands side by side has events of one length.
        let resolution = shown.resolution.map { CalendarStep(microseconds: $0) }
        let withLength = shown.sensors.filter { $0.timing.resolution > 0 }
        let instants = shown.sensors.filter { $0.timing.resolution == 0 }
        let series =
            try await series(withLength, query, resolution)
            + (try await self.series(instants, query, nil))
        var factors: [SensorID: Double] = [:]
        for plot in shown.plots {
            factors.merge(PlotUnit(plot.sensors).factors) { first, _ in first }
        }
        let shape = ChartDocument.Shape.asset(hasBeliefTimes: !query.detail.isLatestOnly)
        return answer(series, query, shape, factors, beginning, ending)
    }

    private func answer(
        _ series: [ChartSeries],
        _ query: ChartQuery,
        _ shape: ChartDocument.Shape,
        _ factors: [SensorID: Double],
        _ beginning: String,
        _ ending: String
    ) -> Answer {
        var queries: [SeriesQuery] = []
        var places: [(series: Int, piece: Int)] = []
        for (index, one) in series.enumerated() {
            for (piece, events) in one.pieces.enumerated() {
                queries.append(query.query(of: one.sensor.id, one.sensor.timing, events))
                places.append((index, piece))
            }
        }
        var detail = query.detail
        if case .asset = shape { detail.isMedianOnly = true }
        if series.contains(where: \.needsLatest) { detail.isLatestOnly = true }
        let (engine, catalog) = (structure.engine, catalog)
        let (wanted, asked, placed) = (detail, queries, places)
        return Answer(streaming: { write in
            var document = ChartDocument(
                shape,
                isCompressed: query.isCompressed,
                catalog: catalog,
                beginning: beginning,
                ending: ending
            )
            try await engine.beliefs(asked, wanted, ranks: { catalog.ranks(of: $0) }) {
                index,
                beliefs in
                let (place, piece) = placed[index]
                let one = series[place]
                try await document.append(
                    beliefs.mapValues { one.shown($0, piece: piece) },
                    of: one.sensor,
                    one.timing,
                    factor: factors[one.sensor.id] ?? 1,
                    write
                )
            }
            try await document.end(write)
        }).asChart
    }

    /// What is drawn of each sensor. Windows that are open or long are narrowed to what there is.
    private func series(
        _ sensors: [Sensor],
        _ query: ChartQuery,
        _ resolution: CalendarStep?
    ) async throws -> [ChartSeries] {
        var isLong = true
        if let start = query.start, let end = query.end {
            let (length, overflow) = end.subtractingReportingOverflow(start)
            isLong = overflow || length > 400 * Microseconds.day
        }
        let extents = isLong ? try await structure.engine.extents(of: sensors.map(\.id)) : [:]
        return try sensors.map { sensor in
            var events = query.events(resolution: sensor.timing.resolution)
            if isLong, let wanted = events {
                events = extents[sensor.id].flatMap {
                    wanted.overlaps($0) ? wanted.clamped(to: $0) : nil
                }
            }
            return try ChartSeries(
                sensor,
                events,
                resolution: resolution,
                origin: query.start,
                in: zones.rules(sensor.timezone)
            )
        }
    }

    // MARK: charts

    private func sensorChart(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        let query = try query(call, sensor)
        let name = query.datasetName ?? "sensor_\(sensor.id)"
        let chart = ChartSpecification(query: query, dataName: name).sensor(sensor)
        guard query.includesData else { return document(.object(chart)) }
        let (beginning, ending) = Self.around(chart, name)
        return try await stream(query, sensor, beginning: beginning, ending: ending)
    }

    private func assetChart(_ call: Call) async throws -> Answer {
        guard let asset = call.asset, let principal = call.principal else {
            throw Refusal.forbidden
        }
        let shown = ShownSensors(asset, principal, catalog)
        let query = try query(call, shown.sensors.first)
        let name = query.datasetName ?? "asset_\(asset.id)"
        let chart = ChartSpecification(query: query, dataName: name).asset(shown.plots)
        guard query.includesData else { return document(.object(chart)) }
        let (beginning, ending) = Self.around(chart, name)
        return try await stream(query, shown, beginning: beginning, ending: ending)
    }

    /// A chart as far as its data, and what comes behind them.
    private static func around(_ chart: JSONObject, _ name: String) -> (String, String) {
        let text = String(
            decoding: Answer.inert(JSONWriter.document(.object(chart))).dropLast(2),
            as: UTF8.self
        )
        let name = Answer.inert(Array(JSONWriter.text(name).utf8))
        return (text + ",\"datasets\":{\(String(decoding: name, as: UTF8.self)):", "}}")
    }

    private func document(_ value: JSONValue) -> Answer {
        Answer(200, Answer.inert(JSONWriter.document(value))).asChart
    }

    // MARK: annotations

    /// Those of a sensor with those of its asset, those of an asset with those of its account.
    private func annotations(_ call: Call) async throws -> Answer {
        guard let principal = call.principal else { throw Refusal.forbidden }
        let visibility = Visibility(principal, catalog)
        var targets: [AnnotationTarget] = []
        var zone: Sensor?
        if let sensor = call.sensor {
            targets = [.sensor(sensor.id)]
            zone = sensor
            // A token for the sensor alone does not read its asset.
            if let asset = catalog.asset(sensor.asset), visibility.mayRead(asset) {
                targets.append(.asset(asset.id))
            }
        } else if let asset = call.asset {
            targets = [.asset(asset.id)]
            zone = catalog.sensors(of: asset.id, after: nil, limit: 1).first
            if let account = asset.account, let owner = visibility.owner(account),
                visibility.may(.read, .other(.accountAnnotation, owner))
            {
                targets.append(.account(account))
            }
        }
        let window = try query(call, zone).annotations
        do throws(CatalogError) {
            let found = ChartAnnotations(window: window, catalog: catalog)
            return document(.array(try await found.entries(of: targets)))
        } catch .unavailable {
            throw Refusal.unavailable
        }
    }

    // MARK: extents

    private func extentOfSensor(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        return Answer(
            200,
            [
                "name": .string(sensor.name), "timerange": try await timerange([sensor]),
                "timezone": .string(sensor.timezone),
            ]
        )
    }

    private func extentOfAsset(_ call: Call) async throws -> Answer {
        guard let asset = call.asset, let principal = call.principal else {
            throw Refusal.forbidden
        }
        let sensors = ShownSensors(asset, principal, catalog).sensors
        let attributes = (try? JSONValue(parsing: Array(asset.attributes.utf8)))?.object
        let zone =
            attributes?["timezone"]?.string
            ?? catalog.sensors(of: asset.id, after: nil, limit: 1).first?.timezone ?? "UTC"
        return Answer(
            200,
            [
                "name": .string(asset.name),
                "timerange_of_sensors_to_show": try await timerange(sensors),
                "timezone": .string(zone),
            ]
        )
    }

    /// From the start of the first event to the end of the last; now, if there is none.
    private func timerange(_ sensors: [Sensor]) async throws -> JSONValue {
        let extents = try await structure.engine.extents(of: sensors.map(\.id))
        let starts = extents.values.map(\.lowerBound)
        let ends = sensors.compactMap { sensor in
            extents[sensor.id].map { $0.upperBound &+ sensor.timing.resolution }
        }
        let now = structure.clock.now().microseconds
        func date(_ moment: Int64?) -> JSONValue {
            .string(HTTPDate.text(Timestamp(microseconds: moment ?? now)))
        }
        return .object(["end": date(ends.max()), "start": date(starts.min())])
    }
}
