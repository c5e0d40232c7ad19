internal import Model

/// The members of a JSON body about structure, and what is wrong with them, in the API's words.
///
/// Each reader returns nil for a field that is absent, null or wrong; `has` and `isNull` tell the
/// first two apart.
struct StructureFields {
    static let location = "json"

    let members: JSONObject
    private(set) var errors = FieldErrors(location: Self.location)

    init(_ members: JSONObject) { self.members = members }

    var isEmpty: Bool { members.count == 0 }

    func has(_ field: String) -> Bool { members[field] != nil }
    func isNull(_ field: String) -> Bool { members[field] == .null }

    mutating func fault(_ field: String, _ text: String) { errors.add(field, text) }

    /// Notes members that the endpoint does not know: nothing is set that is not named here.
    mutating func refuseUnknown(besides known: Set<String>) {
        for name in members.names.sorted() where !known.contains(name) {
            errors.add(String(name.prefix(200)), FieldTexts.unknown)
        }
    }

    /// - Throws: 422 if anything was wrong.
    func check() throws { try RequestRefusal.check(errors) }

    private mutating func value(
        _ field: String,
        _ isRequired: Bool,
        _ isNullable: Bool
    ) -> JSONValue? {
        switch members[field] {
        case nil:
            if isRequired { errors.add(field, FieldTexts.missing) }
            return nil
        case .null:
            if !isNullable { errors.add(field, FieldTexts.null) }
            return nil
        case .some(let value): return value
        }
    }

    mutating func text(
        _ field: String,
        isRequired: Bool = false,
        isNullable: Bool = false,
        lengthMax: Int? = nil
    ) -> String? {
        guard let value = value(field, isRequired, isNullable) else { return nil }
        guard let text = value.string, !text.utf8.contains(0) else {
            errors.add(field, FieldTexts.notAString)
            return nil
        }
        if let lengthMax, text.unicodeScalars.count > lengthMax {
            errors.add(field, "Longer than maximum length \(lengthMax).")
            return nil
        }
        return text
    }

    mutating func integer(
        _ field: String,
        isRequired: Bool = false,
        isNullable: Bool = false
    ) -> Int64? {
        guard let value = value(field, isRequired, isNullable) else { return nil }
        guard let integer = Self.integer(value) else {
            errors.add(field, "Not a valid integer.")
            return nil
        }
        return integer
    }

    private static func integer(_ value: JSONValue) -> Int64? {
        switch value {
        case .integer(let integer): integer
        case .string(let text): Int64(text.trimmingASCIISpace())
        case .number(let number): Int64(exactly: number)
        default: nil
        }
    }

    mutating func integers(_ field: String) -> [Int64]? {
        guard let value = value(field, false, false) else { return nil }
        guard case .array(let elements) = value else {
            errors.add(field, "Not a valid list.")
            return nil
        }
        var found: [Int64] = []
        for (index, element) in elements.enumerated() {
            if let integer = Self.integer(element) {
                found.append(integer)
            } else {
                errors.add(field, index: index, "Not a valid integer.")
            }
        }
        return found
    }

    mutating func number(_ field: String) -> Double? {
        guard let value = value(field, false, true) else { return nil }
        let number: Double? =
            switch value {
            case .integer(let integer): Double(integer)
            case .number(let number): number
            case .string(let text): Double(text.trimmingASCIISpace())
            default: nil
            }
        guard let number else {
            errors.add(field, "Not a valid number.")
            return nil
        }
        guard number.isFinite else {
            errors.add(field, Self.notFinite)
            return nil
        }
        return number
    }

    mutating func bool(_ field: String) -> Bool? {
        guard let value = value(field, false, false) else { return nil }
        let flag: Bool? =
            switch value {
            case .bool(let flag): flag
            case .integer(let integer) where integer == 0 || integer == 1: integer == 1
            case .string(let text): StructureQuery.flag(text)
            default: nil
            }
        if flag == nil { errors.add(field, "Not a valid boolean.") }
        return flag
    }

    mutating func moment(_ field: String, isRequired: Bool = false) -> Timestamp? {
        guard let value = value(field, isRequired, false) else { return nil }
        do throws(TimestampParseError) {
            guard let text = value.string else { throw .invalid }
            return try OffsetTimestamp(iso8601: text).timestamp
        } catch {
            switch error {
            case .naive: errors.add(field, "Not a valid aware datetime.")
            case .invalid: errors.add(field, "Not a valid datetime.")
            }
            return nil
        }
    }

    /// A column of JSON, given as JSON or as a text that holds it. The text of it is returned.
    mutating func json(_ field: String) -> JSONValue? {
        guard let value = value(field, false, false) else { return nil }
        let json: JSONValue
        if let text = value.string {
            do throws(JSONError) {
                json = try JSONValue(parsing: Array(text.utf8))
            } catch {
                errors.add(field, "Not a valid JSON string.")
                return nil
            }
        } else {
            json = value
        }
        guard json.isFinite else {
            errors.add(field, Self.notFinite)
            return nil
        }
        return json
    }

    private static let notFinite =
        "Special numeric values (nan or infinity) are not permitted."

    /// An object of JSON, as `json`; its text.
    mutating func object(_ field: String) -> String? {
        guard let value = json(field) else { return nil }
        guard case .object = value else {
            errors.add(field, "Not a JSON object.")
            return nil
        }
        return value.text
    }
}

extension JSONValue {
    /// As text.
    var text: String { String(decoding: JSONWriter.document(self), as: UTF8.self) }

    /// Whether all numbers in it are numbers: `1e400` is none.
    var isFinite: Bool {
        switch self {
        case .number(let number): number.isFinite
        case .array(let elements): elements.allSatisfy(\.isFinite)
        case .object(let object): object.names.allSatisfy { object[$0]?.isFinite ?? true }
        case .null, .bool, .integer, .string: true
        }
    }
}
