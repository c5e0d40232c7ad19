/// What a JSON value may be, as the API's document says it: a schema of JSON Schema 2020-12, which
/// OpenAPI 3.1 uses.
struct Schema: Sendable {
    private(set) var members: JSONObject
    /// Whether the object that it is a member of may do without it.
    private(set) var isOptional = false

    init(_ members: JSONObject) { self.members = members }

    var json: JSONValue { .object(members) }

    static let any = Schema([:])
    static let string = Schema(["type": "string"])
    static let integer = Schema(["type": "integer"])
    static let number = Schema(["type": "number"])
    static let boolean = Schema(["type": "boolean"])
    static let null = Schema(["type": "null"])
    /// The number of an object.
    static let id = Schema(["type": "integer", "minimum": 1])
    /// ISO 8601 with an offset.
    static let moment = Schema(["type": "string", "format": "date-time"])
    /// ISO 8601, such as `PT15M`.
    static let duration = Schema(["type": "string", "format": "duration"])
    /// JSON within a string.
    static let jsonText = Schema(["type": "string", "contentMediaType": "application/json"])
    /// Any object.
    static let map = Schema(["type": "object"])

    /// Always this value.
    static func just(_ value: JSONValue) -> Schema { Schema(["const": value]) }

    static func choice(_ values: [String]) -> Schema {
        Schema(["type": "string", "enum": .array(values.map { .string($0) })])
    }

    static func list(of element: Schema) -> Schema {
        Schema(["type": "array", "items": element.json])
    }

    static func map(of value: Schema) -> Schema {
        Schema(["type": "object", "additionalProperties": value.json])
    }

    static func anyOf(_ schemas: Schema...) -> Schema {
        Schema(["anyOf": .array(schemas.map(\.json))])
    }

    /// All of one and of the other.
    static func allOf(_ schemas: Schema...) -> Schema {
        Schema(["allOf": .array(schemas.map(\.json))])
    }

    /// A schema that the document has a name for.
    static func named(_ component: Components.Name) -> Schema {
        Schema(["$ref": .string("#/components/schemas/\(component.rawValue)")])
    }

    /// An object; members that are not `optional` are always there.
    static func object(_ members: KeyValuePairs<String, Schema>) -> Schema {
        var properties = JSONObject()
        for (name, schema) in members { properties[name] = schema.json }
        let required = members.filter { !$0.value.isOptional }.map { JSONValue.string($0.key) }
        var schema: JSONObject = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required) }
        return Schema(schema)
    }

    /// May be missing.
    var optional: Schema {
        var copy = self
        copy.isOptional = true
        return copy
    }

    /// May be null.
    var nullable: Schema {
        var copy = self
        if members["enum"] == nil, let type = members["type"]?.string {
            copy.members["type"] = .array([.string(type), "null"])
        } else {
            copy.members = ["anyOf": .array([json, Self.null.json])]
        }
        return copy
    }

    /// Nothing but the members that are named.
    var closed: Schema { with("additionalProperties", false) }

    func says(_ text: String) -> Schema { with("description", .string(text)) }

    func with(_ keyword: String, _ value: JSONValue) -> Schema {
        var copy = self
        copy.members[keyword] = value
        return copy
    }
}
