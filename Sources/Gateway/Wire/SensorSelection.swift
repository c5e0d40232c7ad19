package import Model

/// Which sensors a question is about: `"sensors": [1, 2]` or `"asset": 3`.
package enum SensorSelection: Sendable, Equatable {
    /// Each once, in the order in which they were written.
    case sensors([SensorID])
    /// All sensors of an asset and of those below it.
    case asset(AssetID)

    /// As many as one question may name.
    package static let countMax = 10_000

    static func read(_ reader: inout FieldReader) -> SensorSelection? {
        let asset = reader.fields["asset"] == nil ? nil : reader.integer("asset")
        guard let written = reader.fields["sensors"] else {
            if reader.fields["asset"] == nil { reader.fault("sensors", FieldTexts.missing) }
            return asset.map { .asset(AssetID($0)) }
        }
        guard reader.fields["asset"] == nil else {
            reader.fault("asset", "Name either sensors or an asset.")
            return nil
        }
        guard case .array(let elements) = written else {
            reader.fault("sensors", "Not a valid list.")
            return nil
        }
        guard elements.count <= countMax else {
            reader.fault("sensors", "Longer than maximum length \(countMax).")
            return nil
        }
        var sensors: [SensorID] = []
        var seen: Set<Int64> = []
        for (index, element) in elements.enumerated() {
            guard case .integer(let id) = element else {
                reader.fault("sensors", index: index, "Not a valid integer.")
                return nil
            }
            if seen.insert(id).inserted { sensors.append(SensorID(id)) }
        }
        return .sensors(sensors)
    }
}

/// A question of `POST /api/penstock/v1/last`: which sensors.
package struct LastValueQuestion: Sendable, Equatable {
    package let selection: SensorSelection

    /// - Throws: `.badRequest`, or `.unprocessable` with every fault of every field.
    package init(body: RequestBody) throws(RequestRefusal) {
        var reader = FieldReader(location: "json")
        reader.fields = try body.questionFields()
        let selection = SensorSelection.read(&reader)
        reader.refuseUnknown(besides: ["sensors", "asset"])
        guard reader.errors.isEmpty, let selection else { throw .unprocessable(reader.errors) }
        self.selection = selection
    }
}

extension RequestBody {
    /// The members of a JSON body, by name.
    ///
    /// - Throws: `.badRequest` for what is not JSON.
    func questionFields() throws(RequestRefusal) -> [String: JSONValue] {
        guard let members = try members(location: "json") else { throw .badRequest }
        var fields: [String: JSONValue] = [:]
        for name in members.names { fields[name] = members[name] }
        return fields
    }
}
