internal import HTTPTypes

/// Which pages of other sites may read answers of the API: CORS_ORIGINS. Nobody's, unless the host
/// lists them.
package struct CrossOrigin: Sendable {
    private let origins: Set<String>
    private let allowsAll: Bool
    private let allowsCredentials: Bool

    /// Nobody.
    package static let none = CrossOrigin(origins: [], allowsCredentials: false)

    /// `origins`: such as `https://example.com`, as browsers write them; `*` for all, which then
    /// get no credentials.
    package init(origins: [String], allowsCredentials: Bool) {
        self.origins = Set(origins.map { $0.lowercased() })
        allowsAll = origins.contains("*")
        self.allowsCredentials = allowsCredentials
    }

    /// Whether a text has the form of an origin that can be listed.
    package static func isOrigin(_ text: String) -> Bool {
        if text == "*" { return true }
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            return HostName(text.dropFirst(scheme.count)) != nil
        }
        return false
    }

    /// Adds what a browser needs to hear, to an answer of the API.
    func add(to headers: inout HTTPFields, _ request: HTTPFields, isPreflight: Bool) {
        guard allowsAll || !origins.isEmpty else { return }
        headers.append(HTTPField(name: .vary, value: "Origin"))
        guard let origin = request[.origin], origin != "null" else { return }
        if origins.contains(origin.lowercased()) {
            headers[.accessControlAllowOrigin] = origin
            if allowsCredentials { headers[.accessControlAllowCredentials] = "true" }
        } else if allowsAll {
            headers[.accessControlAllowOrigin] = "*"
        } else {
            return
        }
        guard isPreflight, request.contains(.accessControlRequestMethod) else { return }
        headers[.accessControlAllowMethods] = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
        if let names = request[.accessControlRequestHeaders] {
            headers[.accessControlAllowHeaders] = names
        }
    }
}
