/// A small JSON document: settings, filters, one row. Columns of numbers do not pass through here.
package enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}

/// The members of a JSON object, in the order in which they were written.
///
/// Two names are the same if Swift's strings are equal, that is canonically equivalent.
package struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package private(set) var names: [String] = []
    private var values: [String: JSONValue] = [:]

    package init() {}

    /// A later member of the same name replaces an earlier one.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (name, value) in elements { self[name] = value }
    }

    package var count: Int { names.count }

    /// The member's value, or nil if there is none. Setting nil removes the member.
    package subscript(name: String) -> JSONValue? {
        get { values[name] }
        set {
            let old = values.updateValue(newValue ?? .null, forKey: name)
            if newValue == nil {
                values[name] = nil
                if old != nil { names.removeAll { $0 == name } }
            } else if old == nil {
                names.append(name)
            }
        }
    }

    /// Equal if the members are; their order does not count.
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.values == right.values
    }
}

extension JSONValue {
    /// Reads one JSON document of at most `JSONScanner.depthMax` levels.
    ///
    /// - Throws: Any `JSONError`; `.specialNumber` also for numbers beyond the doubles.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        var scanner = JSONScanner()
        self = try scanner.document(bytes.span)
        if scanner.hasSpecialNumber { throw .specialNumber }
    }
}
