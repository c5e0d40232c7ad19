import Model

/// One parameter of a query string, percent-decoded.
package typealias QueryParameter = (name: String, value: String)

extension SensorDataMessage {
    /// Reads and checks a message.
    ///
    /// Fields may stand in the query string; the body goes before it. The fields `id` and `sensor`
    /// are ignored, because the path names the sensor. A body that is not JSON counts as empty.
    ///
    /// - Throws: `.badRequest` for a body that is not text or nested too deeply; otherwise
    ///   `.unprocessable` with every fault of every field. That `values` is missing is said only
    ///   when nothing else is wrong, as the API does.
    /// - Cost: one pass over the body; one allocation for the values.
    package init(body: RequestBody, query: [QueryParameter] = []) throws(RequestRefusal) {
        var draft = Draft(query: query)
        if body.isJSON, !body.bytes.isEmpty { try draft.read(body.bytes.span) }
        self = try draft.message()
    }

    /// What has been read so far.
    private struct Draft {
        var reader = FieldReader(location: SensorDataMessage.location)
        var column: ValueColumn?

        static let ignored: Set<String> = ["id", "sensor"]
        static let known: Set<String> = [
            "start", "duration", "unit", "prior", "horizon", "type", "values",
        ]

        init(query: [QueryParameter]) {
            for (name, value) in query where reader.fields[name] == nil {
                reader.fields[name] = .string(value)
            }
            if let text = reader.fields["values"]?.string { column = ValueColumn(queryText: text) }
        }

        /// Reads the body over what the query says.
        mutating func read(_ bytes: Span<UInt8>) throws(RequestRefusal) {
            let original = self
            var scanner = JSONScanner()
            var names: Set<String> = []
            var isObject = true
            do throws(JSONError) {
                try scanner.start(bytes)
                isObject = scanner.peek(bytes) == UInt8(ascii: "{")
                self = try scanner.guardingEncoding(of: bytes) { (scanner) throws(JSONError) in
                    var draft = original
                    guard isObject else {
                        try scanner.skipValue(bytes, depth: 0)
                        try scanner.end(bytes)
                        return draft
                    }
                    try scanner.members(bytes) { (scanner, name) throws(JSONError) in
                        guard names.insert(name).inserted else {
                            draft.reader.fault(name, FieldTexts.duplicate)
                            try scanner.skipValue(bytes, depth: 1)
                            return
                        }
                        try draft.readMember(name, bytes, &scanner)
                    }
                    try scanner.end(bytes)
                    return draft
                }
            } catch {
                switch error {
                case .malformed: return
                case .duplicateName(let name): reader.fault(name, FieldTexts.duplicate)
                case .invalidEncoding, .tooDeep, .specialNumber: throw .badRequest
                }
            }
            if !isObject {
                throw .unprocessable(
                    FieldErrors(
                        location: SensorDataMessage.location,
                        field: "_schema",
                        FieldTexts.notAnObject
                    )
                )
            }
        }

        private mutating func readMember(
            _ name: String,
            _ bytes: Span<UInt8>,
            _ scanner: inout JSONScanner
        ) throws(JSONError) {
            if name == "values" {
                column = try ValueColumn(bytes, &scanner)
                reader.fields[name] = .array([])
            } else if Self.known.contains(name) {
                reader.fields[name] = try scanner.value(bytes, depth: 1)
            } else {
                try scanner.skipValue(bytes, depth: 1)
                // More than can be told need not be remembered.
                if !Self.ignored.contains(name), reader.fields.count < FieldErrors.fieldCountMax {
                    reader.fields[name] = .null
                }
            }
        }

        /// Checks the fields and builds the message.
        mutating func message() throws(RequestRefusal) -> SensorDataMessage {
            let start = reader.moment("start", isRequired: true)
            let duration = reader.duration("duration", isRequired: true)
            let unit = reader.string(
                "unit",
                isRequired: true,
                byteCountMax: SensorDataMessage.unitByteCountMax
            )
            let prior = reader.moment("prior")
            let horizon = reader.duration("horizon")
            let kind: Kind? = reader.choice("type")
            reader.refuseUnknown(besides: Self.known.union(Self.ignored))
            let values = checkedValues()
            if let duration { check(duration, from: start) }
            guard reader.errors.isEmpty, let start, let duration, let unit, let values, let column
            else { throw .unprocessable(reader.errors) }
            return SensorDataMessage(
                values: values,
                isSingle: column.isSingle,
                start: start,
                duration: duration,
                unit: unit,
                prior: prior?.timestamp,
                horizon: horizon,
                kind: kind
            )
        }

        private mutating func checkedValues() -> [Double]? {
            guard !reader.errors.contains("values") else { return nil }
            guard let column else {
                if reader.errors.isEmpty {
                    reader.fault("values", FieldTexts.missing)
                }
                return nil
            }
            for fault in column.faults {
                reader.fault("values", index: fault.index, fault.text)
            }
            guard column.faults.isEmpty else { return nil }
            if column.values.isEmpty { reader.fault("values", FieldTexts.tooShort) }
            return column.values
        }

        private mutating func check(_ duration: Int64, from start: OffsetTimestamp?) {
            if duration < 0 {
                let text = reader.text("duration")
                reader.fault(
                    "duration",
                    "Only a duration of zero or more is supported, got: \(text)."
                )
            } else if let start, duration > Timestamp.latest.microseconds - start.microseconds {
                reader.fault("duration", "The described events end after the year 9999.")
            }
        }
    }

    /// No unit is longer: 80 characters, of which few have more than one byte.
    package static let unitByteCountMax = 255
}
