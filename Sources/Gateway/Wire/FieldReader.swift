import Model

/// Turns the raw values of a request's fields into what they mean, and collects what is wrong with
/// them, in the words of the API.
///
/// A field that is absent or wrong reads as nil; `errors` tells which.
struct FieldReader {
    /// By canonical name. Values of the query string are strings.
    var fields: [String: JSONValue] = [:]
    private(set) var errors: FieldErrors

    init(location: String) {
        errors = FieldErrors(location: location)
    }

    mutating func fault(_ field: String, _ text: String) { errors.add(field, text) }

    /// Notes a fault of an element of a list, or of the field if `index` is nil.
    mutating func fault(_ field: String, index: Int?, _ text: String) {
        if let index { errors.add(field, index: index, text) } else { errors.add(field, text) }
    }

    /// Notes that the request has fields that the endpoint does not know.
    mutating func refuseUnknown(besides known: Set<String>) {
        for name in fields.keys.sorted() where !known.contains(name) {
            errors.add(name, FieldTexts.unknown)
        }
    }

    /// The value of a field that is there and not null.
    private mutating func value(_ field: String, isRequired: Bool) -> JSONValue? {
        // A field written twice has its fault already.
        guard !errors.contains(field) else { return nil }
        switch fields[field] {
        case nil:
            if isRequired { errors.add(field, FieldTexts.missing) }
            return nil
        case .null:
            errors.add(field, FieldTexts.null)
            return nil
        case .some(let value): return value
        }
    }

    /// A text of at most `byteCountMax` bytes of UTF-8.
    mutating func string(
        _ field: String,
        isRequired: Bool = false,
        byteCountMax: Int
    ) -> String? {
        guard let value = value(field, isRequired: isRequired) else { return nil }
        guard let text = value.string else {
            errors.add(field, FieldTexts.notAString)
            return nil
        }
        guard text.utf8.count <= byteCountMax else {
            errors.add(field, "Longer than maximum length \(byteCountMax).")
            return nil
        }
        return text
    }

    /// One of the raw values of an enum.
    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ field: String,
        of type: Choice.Type = Choice.self
    ) -> Choice? {
        guard let value = value(field, isRequired: false) else { return nil }
        guard let text = value.string else {
            errors.add(field, FieldTexts.notAString)
            return nil
        }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            errors.add(field, "Must be one of: \(names).")
            return nil
        }
        return choice
    }

    mutating func moment(_ field: String, isRequired: Bool = false) -> OffsetTimestamp? {
        guard let value = value(field, isRequired: isRequired) else { return nil }
        do throws(TimestampParseError) {
            guard let text = value.string else { throw .invalid }
            return try OffsetTimestamp(iso8601: text)
        } catch {
            switch error {
            case .naive: errors.add(field, "Not a valid aware datetime.")
            case .invalid: errors.add(field, "Not a valid datetime.")
            }
            return nil
        }
    }

    /// A length of time in whole minutes; unit µs, within ±`durationMax`.
    mutating func duration(_ field: String, isRequired: Bool = false) -> Int64? {
        guard let value = value(field, isRequired: isRequired) else { return nil }
        guard let text = value.string else {
            errors.add(field, FieldTexts.notAString)
            return nil
        }
        let duration: ISODuration
        do throws(DurationParseError) {
            duration = try ISODuration(parsing: text)
        } catch {
            let reason =
                switch error {
                case .malformed(let reason): Self.clipped(reason)
                case .overflow: Self.tooLong
                }
            errors.add(field, "Cannot parse \(Self.clipped(text)) as ISO8601 duration: \(reason)")
            return nil
        }
        guard duration.microseconds % Microseconds.minute == 0 else {
            errors.add(field, "FlexMeasures only support multiples of 1 minute.")
            return nil
        }
        guard !duration.isNominal else {
            errors.add(
                field,
                "Only durations of a fixed length (no years or months) are supported, got: "
                    + "\(Self.clipped(text))."
            )
            return nil
        }
        guard duration.microseconds.magnitude <= UInt64(Self.durationMax) else {
            errors.add(
                field,
                "Cannot parse \(Self.clipped(text)) as ISO8601 duration: \(Self.tooLong)"
            )
            return nil
        }
        return duration.microseconds
    }

    /// An id; of a JSON body also as a string, of a query string only so.
    mutating func integer(_ field: String) -> Int64? {
        guard let value = value(field, isRequired: false) else { return nil }
        switch value {
        case .integer(let integer): return integer
        case .string(let text):
            if let integer = Int64(text.trimmingASCIISpace()) { return integer }
        default: break
        }
        errors.add(field, "Not a valid integer.")
        return nil
    }

    /// The text of a field as it was written, for messages that repeat it.
    func text(_ field: String) -> String { Self.clipped(fields[field]?.string ?? "") }

    /// Answers repeat at most this much of what a client sent.
    private static func clipped(_ text: String) -> String {
        text.unicodeScalars.count <= 200
            ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(200))) + "…"
    }

    private static let tooLong = "It is longer than 9999 years"

    /// From the earliest to the latest moment: a moment plus a duration then fits 64 bits.
    private static let durationMax =
        Timestamp.latest.microseconds - Timestamp.earliest.microseconds
}

extension String {
    /// Without the white space of ASCII at both ends, as Python's `int` and `float` read a text.
    func trimmingASCIISpace() -> Substring {
        func isSpace(_ character: Character) -> Bool {
            character.isASCII && character.isWhitespace
        }
        var text = self[...]
        while let first = text.first, isSpace(first) { text.removeFirst() }
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
