internal import Auth
internal import Catalog
internal import Model

/// The sensors that an asset's graphs show, plot by plot, as far as the caller may read them.
struct ShownSensors: Sendable {
    struct Plot: Sendable {
        let title: String?
        var sensors: [Sensor]
    }

    private(set) var plots: [Plot] = []

    /// `asset.sensorsToShow`; the first two sensors if it is empty.
    init(_ asset: Asset, _ principal: Principal, _ catalog: CatalogStore) {
        let access = SensorAccess(catalog: catalog)
        let setting = try? JSONValue(parsing: Array(asset.sensorsToShow.utf8))
        guard case .array(let items)? = setting, !items.isEmpty else {
            let first = catalog.sensors(of: asset.id, after: nil, limit: 2)
            plots = first.map(\.id).compactMap { access.sensor($0, for: principal) }
                .map { Plot(title: nil, sensors: [$0]) }
            return
        }
        for item in items {
            let title = item.object?["title"]?.string
            var seen: Set<SensorID> = []
            let sensors = Self.sensors(item, principal, catalog)
                .filter { seen.insert($0).inserted }
                .compactMap { access.sensor($0, for: principal) }
            if !sensors.isEmpty { plots.append(Plot(title: title, sensors: sensors)) }
        }
    }

    /// All of them, each once.
    var sensors: [Sensor] {
        var seen: Set<SensorID> = []
        return plots.flatMap(\.sensors).filter { seen.insert($0.id).inserted }
    }

    /// The shortest events, µs; nil if none has a length.
    var resolution: Int64? { sensors.map(\.timing.resolution).filter { $0 > 0 }.min() }

    private static func sensors(
        _ item: JSONValue,
        _ principal: Principal,
        _ catalog: CatalogStore
    ) -> [SensorID] {
        switch item {
        case .integer(let number): return [SensorID(number)]
        case .array(let items): return items.flatMap { sensors($0, principal, catalog) }
        case .object(let object):
            var found: [SensorID] = []
            for name in ["sensor", "sensors", "plots"] {
                if let value = object[name] { found += sensors(value, principal, catalog) }
            }
            return found + referenced(object, principal, catalog)
        default: return []
        }
    }

    /// `{"asset": 5, "flex-context": "consumption-price"}`: the sensor that this field refers to.
    private static func referenced(
        _ object: JSONObject,
        _ principal: Principal,
        _ catalog: CatalogStore
    ) -> [SensorID] {
        guard case .integer(let number)? = object["asset"],
            let asset = catalog.asset(AssetID(number)),
            Visibility(principal, catalog).mayRead(asset)
        else { return [] }
        let settings = [
            ("flex-context", asset.flexContext), ("flex-model", asset.flexModel),
        ]
        return settings.compactMap { name, text in
            guard let field = object[name]?.string,
                let setting = try? JSONValue(parsing: Array(text.utf8)),
                case .integer(let sensor)? = setting.object?[field]?.object?["sensor"]
            else { return nil }
            return SensorID(sensor)
        }
    }
}

/// The unit in which the sensors of one plot are drawn.
struct PlotUnit: Sendable {
    /// Empty if the sensors have none in common.
    let text: String
    /// What each sensor's values are multiplied by.
    let factors: [SensorID: Double]

    /// The smallest of the sensors' units; that of each by itself if they do not convert.
    init(_ sensors: [Sensor]) {
        let texts = Set(sensors.map(\.unit)).sorted()
        let units = texts.map { MeasurementUnit($0) }
        let candidates: [(text: String, factors: [Double])] = zip(texts, units).compactMap {
            text,
            target in
            var factors: [Double] = []
            for (other, unit) in zip(texts, units) {
                if other == text {
                    factors.append(1)
                } else if let target, let conversion = unit?.conversion(to: target),
                    conversion(0) == 0
                {
                    factors.append(conversion(1))
                } else {
                    return nil
                }
            }
            return (text, factors)
        }
        // In the smallest unit all factors are at least one.
        guard let best = candidates.max(by: { ($0.factors.min() ?? 1) < ($1.factors.min() ?? 1) })
        else {
            (text, factors) = ("", [:])
            return
        }
        text = best.text
        let byUnit = Dictionary(uniqueKeysWithValues: zip(texts, best.factors))
        factors = Dictionary(
            sensors.map { ($0.id, byUnit[$0.unit] ?? 1) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
