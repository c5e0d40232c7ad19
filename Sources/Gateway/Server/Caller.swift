internal import Auth
internal import NIOCore

/// Where a request comes from: its id, and the client as far as it can be believed.
struct Caller: Sendable {
    /// Names the request in the log, in the audit log and in answers.
    let requestID: String
    /// A numeric address; nil for a client on a Unix socket.
    let address: String?
    /// Whether the client is on this machine.
    let isLocal: Bool

    init(requestID: String, _ remote: SocketAddress?) {
        self.requestID = requestID
        address = remote?.ipAddress
        isLocal = remote?.isLoopback ?? false
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
        return GatewayConfiguration.Address(host: address, port: 0).isLoopback
    }
}
