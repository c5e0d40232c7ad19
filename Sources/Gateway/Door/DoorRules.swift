internal import NIOHTTP1

/// What the door decides of a request by its head alone, before anyone is asked who calls: whether
/// the host is one of ours, and whether it may come in plain text.
struct DoorRules: Sendable {
    let hosts: TrustedHosts
    let proxies: TrustedProxies
    /// Port of HTTPS, in links to it. Nil if there is none.
    let securePort: Int?

    /// The connection that a request has come by.
    struct Arrival: Sendable {
        let remote: IPAddress?
        let local: IPAddress?
        /// Whether by TLS.
        var isTLS = false
        /// Whether plain text is refused: what comes in plain text to where HTTPS is served.
        var refusesPlainText = false
    }

    /// Looks at a head, and makes its target a path.
    ///
    /// - Throws: why the request goes no further.
    func admit(_ head: inout HTTPRequestHead, _ arrival: Arrival) throws(DoorRefusal) {
        let own = head.headers.first(name: "Host")
        try makePath(&head, host: own)
        var word = TrustedProxies.Word()
        if !proxies.isEmpty && proxies.contains(arrival.remote) {
            word = proxies.word { head.headers[$0] }
        }
        let isSecure = word.isSecure ?? arrival.isTLS
        // HTTP/1.0 may do without; then nothing is made of the host.
        if let text = word.host ?? own {
            guard let host = HostName(text),
                hosts.allows(host, at: arrival.local, isSecure: isSecure)
            else {
                throw .badRequest("This server is not called by this Host: see TRUSTED_HOSTS.")
            }
            if arrival.refusesPlainText { throw plainText(head, host) }
        } else if arrival.refusesPlainText {
            throw Self.exposed
        }
    }

    /// A target that is a URL must be of the host that the header names.
    private func makePath(_ head: inout HTTPRequestHead, host: String?) throws(DoorRefusal) {
        guard !head.uri.hasPrefix("/"), head.uri != "*" else { return }
        guard let mark = head.uri.firstRange(of: "://") else {
            throw .badRequest("The target of the request is neither a path nor a URL.")
        }
        let rest = head.uri[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let host, let named = HostName(host), HostName(authority) == named else {
            throw .badRequest("The target of the request and its Host differ.")
        }
        let path = rest[authority.endIndex...]
        head.uri = path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    /// Pages are sent on to HTTPS. Whoever sent a password or token in plain text must hear of it,
    /// and must not send it again by itself.
    private func plainText(_ head: HTTPRequestHead, _ host: HostName) -> DoorRefusal {
        let isPage =
            (head.method == .GET || head.method == .HEAD)
            && !head.headers.contains(name: "Authorization") && !Self.isAPI(head.uri)
        guard isPage, let securePort else { return Self.exposed }
        let listed = hosts.entries.first { $0.name == host.name }
        let port = listed?.port ?? securePort
        return .redirect(to: "https://\(host.name)\(port == 443 ? "" : ":\(port)")\(head.uri)")
    }

    private static func isAPI(_ target: String) -> Bool {
        let path = target.prefix { $0 != "?" }
        let first = path.split(separator: "/").first ?? ""
        return ["api", "write", "query", "ping", "health", "metrics"].contains(first)
    }

    private static let exposed: DoorRefusal = {
        var refusal = DoorRefusal(
            403,
            "Use https. A password or token that was sent with this request could be read by others on the way: it must be changed."
        )
        refusal.code = "HTTPS_REQUIRED"
        return refusal
    }()

    /// Whether a refusal is about plain text, and belongs in the log.
    static func isExposure(_ refusal: DoorRefusal) -> Bool { refusal == exposed }
}
