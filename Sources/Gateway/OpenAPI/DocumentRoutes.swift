internal import HTTPTypes
internal import Synchronization

/// `GET /openapi.json`: the API's document in OpenAPI 3.1, also where FlexMeasures has it; and the
/// same as a page for people.
struct DocumentRoutes: Sendable {
    /// All others of the API.
    let routes: [Route]

    /// These and the document's.
    var all: [Route] {
        // The document describes its own routes as well: what they answer comes after it.
        let described = routes + Self.own { _ in throw Refusal.unknownPath }
        let document = APIDocument(OpenAPIDocument(routes: described))
        return routes + Self.own { _ in document.json } + Self.pages { _ in document.page }
    }

    private static func own(_ answer: @escaping Route.Handler) -> [Route] {
        [
            Route(.get, "/openapi.json", .everyone, answer),
            Route(.get, "/ui/static/openapi-specs.json", .everyone, answer),
        ]
    }

    private static let pagePath = "/api/v3_0/docs/"

    private static func pages(_ answer: @escaping Route.Handler) -> [Route] {
        [
            Route(.get, "/api/v3_0/docs/", .everyone, answer),
            Route(.get, "/api/v3_0/docs", .everyone) { _ in .redirect(to: pagePath) },
            Route(.get, "/docs", .everyone) { _ in .redirect(to: pagePath) },
        ]
    }
}

/// The document's answers, made when somebody first asks.
private final class APIDocument: Sendable {
    private let document: OpenAPIDocument
    private let made = Mutex<(json: Answer?, page: Answer?)>((nil, nil))

    init(_ document: OpenAPIDocument) { self.document = document }

    var json: Answer {
        made.withLock { made in
            if let answer = made.json { return answer }
            let answer = Answer(200, document.bytes).with(.cacheControl, "public, max-age=300")
            made.json = answer
            return answer
        }
    }

    var page: Answer {
        made.withLock { made in
            if let answer = made.page { return answer }
            let answer = Page(
                template: "docs",
                title: "The API",
                content: DocumentPage(document)
            ).answer()
            made.page = answer
            return answer
        }
    }
}
