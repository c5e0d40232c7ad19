import Model
import TSEngine

extension SensorDataQuery {
    /// Reads and checks a question from the query string, or from a JSON body, which goes before
    /// it.
    ///
    /// Underscores in names are read as hyphens. A body that is not JSON counts as empty.
    ///
    /// - Throws: `.badRequest` for a body that is not text or nested too deeply; otherwise
    ///   `.unprocessable` with every fault of every field.
    package init(query: [QueryParameter], body: RequestBody = .none) throws(RequestRefusal) {
        var reader = FieldReader(location: SensorDataMessage.location)
        var written: [String: JSONValue] = [:]
        for (name, value) in query where written[name] == nil { written[name] = .string(value) }
        if let members = try body.members(location: SensorDataMessage.location) {
            for name in members.names { written[name] = members[name] }
        }
        for (name, value) in written.sorted(by: { $0.key < $1.key }) {
            let canonical = String(name.map { $0 == "_" ? "-" : $0 })
            // The hyphen sorts first, so the canonical spelling wins over the old one.
            if reader.fields[canonical] == nil { reader.fields[canonical] = value }
        }

        let start = reader.moment("start", isRequired: true)
        let duration = reader.calendarDuration("duration", isRequired: true)
        let unit = reader.string(
            "unit",
            isRequired: true,
            byteCountMax: SensorDataMessage.unitByteCountMax
        )
        let resolution = Self.resolution(&reader)
        let horizon = reader.duration("horizon")
        let prior = reader.moment("prior")
        let source = reader.integer("source")
        let account = reader.integer("source-account")
        let sourceType = Self.sourceType(&reader)
        let kind: Kind? = reader.choice("type")
        reader.refuseUnknown(besides: Self.known)
        guard reader.errors.isEmpty, let start, let duration, let unit else {
            throw .unprocessable(reader.errors)
        }
        self.init(
            start: start,
            duration: duration.microseconds,
            durationMonths: duration.months,
            unit: unit,
            resolution: resolution?.microseconds,
            resolutionMonths: resolution?.months ?? 0,
            horizon: horizon,
            prior: prior?.timestamp,
            source: source.map { SourceID($0) },
            sourceAccount: account.map { AccountID($0) },
            sourceType: sourceType,
            kind: kind
        )
    }

    /// `sensor` and `id` are what the path says, so a client may repeat them.
    private static let known: Set<String> = [
        "start", "duration", "unit", "resolution", "horizon", "prior", "source", "source-account",
        "source-type", "type", "sensor", "id",
    ]

    private static func resolution(_ reader: inout FieldReader) -> CalendarStep? {
        guard let resolution = reader.calendarDuration("resolution") else { return nil }
        guard resolution.isPositive else {
            let text = reader.text("resolution")
            reader.fault(
                "resolution",
                "FlexMeasures only supports a positive resolution, got: \(text)."
            )
            return nil
        }
        return resolution
    }

    private static func sourceType(_ reader: inout FieldReader) -> String? {
        guard let type = reader.string("source-type", byteCountMax: 80) else { return nil }
        guard !type.isEmpty else {
            reader.fault("source-type", FieldTexts.tooShort)
            return nil
        }
        return type
    }
}
