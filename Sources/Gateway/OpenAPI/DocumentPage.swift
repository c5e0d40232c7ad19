internal import HTTPTypes

/// The API's document as its page shows it. The names are those of the template.
struct DocumentPage {
    struct Group {
        let name: String
        let anchor: String
        var operations: [Operation] = []
    }

    struct Operation {
        let id: String
        let method: String
        /// Of the style sheet.
        let kind: String
        let path: String
        let summary: String
        let details: String?
        let who: String
        let isDeprecated: Bool
        let parameters: [Field]
        let body: Body?
        let responses: [Response]
    }

    /// A parameter, or a member of an object.
    struct Field {
        let name: String
        let place: String?
        let isRequired: Bool
        let type: SchemaText
        let text: String
    }

    struct Body {
        let types: String
        let schema: SchemaText
        let fields: [Field]
        let example: String?
    }

    struct Response {
        let status: Int
        let isGood: Bool
        let text: String
        let types: String
        let schema: SchemaText?
    }

    struct Component {
        let name: String
        let text: String
        let type: SchemaText
        let fields: [Field]
    }

    let summary: String
    let groups: [Group]
    let components: [Component]

    init(_ document: OpenAPIDocument) {
        summary = OpenAPIDocument.summary
        groups = RouteDescription.Tag.allCases.map { tag in
            let entries = document.entries.filter { $0.description.tag == tag }
            return Group(
                name: tag.rawValue,
                anchor: tag.rawValue.lowercased().replacing(" ", with: "-"),
                operations: entries.map(Self.operation)
            )
        }
        components = Components.Name.allCases.map { name in
            let schema = Components.schema(name).json
            return Component(
                name: name.rawValue,
                text: schema.object?["description"]?.string ?? "",
                type: SchemaText(schema),
                fields: Self.fields(schema)
            )
        }
    }

    private static func operation(_ entry: OpenAPIDocument.Entry) -> Operation {
        let description = entry.description
        return Operation(
            id: entry.id,
            method: entry.route.method.rawValue,
            kind: entry.route.method.rawValue.lowercased(),
            path: entry.route.path,
            summary: description.summary,
            details: description.details,
            who: entry.route.access.who,
            isDeprecated: description.isDeprecated,
            parameters: entry.parameters.map { parameter in
                Field(
                    name: parameter.name,
                    place: parameter.place.rawValue,
                    isRequired: parameter.isRequired,
                    type: SchemaText(parameter.schema.json),
                    text: parameter.text
                )
            },
            body: description.body.flatMap(body),
            responses: entry.responses.map { response in
                Response(
                    status: response.status,
                    isGood: response.status < 400,
                    text: response.text,
                    types: response.content.map(\.type).joined(separator: ", "),
                    schema: response.content.first.map { SchemaText($0.schema.json) }
                )
            }
        )
    }

    private static func body(_ body: RouteDescription.Body) -> Body? {
        guard let schema = body.content.first?.schema.json else { return nil }
        return Body(
            types: body.content.map(\.type).joined(separator: ", "),
            schema: SchemaText(schema),
            fields: fields(schema),
            example: body.example.map { $0.string ?? $0.text }
        )
    }

    /// The members of an object; those of named schemas stand with their names.
    private static func fields(_ schema: JSONValue) -> [Field] {
        guard let object = schema.object, let properties = object["properties"]?.object else {
            return []
        }
        var required: [JSONValue] = []
        if case .array(let names)? = object["required"] { required = names }
        return properties.names.compactMap { name in
            properties[name].map { member in
                Field(
                    name: name,
                    place: nil,
                    isRequired: required.contains(.string(name)),
                    type: SchemaText(member),
                    text: member.object?["description"]?.string ?? ""
                )
            }
        }
    }
}

/// A schema in a few words.
struct SchemaText {
    let words: String
    /// The named schema that it refers to, if any.
    let link: String?

    init(_ schema: JSONValue) {
        words = Self.words(schema)
        link = Self.reference(schema)
    }

    private static func words(_ schema: JSONValue) -> String {
        guard let object = schema.object else { return "anything" }
        if let name = reference(object) { return name }
        if let value = object["const"] { return value.text.trimmingBlanks }
        if case .array(let values)? = object["enum"] {
            return values.map { $0.string ?? $0.text }.joined(separator: " | ")
        }
        if case .array(let parts)? = object["anyOf"] {
            return parts.map(words).joined(separator: " or ")
        }
        if case .array(let parts)? = object["allOf"] {
            return parts.map(words).joined(separator: " with ")
        }
        switch object["type"] {
        case .string(let type)?: return words(type, object)
        case .array(let types)?:
            return types.compactMap(\.string).map { words($0, object) }
                .joined(separator: " or ")
        default: return "anything"
        }
    }

    private static func words(_ type: String, _ object: JSONObject) -> String {
        switch type {
        case "array": return "list of \(object["items"].map(words) ?? "anything")"
        case "object":
            if let names = object["properties"]?.object?.names {
                return "{\(names.joined(separator: ", "))}"
            }
            return "object"
        case "string":
            if object["contentMediaType"] != nil { return "JSON in a string" }
            return switch object["format"]?.string {
            case "date-time": "moment"
            case let format?: format
            case nil: "string"
            }
        default: return type
        }
    }

    private static func reference(_ object: JSONObject) -> String? {
        object["$ref"]?.string?.split(separator: "/").last.map(String.init)
    }

    /// The first named schema within.
    private static func reference(_ schema: JSONValue) -> String? {
        guard let object = schema.object else { return nil }
        if let name = reference(object) { return name }
        var parts: [JSONValue] = []
        for keyword in ["anyOf", "allOf"] {
            if case .array(let some)? = object[keyword] { parts += some }
        }
        if let items = object["items"] { parts.append(items) }
        return parts.lazy.compactMap { reference($0) }.first
    }
}
