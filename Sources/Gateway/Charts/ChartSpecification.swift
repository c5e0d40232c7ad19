internal import Catalog
internal import Model

/// Charts as Vega-Lite specifications, without their data: programs that draw put the data in under
/// the name that the specification gives.
struct ChartSpecification {
    let query: ChartQuery
    /// Under which the data come.
    let dataName: String

    // MARK: one sensor

    func sensor(_ sensor: Sensor) -> JSONObject {
        let mark: JSONValue
        let encoding: JSONObject
        switch query.chartType {
        case .bar:
            mark = sensor.timing.resolution > 0 ? bar : line("linear")
            encoding = ["x": time, "y": value(sensor.name, sensor.unit), "color": sourceColor]
        case .histogram:
            mark = bar
            let bins: JSONObject = [
                "bin": true, "field": "event_value",
                "title": .string(title(sensor.name, sensor.unit)), "type": "quantitative",
            ]
            let count: JSONObject = [
                "aggregate": "count", "title": "Count", "type": "quantitative",
            ]
            encoding = ["x": .object(bins), "y": .object(count), "color": sourceColor]
        case .daily:
            mark = .object(["type": "rect", "clip": true])
            encoding = heat(sensor, x: "hoursminutes", y: "yearmonthdate")
        case .weekly:
            mark = .object(["type": "rect", "clip": true])
            encoding = heat(sensor, x: "dayhoursminutes", y: "yearweek")
        }
        let tooltip = tooltip(value: "event_value", sensor.name, sensor.unit)
        let layer: JSONObject = [
            "encoding": .object(encoding.with("tooltip", tooltip)), "mark": mark,
        ]
        return framed([
            "data": .object(["name": .string(dataName)]),
            "description": "The values of a sensor over time.",
            "height": .integer(query.height ?? 300),
            "layer": .array([.object(layer), replay]),
            "transform": .array(Self.transforms),
            "width": query.width.map { .integer($0) } ?? "container",
        ])
    }

    private func heat(_ sensor: Sensor, x: String, y: String) -> JSONObject {
        func axis(_ unit: String, _ title: String) -> JSONValue {
            .object([
                "field": "event_start", "timeUnit": .string(unit), "title": .string(title),
                "type": "ordinal",
            ])
        }
        let color: JSONObject = [
            "field": "event_value", "title": .string(title(sensor.name, sensor.unit)),
            "type": "quantitative",
        ]
        return ["color": .object(color), "x": axis(x, "Time"), "y": axis(y, "Date")]
    }

    // MARK: an asset

    /// One plot below the other, with one axis of time.
    func asset(_ plots: [ShownSensors.Plot]) -> JSONObject {
        framed([
            "data": .object(["name": .string(dataName)]),
            "description": "The values of an asset's sensors over time.",
            "resolve": .object(["scale": .object(["x": "shared"])]),
            "transform": .array(Self.transforms), "vconcat": .array(plots.map(plot)),
        ])
    }

