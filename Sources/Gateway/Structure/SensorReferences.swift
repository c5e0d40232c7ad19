internal import Auth
internal import Catalog
internal import Model

/// References to sensors and assets inside an asset's JSON fields: flex context and model, and what
/// is to be shown.
enum SensorReferences {
    /// Names whose numbers are sensors.
    private static func isSensorName(_ name: String) -> Bool {
        name == "sensor" || name == "sensors" || name.hasSuffix("-sensors")
            || name == "inflexible-device-sensors"
    }

    /// Takes references to gone sensors out; nil if there are none.
    static let removal: ReferenceRemoval = { json, gone in
        guard let value = try? JSONValue(parsing: Array(json.utf8)) else { return nil }
        let kept = map(value, sensor: { gone.contains($0) ? nil : $0 }, asset: { $0 })
        guard let kept, kept != value else { return nil }
        return kept.text
    }

    /// The same JSON with other numbers; what maps to nil is left out, with the object that it is
    /// the only meaning of.
    static func mapped(
        _ json: String,
        sensor: (SensorID) -> SensorID?,
        asset: (AssetID) -> AssetID?
    ) -> String {
        guard let value = try? JSONValue(parsing: Array(json.utf8)),
            let changed = map(value, sensor: sensor, asset: asset)
        else { return json }
        return changed == value ? json : changed.text
    }

    /// The sensors that a JSON field refers to.
    static func sensors(in value: JSONValue) -> Set<SensorID> {
        var found: Set<SensorID> = []
        _ = map(
            value,
            sensor: { id in
                found.insert(id)
                return id
            },
            asset: { $0 }
        )
        return found
    }

    private static func map(
        _ value: JSONValue,
        sensor: (SensorID) -> SensorID?,
        asset: (AssetID) -> AssetID?
    ) -> JSONValue? {
        switch value {
        case .array(let elements):
            // A list at the top, or one in it, is of sensors to show.
            return list(elements, isSensors: true, sensor, asset)
        case .object(let object): return self.object(object, sensor, asset)
        default: return value
        }
    }

    private static func list(
        _ elements: [JSONValue],
        isSensors: Bool,
        _ sensor: (SensorID) -> SensorID?,
        _ asset: (AssetID) -> AssetID?
    ) -> JSONValue? {
        let kept = elements.compactMap { element -> JSONValue? in
            switch element {
            case .integer(let number) where isSensors:
                return sensor(SensorID(number)).map { .integer($0.rawValue) }
            case .array(let inner):
                let list = list(inner, isSensors: isSensors, sensor, asset)
                if case .array(let kept) = list, kept.isEmpty, !inner.isEmpty { return nil }
                return list
            case .object(let object): return self.object(object, sensor, asset)
            default: return element
            }
        }
        return .array(kept)
    }

    private static func object(
        _ object: JSONObject,
        _ sensor: (SensorID) -> SensorID?,
        _ asset: (AssetID) -> AssetID?
    ) -> JSONValue? {
        var kept = JSONObject()
        for name in object.names {
            guard let value = object[name] else { continue }
            switch value {
            case .integer(let number) where name == "sensor":
                guard let id = sensor(SensorID(number)) else { return nil }
                kept[name] = .integer(id.rawValue)
            case .integer(let number) where name == "asset":
                guard let id = asset(AssetID(number)) else { return nil }
                kept[name] = .integer(id.rawValue)
            case .array(let elements):
                let list = list(elements, isSensors: isSensorName(name), sensor, asset)
                if case .array(let rest) = list, rest.isEmpty, !elements.isEmpty { continue }
                kept[name] = list
            case .object(let inner):
                if let changed = self.object(inner, sensor, asset) { kept[name] = changed }
            default: kept[name] = value
            }
        }
        // What showed sensors, and has none left, shows nothing.
        let showed = ["sensors", "plots", "sensor"].contains { object[$0] != nil }
        let shows = ["sensors", "plots", "sensor"].contains { kept[$0] != nil }
        return showed && !shows ? nil : .object(kept)
    }
}
