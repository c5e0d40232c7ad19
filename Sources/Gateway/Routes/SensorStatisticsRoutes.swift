internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `GET /api/v3_0/sensors/<id>/stats` and `/status`: what a sensor's data look like, and whether they
/// are up to date.
struct SensorStatisticsRoutes: Sendable {
    let engine: Engine
    let catalog: CatalogStore
    var clock: any WallClock = SystemWallClock()
    private let zones = SensorZones()

    init(engine: Engine, catalog: CatalogStore) {
        (self.engine, self.catalog) = (engine, catalog)
    }

    var routes: [Route] {
        [
            Route(.get, "/api/v3_0/sensors/{id}/stats", .on(.beliefs, .read), statistics),
            Route(.get, "/api/v3_0/sensors/{id}/status", .on(.beliefs, .read), status),
        ]
    }

    // MARK: stats

    /// Over all beliefs, superseded ones included. Nothing is cached, so `fresh` changes nothing.
    private func statistics(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        let zone = zones.rules(sensor.timezone)
        var query = StructureQuery(call)
        let isSorted = query.flag("sort", default: true)
        _ = query.flag("fresh")
        let start = Self.moment("event_start_time", &query, zone) ?? .min
        let end = Self.moment("event_end_time", &query, zone)
        try query.check()
        var document: JSONObject = ["status": 200]
        // Starts of events: the end itself does not belong to the window.
        let last = end.map { $0 - 1 } ?? .max
        guard start <= last else { return Answer(200, document) }
        let found = try await engine.statistics(of: sensor.id, events: start...last)
        for (id, statistics) in found {
            let name = catalog.source(id)?.description ?? ""
            let members = Self.members(statistics, sensor.timing.resolution, zone)
            document["\(name) (ID: \(id))"] =
                isSorted
                ? .object(members.reduce(into: JSONObject()) { $0[$1.name] = $1.value })
                : .array(members.map { .array([.string($0.name), $0.value]) })
        }
        return Answer(200, document)
    }

    /// A time with or without an offset, which then is the sensor's; µs since 1970 UTC.
    private static func moment(
        _ name: String,
        _ query: inout StructureQuery,
        _ zone: TimeZoneRules
    ) -> Int64? {
        // What is empty counts as absent, as in FlexMeasures.
        guard let text = query[name], !text.isEmpty else { return nil }
        var clock = LocalClock(zone)
        // A blank may stand for the plus of an offset.
        let moment =
            (try? OffsetTimestamp(iso8601: text)).map { .aware($0.microseconds) }
            ?? UploadMoment(text)
        guard let result = moment.flatMap({ clock.moment($0) }) else {
            query.fault(name, "Not a valid datetime.")
            return nil
        }
        return result
    }

    private static func members(
        _ statistics: SeriesStatistics,
        _ resolution: Int64,
        _ zone: TimeZoneRules
    ) -> [(name: String, value: JSONValue)] {
        func text(_ moment: Int64) -> JSONValue {
            let offset = Int(zone.offset(at: moment) / Microseconds.second)
            return .string(
                Timestamp(microseconds: moment).iso8601(offsetSeconds: offset, showsFraction: false)
            )
        }
        return [
            ("First event start", text(statistics.firstEvent)),
            ("Last event end", text(statistics.lastEvent &+ resolution)),
            ("Last recorded", text(statistics.lastBelief)),
            ("Min value", .number(statistics.min)),
            ("Max value", .number(statistics.max)),
            ("Mean value", .number(statistics.mean)),
            ("Sum over values", .number(statistics.sum)),
            ("Number of values", .integer(Int64(statistics.count))),
        ]
    }

    // MARK: status

    private func status(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        let now = clock.now()
        let rules = try StalenessRules(sensor)
        var query = SeriesQuery(sensor: sensor.id, timing: sensor.timing, events: rules.events)
        query.knownBy = min(rules.knownBy ?? .max, now.microseconds)
        (query.horizonMin, query.horizonMax) = (rules.horizonMin, rules.horizonMax)
        var latest: [String: Int64] = [:]
        for (id, event) in try await engine.lastEvents(query, knownSince: rules.knownSince) {
            guard let source = catalog.source(id), rules.concerns(source) else { continue }
            latest[source.type] = max(latest[source.type] ?? .min, event)
        }
        let zone = zones.rules(sensor.timezone)
        let offset = Int(zone.offset(at: now.microseconds) / Microseconds.second)
        let known = SourceRoutes.defaultTypes.filter { latest[$0] != nil }
        let types: [String?] = known.isEmpty ? [nil] : known
        let documents = types.map { type in
            let staleness = Staleness(
                latestEvent: type.flatMap { latest[$0] },
                sourceType: type,
                timing: sensor.timing,
                now: now.microseconds,
                rules: rules
            )
            return JSONValue.object(
                [
                    "asset_name": .string(catalog.asset(sensor.asset)?.name ?? ""),
                    "id": .integer(sensor.id.rawValue), "name": .string(sensor.name),
                    "reason": .string(staleness.reason),
                    "relation": "sensor belongs to this asset",
                    "resolution": .string(ISODuration.daysText(sensor.timing.resolution)),
                    "source_type": type.map { .string($0) } ?? .null,
                    "stale": .bool(staleness.isStale),
                    "staleness": staleness.age.map { .string(ISODuration.daysText($0)) } ?? .null,
                    "staleness_since": staleness.since.map {
                        .string(Timestamp(microseconds: $0).iso8601(offsetSeconds: offset))
                    } ?? .null,
                ]
            )
        }
        return Answer(200, ["sensors_data": .array(documents), "status": 200])
    }
}
