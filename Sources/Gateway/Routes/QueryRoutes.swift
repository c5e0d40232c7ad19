internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `POST /api/penstock/v1/query` and `…/last`: questions about many sensors at once.
struct QueryRoutes: Sendable {
    let engine: Engine
    let catalog: CatalogStore
    private let zones = SensorZones()

    init(engine: Engine, catalog: CatalogStore) {
        (self.engine, self.catalog) = (engine, catalog)
    }

    var routes: [Route] {
        [
            Route(.post, "/api/penstock/v1/query", .users, query),
            Route(.post, "/api/penstock/v1/last", .users, last),
        ]
    }

    /// Room for the ids of `SensorSelection.countMax` sensors.
    private static let bodyByteCountMax = 262_144.0

    // MARK: query

    private func query(_ call: Call) async throws -> Answer {
        guard let principal = call.principal else { throw Refusal.forbidden }
        let question = try await SeriesQuestion(
            body: call.body(byteCountMax: Self.bodyByteCountMax)
        )
        let sensors = try SensorAccess(catalog: catalog)
            .readable(question.selection, by: principal)
        if let source = question.source, catalog.source(source) == nil {
            throw RequestRefusal.unprocessable(
                FieldErrors(
                    location: "json",
                    field: "source",
                    FieldTexts.noSource(id: source.rawValue)
                )
            )
        }
        guard let aggregate = question.aggregate else { return try values(question, sensors) }
        return try aggregates(question, sensors, aggregate)
    }

    /// The values as `GET /sensors/<id>/data` has them, sensor by sensor.
    private func values(_ question: SeriesQuestion, _ sensors: [Sensor]) throws -> Answer {
        let grids = try sensors.map { sensor in
            let zone = zones.rules(sensor.timezone)
            return try SensorDataGrid(
                question.question(unit: sensor.unit, in: zone),
                resolution: sensor.timing.resolution,
                zone: zone
            )
        }
        // No event can overlap an empty window: any one that is asked for is left out again.
        let start = question.start.microseconds
        let queries = zip(sensors, grids).map { sensor, grid in
            engineQuery(question, sensor, grid.events ?? start...start)
        }
        return Answer(streaming: { write in
            var document = SeriesDocument(question, count: sensors.count)
            try await engine.query(queries, ranks: { catalog.ranks(of: $0) }) { index, beliefs in
                let known = grids[index].events == nil ? SelectedBeliefs() : beliefs
                let values = grids[index].values(known) { catalog.ranks(of: $0) }
                document.begin(
                    sensorID: sensors[index].id,
                    unit: sensors[index].unit,
                    resolution: grids[index].resolutionText
                )
                try await document.append(values, write)
            }
            try await document.end(write)
        })
    }

    private func aggregates(
        _ question: SeriesQuestion,
        _ sensors: [Sensor],
        _ aggregate: Aggregate
    ) throws -> Answer {
        // Sensors of one zone share their bins.
        var bins: [String: [Int64]] = [:]
        for sensor in sensors where bins[sensor.timezone] == nil {
            bins[sensor.timezone] = try question.edges(in: zones.rules(sensor.timezone))
        }
        let edges = sensors.map { bins[$0.timezone] ?? [] }
        let queries = zip(sensors, edges).map { sensor, edges in
            let start = edges.first ?? 0
            return engineQuery(question, sensor, start...max(start, (edges.last ?? start) - 1))
        }
        return Answer(streaming: { write in
            var document = SeriesDocument(question, count: sensors.count)
            try await engine.aggregate(
                queries,
                edges: { edges[$0] },
                aggregate,
                ranks: { catalog.ranks(of: $0) }
            ) { index, values in
                document.begin(
                    sensorID: sensors[index].id,
                    unit: sensors[index].unit,
                    resolution: question.resolution?.apiText
                )
                try await document.append(values, write)
            }
            try await document.end(write)
        })
    }

    private func engineQuery(
        _ question: SeriesQuestion,
        _ sensor: Sensor,
        _ events: ClosedRange<Int64>
    ) -> SeriesQuery {
        var query = SeriesQuery(sensor: sensor.id, timing: sensor.timing, events: events)
        query.knownBy = question.prior?.microseconds
        (query.horizonMin, query.horizonMax) = (question.horizonMin, question.horizonMax)
        query.sources = question.source.map { [$0] }
        return query
    }

    // MARK: last

    private func last(_ call: Call) async throws -> Answer {
        guard let principal = call.principal else { throw Refusal.forbidden }
        let question = try await LastValueQuestion(
            body: call.body(byteCountMax: Self.bodyByteCountMax)
        )
        let sensors = try SensorAccess(catalog: catalog)
            .readable(question.selection, by: principal)
        let found = try await engine.lastValues(of: sensors.map { ($0.id, $0.timing) }) {
            catalog.ranks(of: $0)
        }
        var document = LastValueDocument(count: sensors.count)
        for (sensor, found) in zip(sensors, found) {
            document.append(sensor.id, unit: sensor.unit, found?.last, source: found?.source)
        }
        return Answer(200, document.finish())
    }
}