    private func plot(_ plot: ShownSensors.Plot) -> JSONValue {
        let unit = PlotUnit(plot.sensors).text
        let name = Set(plot.sensors.map(\.name)).count == 1 ? plot.sensors[0].name : "Value"
        let isInstants = plot.sensors.allSatisfy { $0.timing.resolution == 0 }
        let color: JSONObject = [
            "field": "sensor.description", "title": "Sensor", "type": "nominal",
        ]
        let dash: JSONObject = [
            "field": "source.type", "legend": .object(["title": "Source"]),
            "scale": .object([
                "domain": .array(["forecaster", "scheduler", "other"]),
                "range": .array([dashes(2, 2), dashes(4, 4), dashes(1, 0)]),
            ]), "type": "nominal",
        ]
        let detail: JSONObject = ["field": "source.id", "type": "nominal"]
        let encoding: JSONObject = [
            "color": .object(color), "detail": .object(detail), "strokeDash": .object(dash),
            "tooltip": tooltip(value: "scaled_event_value", name, unit), "x": time,
            "y": value(name, unit, field: "scaled_event_value"),
        ]
        let layer: JSONObject = [
            "encoding": .object(encoding), "mark": line(isInstants ? "linear" : "step-after"),
        ]
        let shown: JSONObject = [
            "field": "sensor.id",
            "oneOf": .array(plot.sensors.map { .integer($0.id.rawValue) }),
        ]
        let scaled: JSONObject = [
            "as": "scaled_event_value", "calculate": "datum.event_value * datum.scale_factor",
        ]
        var view: JSONObject = [
            "layer": .array([.object(layer), replay]),
            "transform": .array([.object(["filter": .object(shown)]), .object(scaled)]),
            "height": .integer(query.height ?? 150), "width": .integer(query.width ?? 800),
        ]
        if let title = plot.title { view["title"] = .string(title) }
        return .object(view)
    }

    // MARK: parts

    private static let transforms: [JSONValue] = [
        .object([
            "as": "source_name_and_id",
            "calculate": "datum.source.name + ' (ID: ' + datum.source.id + ')'",
        ]),
        .object([
            "as": "full_date",
            "calculate": "timeFormat(datum.event_start, '%H:%M on %A %b %e, %Y')",
        ]),
    ]

    private func framed(_ specification: JSONObject) -> JSONObject {
        let font: JSONObject = ["labelFontSize": 16, "titleFontSize": 16]
        let legend = font.with("labelLimit", 0).with("orient", "bottom")
        let config: JSONObject = ["axis": .object(font), "legend": .object(legend)]
        return specification.with("$schema", "https://vega.github.io/schema/vega-lite/v5.json")
            .with("config", .object(config))
    }

    private var bar: JSONValue { .object(["clip": true, "type": "bar"]) }

    private func line(_ interpolation: String) -> JSONValue {
        .object([
            "clip": true, "interpolate": .string(interpolation), "point": true, "type": "line",
        ])
    }

    private func dashes(_ on: Int64, _ off: Int64) -> JSONValue {
        .array([.integer(on), .integer(off)])
    }

    private var time: JSONValue {
        var axis: JSONObject = ["field": "event_start", "title": .null, "type": "temporal"]
        if let start = query.start, let end = query.end {
            let ends = [start, end].map { JSONValue.integer($0 / 1_000) }
            axis["scale"] = .object(["domain": .array(ends)])
        }
        return .object(axis)
    }

    private func title(_ name: String, _ unit: String) -> String {
        let name = name.prefix(1).uppercased() + name.dropFirst()
        return unit.isEmpty ? name : "\(name) (\(unit))"
    }

    private func value(_ name: String, _ unit: String, field: String = "event_value") -> JSONValue {
        .object([
            "field": .string(field), "title": .string(title(name, unit)), "type": "quantitative",
        ])
    }

    private var sourceColor: JSONValue {
        .object(["field": "source_name_and_id", "title": "Source", "type": "nominal"])
    }

    private func tooltip(value field: String, _ name: String, _ unit: String) -> JSONValue {
        let fields = [
            ("sensor.description", "Sensor"), ("full_date", "Time and date"),
            ("source_name_and_id", "Source"), ("source.display_type", "Type"),
            ("source.model", "Model"), ("source.version", "Version"),
        ]
        let words = fields.map { field, title -> JSONValue in
            .object(["field": .string(field), "title": .string(title), "type": "nominal"])
        }
        return .array([value(name, unit, field: field)] + words)
    }

    /// A line at the moment up to which beliefs are replayed.
    private var replay: JSONValue {
        let time: JSONObject = ["field": "belief_time", "type": "temporal"]
        return .object([
            "data": .object(["name": "replay"]), "encoding": .object(["x": .object(time)]),
            "mark": .object(["type": "rule"]),
        ])
    }
}
