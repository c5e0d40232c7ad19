internal import Auth
internal import HTTPTypes
internal import NIOCore

/// Where a request comes from: its id, and the client as far as it can be believed.
struct Caller: Sendable {
    /// Names the request in the log, in the audit log and in answers.
    let requestID: String
    /// A numeric address; nil for a client on a Unix socket. Of a request that a trusted proxy
    /// brings: that of the proxy's client.
    let address: String?
    /// Whether the client is on this machine.
    let isLocal: Bool
    /// Whether the client speaks HTTPS, with this server or with a trusted proxy.
    let isSecure: Bool

    /// `isTLS`: whether the connection to this server is.
    init(
        requestID: String,
        _ remote: SocketAddress?,
        _ headers: HTTPFields,
        isTLS: Bool,
        _ proxies: TrustedProxies
    ) {
        self.requestID = requestID
        if !proxies.isEmpty, let hop = IPAddress(remote), proxies.contains(hop) {
            let word = proxies.word { name in
                HTTPField.Name(name).map { headers[values: $0] } ?? []
            }
            address = (word.address ?? hop).description
            // A proxy on this machine speaks for clients elsewhere, unless it says otherwise.
            isLocal = word.address?.isLoopback ?? false
            isSecure = word.isSecure ?? isTLS
            return
        }
        address = remote?.ipAddress.map { $0.hasPrefix("::ffff:") ? String($0.dropFirst(7)) : $0 }
        // What somebody has forwarded was not sent from here.
        isLocal =
            (remote?.isLoopback ?? false) && !headers.contains(.forwardedFor)
            && !headers.contains(.forwarded)
        isSecure = isTLS
    }

    /// For the audit log.
    func origin(_ principal: Principal?) -> AuditOrigin {
        AuditOrigin(
            principal.map { .user($0.user) } ?? .anonymous,
            address: address,
            requestID: requestID
        )
    }
}

extension SocketAddress {
    var isLoopback: Bool {
        guard let address = ipAddress else { return pathname != nil }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
