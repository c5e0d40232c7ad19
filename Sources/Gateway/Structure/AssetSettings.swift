internal import Auth
internal import Catalog
internal import Model

/// Quantities such as `10 kWh` in what schedulers are to know.
enum FlexQuantity {
    /// The unit that a field's quantities must convert to, where the given one is of another kind:
    /// energy for power, or power for energy. Nil if nothing is wrong, or the kind is not known.
    static func refusal(_ text: String, of field: String) -> String? {
        guard let unit = text.split(separator: " ").last, Double(unit) == nil else { return nil }
        let isEnergy = unit.hasSuffix("Wh") || unit.hasSuffix("J")
        let isPower = unit.hasSuffix("W") || unit.hasSuffix("VA")
        if field.hasSuffix("-capacity") || field.hasPrefix("site-peak") && !field.hasSuffix("price")
        {
            return isEnergy ? "MW" : nil
        }
        if ["soc-at-start", "soc-min", "soc-max", "soc-minima", "soc-maxima"].contains(field) {
            return isPower ? "MWh" : nil
        }
        return nil
    }
}

/// Checks the fields of an asset that refer to sensors: what is to be shown, and what schedulers are
/// to know.
struct AssetSettings {
    let visibility: Visibility

    /// - Throws: 403 for a sensor or asset that the caller may not read, be it missing or foreign;
    ///   422 for JSON of another shape. Who may see everything hears that one is missing.
    func check(_ fields: AssetFields) throws {
        let given = [
            fields.flexContext, fields.flexModel, fields.sensorsToShow,
            fields.sensorsToShowAsKPIs,
        ].compactMap { $0 }
        var missing: String?
        for value in given {
            let found = SensorReferences.found(in: value)
            for id in found.sensors {
                if let sensor = visibility.catalog.sensor(id) {
                    guard visibility.mayRead(sensor) else { throw Refusal.forbidden }
                } else {
                    guard visibility.seesMissing else { throw Refusal.forbidden }
                    missing = "No sensor found with ID \(id)."
                }
            }
            for id in found.assets {
                if let asset = visibility.catalog.asset(id) {
                    guard visibility.mayRead(asset) else { throw Refusal.forbidden }
                } else {
                    guard visibility.seesMissing else { throw Refusal.forbidden }
                    missing = "No asset found with ID \(id)."
                }
            }
        }
        if let missing { throw refuse(missing) }
        if let shown = fields.sensorsToShow { try checkShown(shown) }
        if let shown = fields.sensorsToShowAsKPIs { try checkKPIs(shown) }
        try checkFlex(fields.flexContext, Self.contextFields, "flex_context")
        try checkFlex(fields.flexModel, Self.modelFields, "flex_model")
    }

    private func refuse(_ text: String) -> Answered {
        Answered(answer: .unprocessable(json: .array([.string(text)])))
    }

    private func checkShown(_ value: JSONValue) throws {
        guard case .array(let items) = value else {
            throw refuse("sensors_to_show should be a list.")
        }
        for item in items {
            switch item {
            case .integer, .object: break
            case .array(let sensors):
                let isPlain = sensors.allSatisfy { if case .integer = $0 { true } else { false } }
                guard isPlain else {
                    throw refuse(
                        "All elements in a list within 'sensors_to_show' must be integers."
                    )
                }
            default:
                throw refuse(
                    "Invalid item type in 'sensors_to_show'. Expected int, list, or dict."
                )
            }
        }
    }

    private func checkKPIs(_ value: JSONValue) throws {
        guard case .array(let items) = value else {
            throw refuse("sensors_to_show_as_kpis should be a list.")
        }
        for item in items {
            guard let kpi = item.object, kpi["title"]?.string != nil,
                case .integer? = kpi["sensor"]
            else {
                throw refuse("Items of 'sensors_to_show_as_kpis' need a title and a sensor.")
            }
        }
    }

    private func checkFlex(
        _ value: JSONValue?,
        _ known: Set<String>,
        _ field: String
    ) throws {
        guard let value else { return }
        var errors = FieldErrors(location: StructureFields.location)
        guard let object = value.object else {
            errors.add(field, "Not a JSON object.")
            throw RequestRefusal.unprocessable(errors)
        }
        for name in object.names.sorted() where !known.contains(name) {
            errors.add(String(name.prefix(200)), FieldTexts.unknown)
        }
        for name in object.names.sorted() {
            if let text = object[name]?.string, let unit = FlexQuantity.refusal(text, of: name) {
                errors.add(name, "Cannot convert value `\(text.prefix(80))` to '\(unit)'")
            }
        }
        try RequestRefusal.check(errors)
    }

    static let modelFields: Set<String> = [
        "soc-at-start", "soc-min", "soc-max", "soc-targets", "soc-minima", "soc-maxima",
        "soc-unit", "state-of-charge", "power-capacity", "consumption-capacity",
        "production-capacity", "roundtrip-efficiency", "charging-efficiency",
        "discharging-efficiency", "storage-efficiency", "soc-gain", "soc-usage",
        "prefer-charging-sooner", "prefer-curtailing-later", "consumption", "production",
        "commodity", "group", "operation-modes", "coupling", "coupling-coefficient",
        "inflexible-consumption", "inflexible-production",
    ]

    static let contextFields: Set<String> = [
        "consumption-price", "production-price", "site-power-capacity",
        "site-consumption-capacity", "site-production-capacity",
        "consumption-breach-price", "production-breach-price", "soc-minima-breach-price",
        "soc-maxima-breach-price", "site-consumption-breach-price",
        "site-production-breach-price", "site-peak-consumption", "site-peak-production",
        "site-peak-consumption-price", "site-peak-production-price", "relax-constraints",
        "relax-soc-constraints", "relax-capacity-constraints",
        "relax-site-capacity-constraints", "commitments", "inflexible-device-sensors",
        "inflexible-consumption", "inflexible-production", "aggregate-power",
        "aggregate-consumption", "aggregate-production", "commodity",
    ]
}
