internal import HTTPTypes

/// The API's document in OpenAPI 3.1: of each route what it says itself, its path and access, and
/// what its description adds.
struct OpenAPIDocument: Sendable {
    /// One operation: a route with all that is said of it.
    struct Entry: Sendable {
        let route: Route
        let description: RouteDescription
        let parameters: [RouteDescription.Parameter]
        /// By status.
        let responses: [RouteDescription.Response]

        init(_ route: Route, _ description: RouteDescription) {
            (self.route, self.description) = (route, description)
            let described = description.parameters
            let own = Self.pathNames(route.path).filter { name in
                !described.contains { $0.name == name && $0.place == .path }
            }
            parameters =
                own.map { name in
                    RouteDescription.Parameter.path(
                        name,
                        .id,
                        "The number of \(route.access.noun)."
                    )
                } + described
            let known = Set(description.responses.map(\.status))
            let standard = StandardResponses.of(
                route.path,
                route.access,
                hasBody: description.body != nil
            )
            responses =
                (description.responses + standard.filter { !known.contains($0.status) })
                .sorted { $0.status < $1.status }
        }

        private static func pathNames(_ path: String) -> [String] {
            path.split(separator: "/").filter { $0.hasPrefix("{") }
                .map { String($0.dropFirst().dropLast()) }
        }

        /// Such as `get-sensors-id-data`; of no two operations.
        var id: String {
            let parts = route.path.split(whereSeparator: { "/{}.".contains($0) })
            let isMain = route.path.hasPrefix("/api/v3_0/")
            let words = isMain ? parts.dropFirst(2) : parts[...]
            let end = route.path.hasSuffix("/") ? ["index"] : []
            return ([route.method.rawValue.lowercased()] + words.map(String.init) + end)
                .joined(separator: "-")
        }
    }

    let entries: [Entry]

    /// In the order of the descriptions; routes without one, such as pages, are left out.
    init(routes: [Route], descriptions: [RouteDescription] = RouteDescriptions.all) {
        var byKey: [String: Route] = [:]
        for route in routes { byKey["\(route.method.rawValue) \(route.path)"] = route }
        entries = descriptions.compactMap { description in
            byKey[description.key].map { Entry($0, description) }
        }
    }

    static let title = "Penstock"
    static let summary =
        "Beliefs about energy and its neighbours: who may write, what was known when."

    /// The whole, as bytes.
    var bytes: [UInt8] { JSONWriter.document(json) }

    private var json: JSONValue {
        var paths: [(path: String, item: JSONObject)] = []
        for entry in entries {
            let method = entry.route.method.rawValue.lowercased()
            if let index = paths.firstIndex(where: { $0.path == entry.route.path }) {
                paths[index].item[method] = Self.operation(entry)
            } else {
                paths.append((entry.route.path, [method: Self.operation(entry)]))
            }
        }
        var pathItems = JSONObject()
        for (path, item) in paths { pathItems[path] = .object(item) }
        var schemas = JSONObject()
        for name in Components.Name.allCases {
            schemas[name.rawValue] = Components.schema(name).json
        }
        return .object([
            "openapi": "3.1.0",
            "info": [
                "title": .string(Self.title), "summary": .string(Self.summary),
                "description": .string(Self.about), "version": "v3_0",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ], "servers": [["url": "/"]],
            "tags": .array(
                RouteDescription.Tag.allCases.map { ["name": .string($0.rawValue)] }
            ), "paths": .object(pathItems),
            "components": [
                "schemas": .object(schemas), "securitySchemes": SecuritySchemes.json,
            ],
        ])
    }

    private static let about = """
        Speaks the API of FlexMeasures 1.0.1. Log in by POST /api/requestAuthToken and send the token \
        in the header Authorization, as it is or after "Bearer ". Objects of others and objects that \
        there are not are refused alike, with 403. Times have an offset (2026-01-01T00:00:00+01:00), \
        lengths are ISO 8601 (PT15M).

        Before a request reaches an operation it may be refused with 400 (not well-formed HTTP, an \
        unknown Host), 405 (no such method here), 408 (too slow), 414 or 431 (too long a target or \
        header), each with a JSON body of message and status.
        """

    private static func operation(_ entry: Entry) -> JSONValue {
        let description = entry.description
        var operation: JSONObject = [
            "operationId": .string(entry.id),
            "tags": [.string(description.tag.rawValue)],
            "summary": .string(description.summary),
            "description": .string(
                [description.details, "Who: \(entry.route.access.who)."].compactMap { $0 }
                    .joined(separator: "\n\n")
            ),
        ]
        if description.isDeprecated { operation["deprecated"] = true }
        if !entry.parameters.isEmpty {
            operation["parameters"] = .array(entry.parameters.map(parameter))
        }
        if let body = description.body {
            var media = content(body.content)
            if let example = body.example, let type = body.content.first?.type,
                var first = media[type]?.object
            {
                first["example"] = example
                media[type] = .object(first)
            }
            operation["requestBody"] = [
                "content": .object(media), "required": .bool(body.isRequired),
            ]
        }
        var responses = JSONObject()
        for response in entry.responses {
            responses[String(response.status)] = self.response(response)
        }
        operation["responses"] = .object(responses)
        operation["security"] = SecuritySchemes.of(entry.route)
        return .object(operation)
    }

    private static func parameter(_ parameter: RouteDescription.Parameter) -> JSONValue {
        var object: JSONObject = [
            "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
            "description": .string(parameter.text), "schema": parameter.schema.json,
        ]
        if parameter.isRequired { object["required"] = true }
        if let example = parameter.example { object["example"] = example }
        return .object(object)
    }

    private static func response(_ response: RouteDescription.Response) -> JSONValue {
        var object: JSONObject = ["description": .string(response.text)]
        if !response.headers.isEmpty {
            var headers = JSONObject()
            for header in response.headers {
                headers[header.name] = [
                    "description": .string(header.text), "schema": Schema.string.json,
                ]
            }
            object["headers"] = .object(headers)
        }
        if !response.content.isEmpty {
            object["content"] = .object(content(response.content))
        }
        return .object(object)
    }

    private static func content(_ content: [(type: String, schema: Schema)]) -> JSONObject {
        var object = JSONObject()
        for (type, schema) in content { object[type] = ["schema": schema.json] }
        return object
    }
}
