import Foundation
import TestSupport
import Testing

/// The API's document as a server gives it: its structure, its page, and that wrong answers would be
/// seen. What it says of answers is checked with every answer that any test gets
/// (`DocumentedAnswers`).
@Suite(.serialized) struct APIDocumentTests {
    @Test func `the document is whole`() async throws {
        try await withServedStore { store in
            let port = try store.serve()
            let client = APIClient(port)
            let answer = try client.send("GET", "/openapi.json")
            #expect(answer.status == 200 && answer.contentType == "application/json")
            let other = try client.send("GET", "/ui/static/openapi-specs.json")
            #expect(other.body == answer.body)
            let document = try JSONDecoder().decode(JSONTree.self, from: Data(answer.body))
            #expect(document["openapi"] == .string("3.1.0"))
            #expect(Self.problems(document) == [])
            #expect((document["paths"]?.object.count ?? 0) > 40)
            try Self.checkPage(client, document)
        }
    }

    private static func checkPage(_ client: APIClient, _ document: JSONTree) throws {
        for path in ["/docs", "/api/v3_0/docs"] {
            let answer = try client.send("GET", path)
            #expect(answer.status == 303)
            #expect(answer.head.contains("\r\nLocation: /api/v3_0/docs/\r\n"))
        }
        let page = try client.send("GET", "/api/v3_0/docs/")
        #expect(page.status == 200 && page.contentType == "text/html")
        #expect(page.head.contains("Content-Security-Policy: default-src 'none'"))
        #expect(!page.text.contains("<script") && !page.text.contains("http://"))
        for (path, item) in document["paths"]?.object ?? [:] {
            #expect(page.text.contains("<code>\(path)</code>"))
            for (_, operation) in item.object {
                let id = operation["operationId"]?.string ?? "?"
                #expect(page.text.contains("<details id=\"\(id)\">"), "\(id)")
            }
        }
        // Every link on the page leads somewhere.
        for link in page.text.matches(of: #/href="#([^"]+)"/#) where link.1 != "main" {
            #expect(page.text.contains("id=\"\(link.1)\""), "\(link.1)")
        }
    }

