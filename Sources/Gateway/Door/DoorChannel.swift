internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOSSL

/// How a listener's connections are made: which handlers stand in which order.
///
/// socket - `FirstByteHandler`, TLS - `HeadGuard` (bytes) - encoder and decoder - `DoorHandler`
/// (parts) - application
struct DoorChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    enum Kind: Sendable {
        case plain
        /// HTTPS; who speaks plain text is refused.
        case tls(TLSIdentity)
        /// Plain text that is refused or sent on to HTTPS.
        case redirect
    }

    let kind: Kind
    let setting: DoorHandler.Setting
    let connections: ConnectionCounts
    let responder: Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let remote = IPAddress(channel.remoteAddress)
            if let remote {
                guard connections.admit(remote) else { throw TooManyConnections() }
                channel.closeFuture.whenComplete { [connections] _ in connections.release(remote) }
            }
            let bytes = HeadGuard()
            let door = DoorHandler(setting, bytes, arrival(channel, remote))
            let pipeline = channel.pipeline.syncOperations
            if case .tls(let identity) = kind {
                try pipeline.addHandler(FirstByteHandler(identity, door))
            }
            try pipeline.addHandler(bytes)
            try pipeline.configureHTTPServerPipeline(
                // `HeadGuard` lets one request through at a time.
                withPipeliningAssistance: false,
                withErrorHandling: false,
                // The types of a field's name and value do it.
                withOutboundHeaderValidation: false,
                withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: Self.limits
            )
            try pipeline.addHandler(door)
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel,
                configuration: .init(isOutboundHalfClosureEnabled: true)
            )
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await handleHTTP(asyncChannel: value, logger: logger)
        }
    }

    private func arrival(_ channel: any Channel, _ remote: IPAddress?) -> DoorRules.Arrival {
        var arrival = DoorRules.Arrival(remote: remote, local: IPAddress(channel.localAddress))
        switch kind {
        case .plain: break
        case .tls: arrival.isTLS = true
        case .redirect: arrival.refusesPlainText = true
        }
        return arrival
    }

    /// Beyond what `HeadCheck` lets through.
    private static let limits: NIOHTTPDecoderLimitConfiguration = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = HeadCheck.byteCountMax
        limits.maxHeaderListSize = HeadCheck.byteCountMax
        limits.maxHeaderFieldCount = HeadCheck.fieldCountMax
        return limits
    }()

    private struct TooManyConnections: Error {}
}

/// Looks at the first byte of a connection to the port of HTTPS: begins TLS, or has the request
/// refused that somebody sends in plain text.
final class FirstByteHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// Of every record that begins a handshake (RFC 8446, 5.1).
    private static let handshake: UInt8 = 0x16

    private let identity: TLSIdentity
    private let door: DoorHandler

    init(_ identity: TLSIdentity, _ door: DoorHandler) {
        self.identity = identity
        self.door = door
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        let pipeline = context.pipeline.syncOperations
        if buffer.readableBytesView.first == Self.handshake {
            do {
                let tls = NIOSSLServerHandler(context: identity.context)
                try pipeline.addHandler(tls, position: .after(self))
            } catch {
                context.close(promise: nil)
                return
            }
        } else {
            door.refusePlainText()
        }
        context.fireChannelRead(data)
        pipeline.removeHandler(self, promise: nil)
    }
}
