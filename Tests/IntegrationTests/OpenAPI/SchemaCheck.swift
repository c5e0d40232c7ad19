/// Compares JSON with a schema of the API's document: the keywords that the document uses, and no
/// others.
///
/// It is stricter than JSON Schema: members that no schema names are mistakes, unless the schema
/// names none at all. The document stays open for clients, but an answer has nothing that is not
/// written down.
struct SchemaCheck {
    /// The whole document, for its named schemas.
    let document: JSONTree

    static let keywords: Set<String> = [
        "type", "const", "enum", "anyOf", "allOf", "$ref", "properties", "required", "items",
        "additionalProperties", "minimum", "maximum", "minItems", "maxItems", "maxLength", "format",
        "contentMediaType", "description",
    ]

    /// What is wrong, a line each.
    func problems(_ value: JSONTree, _ schema: JSONTree, at place: String = "$") -> [String] {
        let (found, known) = look(value, schema, place)
        var problems = found
        if case .object(let members) = value, let known {
            for name in members.keys.sorted() where !known.contains(name) {
                problems.append("\(place).\(name) is not in the document")
            }
        }
        return problems
    }

    /// The names of members that the schema knows; nil if it takes any.
    private func look(
        _ value: JSONTree,
        _ schema: JSONTree,
        _ place: String
    ) -> (problems: [String], known: Set<String>?) {
        if let reference = schema["$ref"]?.string {
            guard let named = resolve(reference) else { return (["\(reference) is nowhere"], nil) }
            return look(value, named, place)
        }
        if let parts = schema["allOf"]?.array {
            let all = parts.map { look(value, $0, place) }
            let known: Set<String>? =
                all.contains { $0.known == nil } ? nil : Set(all.flatMap { $0.known ?? [] })
            return (all.flatMap(\.problems), known)
        }
        if let parts = schema["anyOf"]?.array {
            let all = parts.map { problems(value, $0, at: place) }
            if all.contains([]) { return ([], nil) }
            return (all.min { $0.count < $1.count } ?? [], nil)
        }
        if let constant = schema["const"] {
            return (constant == value ? [] : ["\(place) is \(value), not \(constant)"], nil)
        }
        if let choices = schema["enum"]?.array {
            return (choices.contains(value) ? [] : ["\(place) is \(value)"], nil)
        }
        guard isOfType(value, schema["type"]) else {
            return (["\(place) is no \(schema["type"] ?? .null): \(value)"], nil)
        }
        switch value {
        case .array(let elements):
            guard let items = schema["items"] else { return ([], nil) }
            return (
                elements.enumerated().flatMap { problems($1, items, at: "\(place)[\($0)]") }, nil
            )
        case .object(let members): return object(members, schema, place)
        case .number(let number):
            if case .number(let minimum)? = schema["minimum"], number < minimum {
                return (["\(place) is \(number), less than \(minimum)"], nil)
            }
            return ([], nil)
        default: return ([], nil)
        }
    }

    private func object(
        _ members: [String: JSONTree],
        _ schema: JSONTree,
        _ place: String
    ) -> (problems: [String], known: Set<String>?) {
        var found: [String] = []
        for name in schema["required"]?.array.compactMap(\.string) ?? []
        where members[name] == nil {
            found.append("\(place).\(name) is missing")
        }
        let properties = schema["properties"]?.object ?? [:]
        for (name, member) in members {
            if let property = properties[name] {
                found += problems(member, property, at: "\(place).\(name)")
            } else if let more = schema["additionalProperties"], more != .bool(false) {
                found += problems(member, more, at: "\(place).\(name)")
            }
        }
        var isOpen = schema["properties"] == nil
        if case .object? = schema["additionalProperties"] { isOpen = true }
        return (found, isOpen ? nil : Set(properties.keys))
    }

    private func isOfType(_ value: JSONTree, _ type: JSONTree?) -> Bool {
        guard let type else { return true }
        let names = type.string.map { [$0] } ?? type.array.compactMap(\.string)
        return names.contains { name in
            switch (name, value) {
            case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string),
                ("array", .array), ("object", .object):
                true
            case ("integer", .number(let number)): number == number.rounded()
            default: false
            }
        }
    }

    func resolve(_ reference: String) -> JSONTree? {
        let prefix = "#/components/schemas/"
        guard reference.hasPrefix(prefix) else { return nil }
        return document["components"]?["schemas"]?[String(reference.dropFirst(prefix.count))]
    }
}
