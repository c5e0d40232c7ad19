internal import Auth
internal import HTTPTypes
internal import Hummingbird

/// Browsers: who they are by their cookies, and whether a page of this server has sent what they
/// send. A header `Authorization` comes first; with one, no cookie is looked at.
extension Gate {
    /// Who has this session.
    ///
    /// - Throws: `Refusal.unauthenticated`, or an `AuthError`.
    func principal(session: Secret<String>?) async throws -> Principal {
        guard let session else { throw Refusal.unauthenticated }
        if let known = try authenticator.knownPrincipal(session: session) { return known }
        return try await authenticator.principal(session: session)
    }

    /// Who sends a request without a header, to a route that is no page. A write needs the proof in
    /// `X-CSRF-Token`, whatever its body is.
    ///
    /// - Throws: `Refusal.unauthenticated`, `.unproven`, or an `AuthError`.
    func browserPrincipal(of request: Request) async throws -> Principal {
        let session = PageCookie.session.value(request.headers)
        let principal = try await principal(session: session)
        guard let session, !Self.isSafe(request.method) else { return principal }
        guard isOwnOrigin(request), let proof = request.headers[.csrfToken],
            authenticator.formToken.accepts(proof, from: .session(session))
        else { throw Refusal.unproven }
        return principal
    }

    /// Lets a request through to a page of a user.
    ///
    /// - Throws: `Refusal.loginNeeded`, `.unproven`, or an `AuthError`.
    func admitToPage(_ call: Call) async throws -> Call {
        var call = call
        let headers = call.request.headers
        let session = headers[.authorization] == nil ? PageCookie.session.value(headers) : nil
        do {
            call.principal = try await principal(session: session)
        } catch Refusal.unauthenticated, AuthError.unauthenticated {
            let wanted = call.request.method == .get ? call.request.uri.string : "/"
            throw Refusal.loginNeeded(ReturnPath(wanted))
        }
        call.session = session
        if let session { call.form = try await form(call, from: .session(session)) }
        return call
    }

    /// Lets a request through to a page that is open to everyone.
    ///
    /// - Throws: `Refusal.unproven`.
    func admitVisitor(_ call: Call) async throws -> Call {
        var call = call
        guard !Self.isSafe(call.request.method) else { return call }
        guard let visitor = PageCookie.visitor.value(call.request.headers) else {
            throw Refusal.unproven
        }
        call.form = try await form(call, from: .visitor(visitor))
        return call
    }

    /// The form that a request brings, with its proof; nil if the request writes nothing.
    private func form(_ call: Call, from holder: FormToken.Holder) async throws -> FormFields? {
        guard !Self.isSafe(call.request.method) else { return nil }
        guard isOwnOrigin(call.request) else { throw Refusal.unproven }
        let body = try await call.body(byteCountMax: Self.formByteCountMax)
        guard let form = FormFields(body, contentType: call.request.headers[.contentType]),
            authenticator.formToken.accepts(form.text(Self.proofField), from: holder)
        else { throw Refusal.unproven }
        return form
    }

    /// The hidden field of all forms.
    static let proofField = "csrf_token"
    private static let formByteCountMax = 65_536.0

    private static func isSafe(_ method: HTTPRequest.Method) -> Bool {
        method == .get || method == .head
    }

    /// Whether the browser says that a page of this server sends the request. One that says nothing
    /// is no browser of today; the proof decides then.
    private func isOwnOrigin(_ request: Request) -> Bool {
        if let site = request.headers[.fetchSite], site != "same-origin" { return false }
        let origins = request.headers[values: .origin]
        guard let origin = origins.first else { return true }
        guard origins.count == 1 else { return false }
        if let publicOrigin, origin == publicOrigin { return true }
        guard let host = request.head.authority else { return false }
        return origin == "https://\(host)" || origin == "http://\(host)"
    }
}

extension HTTPField.Name {
    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }

    static let csrfToken = known("X-CSRF-Token")
    fileprivate static let fetchSite = known("Sec-Fetch-Site")
    static let referrerPolicy = known("Referrer-Policy")
}
