internal import HTTPTypes

/// Header fields that protect browsers, on every answer.
enum AnswerFields {
    /// For all answers, also those of pages.
    static let always: [HTTPField] = [
        HTTPField(name: .xContentTypeOptions, value: "nosniff"),
        HTTPField(name: .frameOptions, value: "DENY"),
    ]
    /// For answers that are no pages: nothing of them is run, shown in a frame, or fetched.
    static let contentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'"
    static let referrerPolicy = "no-referrer"
    /// Two years, on answers by HTTPS only.
    static let hsts = "max-age=63072000"

    /// Adds the fields of an answer; those that the answer brings itself are left as they are.
    static func add(to headers: inout HTTPFields, isSecure: Bool, isData: Bool, requestID: String) {
        for field in always where !headers.contains(field.name) { headers.append(field) }
        if !headers.contains(.contentSecurityPolicy) {
            headers[.contentSecurityPolicy] = contentSecurityPolicy
        }
        if !headers.contains(.referrerPolicy) { headers[.referrerPolicy] = referrerPolicy }
        if isData && !headers.contains(.cacheControl) { headers[.cacheControl] = "no-store" }
        if isSecure { headers[.strictTransportSecurity] = hsts }
        headers[.requestID] = requestID
    }
}

extension HTTPField.Name {
    static let frameOptions = known("X-Frame-Options")
    static let requestID = known("X-Request-ID")
    static let forwardedFor = known("X-Forwarded-For")
    static let forwardedProto = known("X-Forwarded-Proto")
    static let forwardedHost = known("X-Forwarded-Host")
    static let forwarded = known("Forwarded")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }
}
