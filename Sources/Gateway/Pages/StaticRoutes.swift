internal import HTTPTypes

/// The files that pages refer to.
struct StaticRoutes: Sendable {
    var routes: [Route] {
        [
            Route(.get, "/static/penstock.css", .everyone) { _ in
                Self.file(PageFiles.stylesheet, "text/css; charset=utf-8")
            },
            Route(.get, "/static/favicon.svg", .everyone) { _ in
                Self.file(PageFiles.icon, "image/svg+xml")
            },
            Route(.get, "/favicon.ico", .everyone) { _ in
                Self.file(PageFiles.icon, "image/svg+xml")
            },
        ]
    }

    private static func file(_ bytes: [UInt8], _ type: String) -> Answer {
        var answer = Answer(200, bytes)
        answer.contentType = type
        return answer.with(.cacheControl, "public, max-age=3600")
            .with(.xContentTypeOptions, "nosniff")
            // A picture that is opened by itself runs nothing either.
            .with(.contentSecurityPolicy, "default-src 'none'; style-src 'self'")
    }
}
