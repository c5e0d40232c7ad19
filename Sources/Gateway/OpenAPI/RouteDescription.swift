internal import HTTPTypes

/// What the API's document says of a route beside what the route says itself: what it is for, what
/// it takes, and how it answers. Descriptions stand in `OpenAPI/Operations`, a file for each group of
/// routes; a test fails for a route that has none.
struct RouteDescription: Sendable {
    /// Groups of routes, in the document's order.
    enum Tag: String, Sendable, CaseIterable {
        case data = "Sensor data"
        case sensors = "Sensors"
        case assets = "Assets"
        case accounts = "Accounts"
        case users = "Users"
        case annotations = "Annotations"
        case history = "History"
        case charts = "Charts"
        case queries = "Many sensors"
        case tokens = "Tokens"
        case lines = "Line protocol"
        case service = "Service"
    }

    /// Something that stands in the path, the query part or the header.
    struct Parameter: Sendable {
        enum Place: String, Sendable { case path, query, header }

        let name: String
        let place: Place
        let text: String
        let schema: Schema
        var isRequired = false
        var example: JSONValue?
    }

    /// A body of a request: schemas by media type.
    struct Body: Sendable {
        var content: [(type: String, schema: Schema)]
        var isRequired = true
        var example: JSONValue?
    }

    struct Response: Sendable {
        let status: Int
        let text: String
        /// Schemas by media type; empty for an answer without a body.
        var content: [(type: String, schema: Schema)] = []
        var headers: [(name: String, text: String)] = []
    }

    let method: HTTPRequest.Method
    /// As the route's.
    let path: String
    let tag: Tag
    /// A line.
    let summary: String
    private(set) var details: String?
    private(set) var parameters: [Parameter] = []
    private(set) var body: Body?
    private(set) var responses: [Response] = []
    private(set) var isDeprecated = false

    init(_ method: HTTPRequest.Method, _ path: String, _ tag: Tag, _ summary: String) {
        (self.method, self.path, self.tag, self.summary) = (method, path, tag, summary)
    }

    /// What the route is found by.
    var key: String { "\(method.rawValue) \(path)" }

    // MARK: building

    /// More than the summary says, as plain text.
    func more(_ text: String) -> RouteDescription {
        var copy = self
        copy.details = text
        return copy
    }

    var deprecated: RouteDescription {
        var copy = self
        copy.isDeprecated = true
        return copy
    }

    func takes(_ parameters: Parameter...) -> RouteDescription { takes(parameters) }

    func takes(_ parameters: [Parameter]) -> RouteDescription {
        var copy = self
        copy.parameters += parameters
        return copy
    }

    /// A JSON body.
    func takes(
        body schema: Schema,
        isRequired: Bool = true,
        example: JSONValue? = nil
    ) -> RouteDescription {
        takes(
            Body(
                content: [("application/json", schema)],
                isRequired: isRequired,
                example: example
            )
        )
    }

    func takes(_ body: Body) -> RouteDescription {
        var copy = self
        copy.body = body
        return copy
    }

    /// An answer in JSON, or without a body if there is no schema.
    func answers(_ status: Int, _ text: String, _ schema: Schema? = nil) -> RouteDescription {
        let content = schema.map { [(type: "application/json", schema: $0)] } ?? []
        return answers(Response(status: status, text: text, content: content))
    }

    func answers(_ response: Response) -> RouteDescription {
        var copy = self
        copy.responses.append(response)
        return copy
    }
}

extension RouteDescription.Parameter {
    static func query(
        _ name: String,
        _ schema: Schema,
        _ text: String,
        isRequired: Bool = false,
        example: JSONValue? = nil
    ) -> Self {
        Self(
            name: name,
            place: .query,
            text: text,
            schema: schema,
            isRequired: isRequired,
            example: example
        )
    }

    static func path(_ name: String, _ schema: Schema, _ text: String) -> Self {
        Self(name: name, place: .path, text: text, schema: schema, isRequired: true, example: 1)
    }

    // MARK: of lists

    static let filter = query(
        "filter",
        .string,
        "Words to find in names, or the begin of a number; quotes keep words together."
    )
    static let page = query("page", .id, "Which page, from 1. Without it all, as a bare list.")
    static let perPage = query("per_page", .id, "Rows of a page; 10 by default.")
    static let sortDir = query("sort_dir", .choice(["asc", "desc"]), "In which direction.")

    static func sortBy(_ keys: String...) -> Self {
        query("sort_by", .choice(keys), "By what the rows are sorted.")
    }
}
