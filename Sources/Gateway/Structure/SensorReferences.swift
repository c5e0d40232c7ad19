internal import Auth
internal import Catalog
internal import Model

/// References to sensors and assets inside an asset's JSON fields: flex context and model, and what
/// is to be shown. A number counts however it is written: readers of these fields take `"12"` and
/// `12.0` for 12.
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

    /// The sensors and assets that a JSON field refers to.
    static func found(in value: JSONValue) -> (sensors: Set<SensorID>, assets: Set<AssetID>) {
        var sensors: Set<SensorID> = []
        var assets: Set<AssetID> = []
        _ = map(
            value,
            sensor: { id in
                sensors.insert(id)
                return id
            },
            asset: { id in
                assets.insert(id)
                return id
            }
        )
        return (sensors, assets)
    }

    private static func number(_ value: JSONValue) -> Int64? {
        switch value {
        case .integer(let integer): integer
        case .number(let number): Int64(exactly: number)
        case .string(let text): Int64(text.trimmingASCIISpace())
        default: nil
        }
    }

    /// A reference with another number; as it was written if the number is the same. Nil if it maps
    /// to nil; any other value as it is.
    private static func reference(_ value: JSONValue, _ map: (Int64) -> Int64?) -> JSONValue? {
        guard let number = number(value) else { return value }
        guard let other = map(number) else { return nil }
        return other == number ? value : .integer(other)
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
            case .integer, .number, .string:
                guard isSensors else { return element }
                return reference(element) { sensor(SensorID($0))?.rawValue }
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
            case .integer, .number, .string:
                let one =
                    if name == "asset" {
                        reference(value) { asset(AssetID($0))?.rawValue }
                    } else if isSensorName(name) {
                        reference(value) { sensor(SensorID($0))?.rawValue }
                    } else {
                        Optional(value)
                    }
                guard let one else { return nil }
                kept[name] = one
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