    /// What is wrong with the structure of a document, by OpenAPI 3.1 as far as ours uses it.
    private static func problems(_ document: JSONTree) -> [String] {
        var problems: [String] = []
        var ids: Set<String> = []
        let tags = Set(document["tags"]?.array.compactMap { $0["name"]?.string } ?? [])
        let schemes = Set(document["components"]?["securitySchemes"]?.object.keys ?? [:].keys)
        for (path, item) in document["paths"]?.object ?? [:] {
            for (method, operation) in item.object {
                func note(_ text: String) { problems.append("\(method) \(path): \(text)") }
                let id = operation["operationId"]?.string ?? ""
                if id.isEmpty || !ids.insert(id).inserted { note("operationId \(id)") }
                if Set(operation["tags"]?.array.compactMap(\.string) ?? []).isDisjoint(with: tags) {
                    note("no tag")
                }
                let parameters = operation["parameters"]?.array ?? []
                let names = parameters.compactMap { parameter in
                    parameter["in"] == .string("path") ? parameter["name"]?.string : nil
                }
                let variables = path.matches(of: #/\{(\w+)\}/#).map { String($0.1) }
                if Set(names) != Set(variables) { note("path parameters \(names)") }
                let pairs = parameters.map { "\($0["in"] ?? .null) \($0["name"] ?? .null)" }
                if Set(pairs).count != pairs.count { note("a parameter twice") }
                let isRequired = parameters.allSatisfy {
                    $0["in"] != .string("path") || $0["required"] == .bool(true)
                }
                if !isRequired { note("a path parameter that is not required") }
                let responses = operation["responses"]?.object ?? [:]
                if responses.isEmpty { note("no answers") }
                for (status, response) in responses where response["description"] == nil {
                    note("\(status) without a description")
                }
                for alternative in operation["security"]?.array ?? [] {
                    let unknown = Set(alternative.object.keys).subtracting(schemes)
                    if !unknown.isEmpty { note("security \(unknown)") }
                }
            }
        }
        let check = SchemaCheck(document: document)
        for schema in schemas(document) {
            let unknown = Set(schema.object.keys).subtracting(SchemaCheck.keywords)
            if !unknown.isEmpty { problems.append("keywords \(unknown)") }
            if let reference = schema["$ref"]?.string, check.resolve(reference) == nil {
                problems.append("\(reference) is nowhere")
            }
            let required = schema["required"]?.array.compactMap(\.string) ?? []
            let missing = Set(required).subtracting(schema["properties"]?.object.keys ?? [:].keys)
            if !missing.isEmpty { problems.append("required but no properties: \(missing)") }
        }
        return problems.sorted()
    }

    /// All schemas, with those within them.
    private static func schemas(_ tree: JSONTree) -> [JSONTree] {
        func within(_ schema: JSONTree) -> [JSONTree] {
            var parts = (schema["properties"]?.object.values).map(Array.init) ?? []
            parts += ["anyOf", "allOf"].flatMap { schema[$0]?.array ?? [] }
            if let items = schema["items"] { parts.append(items) }
            if let more = schema["additionalProperties"], more["type"] != nil { parts.append(more) }
            return [schema] + parts.flatMap(within)
        }
        func find(_ tree: JSONTree, _ name: String) -> [JSONTree] {
            if name == "schema" { return within(tree) }
            let members = tree.object.flatMap { find($0.value, $0.key) }
            return members + tree.array.flatMap { find($0, "") }
        }
        let named = tree["components"]?["schemas"]?.object.values.flatMap(within) ?? []
        return named + find(tree["paths"] ?? .null, "")
    }

    /// Goal: the checks above, and that of all answers, can fail.
    @Test func `mistakes are seen`() throws {
        let text = """
            {"openapi": "3.1.0", "tags": [{"name": "T"}], "paths": {"/a/{id}": {"get": {
            "operationId": "a", "tags": ["T"], "parameters": [],
            "responses": {"200": {"description": "x", "content": {"application/json": {"schema":
            {"type": "object", "properties": {"n": {"type": ["integer", "null"]}},
            "required": ["n", "m"]}}}}, "204": {}}}}}}
            """
        let document = try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8))
        #expect(
            Self.problems(document) == [
                "get /a/{id}: 204 without a description", "get /a/{id}: path parameters []",
                "required but no properties: [\"m\"]",
            ]
        )
        let documented = DocumentedAnswers(document: document)
        func problem(
            _ status: Int,
            _ body: String,
            _ type: String = "application/json",
            method: String = "GET"
        ) -> String? {
            let head = "HTTP/1.1 \(status) X\r\nContent-Type: \(type); charset=x\r\n\r\n"
            let answer = BlockingHTTPClient.Answer(
                status: status,
                head: head,
                body: Array(body.utf8)
            )
            return documented.problem(method, "/a/7?x=1", answer)
        }
        #expect(problem(200, #"{"n": 1, "m": "x"}"#)?.contains("$.m is not in") == true)
        #expect(problem(200, #"{"n": true, "m": "x"}"#)?.contains("$.n is no") == true)
        #expect(problem(200, #"{"n": null}"#)?.contains("$.m is missing") == true)
        #expect(problem(200, "nothing")?.contains("no JSON") == true)
        #expect(problem(200, "{}", "text/plain")?.contains("text/plain") == true)
        #expect(problem(204, "{}")?.contains("with a body") == true)
        #expect(problem(204, "") == nil)
        #expect(problem(404, "{}")?.contains("status 404") == true)
        #expect(problem(200, "{}", method: "POST")?.contains("no such operation") == true)
        #expect(problem(405, "{}", method: "POST") == nil)
        #expect(documented.problem("GET", "/b", .init(status: 404, head: "", body: [])) == nil)
    }
}
