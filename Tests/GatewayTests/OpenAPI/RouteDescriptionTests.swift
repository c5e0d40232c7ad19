import Auth
import Testing

@testable import Gateway

/// Every route of the API is in its document, and nothing else is.
@Suite struct RouteDescriptionTests {
    /// Files and pages, which are not the API's.
    private static let others: Set<String> = [
        "GET /favicon.ico", "GET /static/favicon.svg", "GET /static/penstock.css",
        "GET /docs", "GET /api/v3_0/docs", "GET /api/v3_0/docs/",
    ]

    @Test func `every route has a description, and every description a route`() throws {
        let routes = try RouteScan.gateway().entries.filter {
            ![".pages", ".visitors"].contains($0.access) && !Self.others.contains($0.key)
        }
        #expect(routes.count >= 50)
        let declared = Set(routes.map(\.key))
        let described = RouteDescriptions.all.map(\.key)
        #expect(declared.subtracting(described) == [], "describe them in OpenAPI/Operations")
        #expect(Set(described).subtracting(declared) == [], "there are no such routes")
        #expect(Set(described).count == described.count)
    }

    @Test func `every description says something`() {
        for description in RouteDescriptions.all {
            #expect(!description.summary.isEmpty)
            #expect(!description.summary.hasSuffix("."), "\(description.key): a line, no sentence")
            let statuses = description.responses.map(\.status)
            #expect(
                Set(statuses).count == statuses.count,
                "\(description.key): twice the same status"
            )
        }
    }

    /// Goal: answers that follow from access and body are not forgotten, and not made up.
    @Test func `a route's standard answers`() {
        func statuses(_ access: Route.Access, _ path: String, hasBody: Bool) -> [Int] {
            StandardResponses.of(path, access, hasBody: hasBody).map(\.status).sorted()
        }
        #expect(statuses(.everyone, "/ping", hasBody: false) == [400])
        #expect(statuses(.everyone, "/api/", hasBody: false) == [400, 429])
        #expect(statuses(.everyone, "/api/v3_0/health/ready", hasBody: false) == [400])
        #expect(statuses(.users, "/api/x", hasBody: false) == [400, 401, 403, 429, 503])
        #expect(
            statuses(.on(.asset, .read), "/api/a/{id}", hasBody: false)
                == [400, 401, 403, 404, 422, 429, 503]
        )
        #expect(
            statuses(.on(.sensor, .update), "/api/s/{id}", hasBody: true)
                == [400, 401, 403, 413, 415, 422, 429, 503]
        )
        #expect(
            statuses(.lineClients, "/write", hasBody: true)
                == [400, 401, 403, 413, 415, 429, 503]
        )
    }

    @Test func `schemas in words`() {
        let words = [
            SchemaText(Schema.moment.nullable.json).words, SchemaText(Schema.any.json).words,
            SchemaText(Schema.list(of: .named(.sensor)).json).words,
            SchemaText(Schema.anyOf(.just(422), .choice(["a", "b"])).json).words,
            SchemaText(Components.single(.user).json).words,
        ]
        #expect(
            words == [
                "moment or null", "anything", "list of Sensor", "422 or a | b",
                "User with {status}",
            ]
        )
        #expect(SchemaText(Components.pages(of: .named(.user)).json).link == "User")
    }
}
