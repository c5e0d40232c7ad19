internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `GET /api/v3_0/assets/<id>/kpis`: what sensors add up to in a span, for the asset's page.
struct KPIRoutes: Sendable {
    let structure: Structure

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v3_0/assets/{id}/kpis",
                .on(.asset, .read),
                structure.handler(list)
            )
        ]
    }

    private struct KPI {
        let title: String
        let sensor: Sensor
        let aggregate: Aggregate
    }

    private func list(_ call: Call, _ principal: Principal) async throws -> Answer {
        guard let asset = call.asset else { throw Refusal.forbidden }
        var reader = FieldReader(location: "query")
        for (name, value) in call.query where reader.fields[name] == nil {
            reader.fields[name] = .string(value)
        }
        let start = reader.moment("start", isRequired: true)?.microseconds
        let end = reader.moment("end", isRequired: true)?.microseconds
        try RequestRefusal.check(reader.errors)
        guard let start, let end else { throw Refusal.forbidden }
        let kpis = kpis(of: asset, for: principal)
        var values: [Double] = []
        for aggregate in Set(kpis.map(\.aggregate)) where start < end {
            let some = kpis.enumerated().filter { $0.element.aggregate == aggregate }
            let queries = some.map {
                SeriesQuery(
                    sensor: $0.element.sensor.id,
                    timing: $0.element.sensor.timing,
                    events: start...end - 1
                )
            }
            if values.isEmpty { values = [Double](repeating: .nan, count: kpis.count) }
            try await structure.engine.aggregate(
                queries,
                edges: { _ in [start, end] },
                aggregate,
                ranks: { structure.catalog.ranks(of: $0) }
            ) { index, bins in values[some[index].offset] = bins.first ?? .nan }
        }
        let documents = kpis.enumerated().map { index, kpi -> JSONValue in
            let value = index < values.count ? values[index] : .nan
            return .object([
                "downsample_function": .string(kpi.aggregate.rawValue),
                // Of nothing there is no sum.
                "downsample_value": value.isFinite ? .number(Self.rounded(value)) : .null,
                "sensor": .integer(kpi.sensor.id.rawValue), "title": .string(kpi.title),
                "unit": .string(kpi.sensor.unit),
            ])
        }
        return Answer(200, ["data": .array(documents)])
    }

    /// Those about sensors that the caller may read.
    private func kpis(of asset: Asset, for principal: Principal) -> [KPI] {
        let setting = try? JSONValue(parsing: Array(asset.sensorsToShowAsKPIs.utf8))
        guard case .array(let items)? = setting else { return [] }
        let access = SensorAccess(catalog: structure.catalog)
        return items.compactMap { item in
            guard let kpi = item.object, case .integer(let number)? = kpi["sensor"],
                let sensor = access.sensor(SensorID(number), for: principal)
            else { return nil }
            let wanted = kpi["function"]?.string.flatMap { Aggregate(rawValue: $0) }
            return KPI(
                title: kpi["title"]?.string ?? sensor.name,
                sensor: sensor,
                aggregate: wanted ?? (sensor.unit == "%" ? .mean : .sum)
            )
        }
    }

    /// Two decimals.
    private static func rounded(_ value: Double) -> Double {
        value.magnitude < 1e13 ? (value * 100).rounded(.toNearestOrEven) / 100 : value
    }
}
