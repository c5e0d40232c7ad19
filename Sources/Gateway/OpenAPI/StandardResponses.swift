internal import Auth

/// The answers that follow from what a route is: from its access, from its path, and from having a
/// body. Descriptions do not repeat them.
enum StandardResponses {
    typealias Response = RouteDescription.Response

    private static func response(
        _ status: Int,
        _ text: String,
        _ schema: Components.Name,
        headers: [(String, String)] = []
    ) -> Response {
        Response(
            status: status,
            text: text,
            content: [("application/json", .named(schema))],
            headers: headers.map { (name: $0.0, text: $0.1) }
        )
    }

    static let badRequest = response(
        400,
        "The request is not well-formed, or its body is not JSON.",
        .problem
    )
    static let unauthorized = response(
        401,
        "There is no token, or it is wrong, too old, or was ended.",
        .unauthorized
    )
    static let forbidden = response(
        403,
        "The caller may not do this, or there is no such object and the caller may not know that.",
        .rejected
    )
    static let notFound = response(404, "There is no such object.", .problem)
    static let tooLarge = response(413, "The body is too large.", .rejected)
    static let unsupportedEncoding = response(
        415,
        "The body is compressed otherwise than by gzip or deflate.",
        .rejected
    )
    static let unprocessable = response(
        422,
        "Fields are wrong: which ones, and what is wrong with each.",
        .unprocessable
    )
    static let tooMany = response(
        429,
        "The caller asks too much.",
        .rejected,
        headers: [("Retry-After", "Seconds until the next request may come.")]
    )
    static let unavailable = response(
        503,
        "The server cannot take the request now; repeating it is safe.",
        .rejected,
        headers: [("Retry-After", "Seconds to wait before the next try.")]
    )

    /// `hasBody`: whether the route reads one.
    static func of(_ path: String, _ access: Route.Access, hasBody: Bool) -> [Response] {
        if case .lineClients = access { return lines(path) }
        var responses = [badRequest]
        var isKnown = true
        switch access {
        case .everyone, .pages, .visitors: isKnown = false
        case .users, .operators, .having, .lineClients: break
        case .on(let subject, _):
            // A text that is no number is always 422.
            responses.append(unprocessable)
            if subject.isMissingNotFound { responses.append(notFound) }
        }
        if isKnown { responses += [unauthorized, forbidden] }
        if hasBody { responses += [tooLarge, unsupportedEncoding] }
        if hasBody, !responses.contains(where: { $0.status == unprocessable.status }) {
            responses.append(unprocessable)
        }
        if isKnown || hasBody { responses.append(unavailable) }
        if path.hasPrefix("/api"), !path.hasPrefix("/api/v3_0/health") {
            responses.append(tooMany)
        }
        return responses
    }

    /// Clients of line protocol read refusals of another shape.
    private static func lines(_ path: String) -> [Response] {
        let schema: Components.Name =
            path.hasPrefix("/api/v2") ? .lineProblem : .lineError
        let retry = (name: "Retry-After", text: "Seconds to wait before the next try.")
        let texts: [(Int, String, [(name: String, text: String)])] = [
            (400, "The request, or some of the lines, cannot be understood.", []),
            (
                401, "There are no credentials, or they are wrong.",
                [(name: "WWW-Authenticate", text: "Basic")]
            ),
            (403, "The caller may not do this.", []), (413, "The body is too large.", []),
            (415, "The body is compressed otherwise than by gzip or deflate.", []),
            (429, "The caller asks too much.", [retry]),
            (503, "The store is busy: repeat the request.", [retry]),
        ]
        return texts.map { status, text, headers in
            var content = [(type: "application/json", schema: Schema.named(schema))]
            if status == 400 {
                // What is not HTTP is refused before anybody knows what it is about.
                let both = Schema.anyOf(.named(schema), .named(.problem))
                content = [(type: "application/json", schema: both)]
            }
            return Response(status: status, text: text, content: content, headers: headers)
        }
    }
}

extension Subject {
    /// Whether those who may know hear of a missing object by 404, and not by 422.
    var isMissingNotFound: Bool {
        if case Refusal.notFound? = missing("0") as? Refusal { true } else { false }
    }
}
