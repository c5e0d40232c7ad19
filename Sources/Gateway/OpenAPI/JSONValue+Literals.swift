extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByFloatLiteral
{
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// A later member of the same name replaces an earlier one.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (name, value) in elements { object[name] = value }
        self = .object(object)
    }

    package init(floatLiteral value: Double) { self = .number(value) }
}
