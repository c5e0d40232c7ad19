internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization

/// Where the gateway accepts requests.
package struct GatewayListening: Sendable {
    /// Of plain HTTP, nil if it is not served.
    package var insecurePort: Int?
    /// Of HTTPS, nil if it is not served.
    package var securePort: Int?
    /// SHA-256 of the certificate of HTTPS.
    package var fingerprint: String?
}

/// The ports of one gateway: plain HTTP on a loopback address, HTTPS, and one that leads there.
struct Listeners: Sendable {
    private let configuration: GatewayConfiguration
    private let responder: GatewayResponder
    private let counters: RequestCounters
    private let connections: ConnectionCounts
    private let logger: Logger

    init(
        _ configuration: GatewayConfiguration,
        _ responder: GatewayResponder,
        _ counters: RequestCounters,
        _ logger: Logger
    ) {
        self.configuration = configuration
        self.responder = responder
        self.counters = counters
        self.logger = logger
        connections = ConnectionCounts(
            countMax: configuration.connectionCountPerAddressMax,
            exempt: configuration.trustedProxies
        )
    }

    /// Serves until the service group shuts down.
    ///
    /// - Throws: `GatewayError`, `TLSError`.
    func run(_ onServing: @escaping @Sendable (GatewayListening) async -> Void) async throws {
        allowDescriptors()
        let identity = try identity()
        let started = Started(
            count: [configuration.insecureHTTP, configuration.listen, configuration.redirectHTTP]
                .count { $0 != nil },
            fingerprint: identity?.fingerprint
        )
        let following = Task { await identity?.follow() }
        defer { following.cancel() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            @Sendable func serve(
                _ address: GatewayConfiguration.Address,
                _ kind: DoorChannel.Kind
            ) async throws {
                try await self.serve(address, kind) { port in
                    if let listening = started.note(kind, port) { await onServing(listening) }
                }
            }
            if let address = configuration.insecureHTTP {
                group.addTask { try await serve(address, .plain) }
            }
            if let address = configuration.listen, let identity {
                group.addTask { try await serve(address, .tls(identity)) }
            }
            if let address = configuration.redirectHTTP {
                group.addTask { try await serve(address, .redirect) }
            }
            // One that cannot listen ends the others, too.
            try await group.waitForAll()
        }
    }

    private func identity() throws -> TLSIdentity? {
        guard let address = configuration.listen else { return nil }
        switch configuration.certificate {
        case .files(let certificate, let key):
            return try TLSIdentity(.files(certificate: certificate, key: key), logger: logger)
        case .selfSigned(let folder):
            var names = configuration.trustedHosts.entries.map(\.certificateName)
            if let host = IPAddress(address.host), !host.isUnspecified {
                names.append(host.description)
            }
            let certificate = SelfSignedCertificate(folder: folder, names: names)
            return try TLSIdentity(.selfSigned(certificate), logger: logger)
        case nil: throw TLSError.noIdentity
        }
    }

    private func serve(
        _ address: GatewayConfiguration.Address,
        _ kind: DoorChannel.Kind,
        _ onServing: @escaping @Sendable (Int) async -> Void
    ) async throws {
        var responder = responder
        if case .tls = kind { responder.isTLS = true }
        let setting = DoorHandler.Setting(
            rules: DoorRules(
                hosts: configuration.trustedHosts,
                proxies: configuration.trustedProxies,
                securePort: configuration.listen?.port
            ),
            times: configuration.times,
            counters: counters,
            logger: logger
        )
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { [connections] respond in
                DoorChannel(
                    kind: kind,
                    setting: setting,
                    connections: connections,
                    responder: respond
                )
            },
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                // Versions of server programs help nobody but scanners.
                serverName: nil,
                backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    configuration.connectionCountMax,
                    logger: logger
                )
            ),
            onServerRunning: { channel in await onServing(channel.localAddress?.port ?? 0) },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw GatewayError.addressInUse(address)
        }
    }

    /// Shells often allow a process 1,024 files, fewer than there may be connections.
    private func allowDescriptors() {
        var limit = rlimit()
        let wanted = rlim_t(configuration.connectionCountMax * 3 + 512)
        // Plain C calls on a struct of our own.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < wanted
        else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// Tells when all listeners accept.
private final class Started: Sendable {
    private let state: Mutex<(rest: Int, listening: GatewayListening)>

    init(count: Int, fingerprint: String?) {
        state = Mutex((count, GatewayListening(fingerprint: fingerprint)))
    }

    /// - Returns: all ports, once it was the last.
    func note(_ kind: DoorChannel.Kind, _ port: Int) -> GatewayListening? {
        state.withLock { state in
            switch kind {
            case .plain: state.listening.insecurePort = port
            case .tls: state.listening.securePort = port
            case .redirect: break
            }
            state.rest -= 1
            return state.rest == 0 ? state.listening : nil
        }
    }
}
