internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// Watches one connection, between the decoder and the application: turns requests away by
/// `DoorRules`, ends connections after their last answer, and those of clients that are too slow.
///
/// `HeadGuard` lets one request through at a time, so there is one answer to wait for at most.
final class DoorHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// What is the same for all connections of a listener.
    struct Setting: Sendable {
        let rules: DoorRules
        let times: DoorTimes
        let counters: RequestCounters
        let logger: Logger
    }

    private enum Phase {
        /// Until the first request of the connection.
        case new(since: NIODeadline)
        case idle(since: NIODeadline)
        case body(since: NIODeadline, last: NIODeadline)
        /// The request is read.
        case answering
        /// The last answer is sent, or being sent.
        case lingering(until: NIODeadline)
    }

    private let setting: Setting
    private let bytes: HeadGuard
    private var arrival: DoorRules.Arrival
    private var phase = Phase.new(since: .now())
    /// Of the body of the request that is being read: announced bytes, nil if not announced.
    private var announced: Int?
    private var received = 0
    private var isHTTP10 = false
    private var isAnswerBegun = false
    private var isAnswerDone = false
    private var isLastAnswer = false
    private var isReading = false
    private var sent = 0
    private var progress: (byteCount: Int, at: NIODeadline)?
    private var tick: Scheduled<Void>?

    init(_ setting: Setting, _ bytes: HeadGuard, _ arrival: DoorRules.Arrival) {
        self.setting = setting
        self.bytes = bytes
        self.arrival = arrival
    }

    private var isLingering: Bool { if case .lingering = phase { true } else { false } }
    private var isInBody: Bool { if case .body = phase { true } else { false } }

    /// The connection to the port of HTTPS is none.
    func refusePlainText() {
        arrival.isTLS = false
        arrival.refusesPlainText = true
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isLingering { return }
        let part = unwrapInboundIn(data)
        switch part {
        case .head(var head):
            begin(head)
            do throws(DoorRefusal) {
                try setting.rules.admit(&head, arrival)
            } catch {
                if DoorRules.isExposure(error) { report(head) }
                // A body that is still to come is not waited for.
                phase = .answering
                answer(context, error)
                return
            }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(let buffer):
            received += buffer.readableBytes
            if case .body(let since, _) = phase { phase = .body(since: since, last: .now()) }
            context.fireChannelRead(data)
        case .end:
            phase = isAnswerDone ? .idle(since: .now()) : .answering
            context.fireChannelRead(data)
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        let now = NIODeadline.now()
        phase = .body(since: now, last: now)
        announced = head.headers.first(name: "Content-Length").flatMap { Int($0) }
        if announced == nil && !head.headers.contains(name: "Transfer-Encoding") { announced = 0 }
        received = 0
        isHTTP10 = head.version.minor == 0
        isAnswerBegun = false
        isAnswerDone = false
        if !head.isKeepAlive { isLastAnswer = true }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
        // Nobody else reads any more.
        if isLingering { context.read() }
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let refusal as DoorRefusal:
            if isInBody {
                fail(context, refusal)
            } else if !isLingering {
                answer(context, refusal)
            }
        case ChannelEvent.inputClosed where isLingering: context.close(promise: nil)
        // The application takes the end of the stream for the end of the body.
        case ChannelEvent.inputClosed where isInBody:
            fail(context, .badRequest("The body is incomplete."))
        case is ChannelShouldQuiesceEvent:
            switch phase {
            case .new, .idle: context.close(promise: nil)
            default: isLastAnswer = true
            }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case is HTTPParserError where isInBody:
            fail(context, .badRequest("The body is damaged."))
        case is HTTPParserError:
            if !isLingering { answer(context, .badRequest("This is no HTTP request.")) }
        default:
            setting.logger.debug("connection lost", metadata: ["error": "\(error)"])
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        tick?.cancel()
        tick = nil
        if isInBody { context.fireErrorCaught(ChannelError.inputClosed) }
        context.fireChannelInactive()
    }

    /// Ends a request in the middle of its body: the application hears of an error, and so takes
    /// what has come for nothing.
    private func fail(_ context: ChannelHandlerContext, _ refusal: DoorRefusal) {
        let isBegun = isAnswerBegun
        if isBegun {
            if isAnswerDone { end(context) } else { isLastAnswer = true; bytes.stop() }
        } else {
            answer(context, refusal)
        }
        context.fireErrorCaught(refusal)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if isLingering {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if head.status.code < 200 {
                context.write(data, promise: promise)
                return
            }
            isAnswerBegun = true
            if head.headers.contains(name: "Connection"), !head.isKeepAlive { isLastAnswer = true }
            // Rather than read what nobody wants.
            if isInBody, (announced ?? .max) - received > DoorTimes.drainByteCountMax {
                isLastAnswer = true
            }
            if isLastAnswer { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            // Its clients know no chunks.
            if isHTTP10 { head.version = .http1_0 }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let body):
            sent += body.readableBytes
            context.write(data, promise: promise)
        case .end:
            if isLastAnswer {
                context.writeAndFlush(data, promise: promise)
                end(context)
                return
            }
            context.write(data, promise: promise)
            isAnswerDone = true
            if case .answering = phase { phase = .idle(since: .now()) }
            if let guarding = try? context.pipeline.syncOperations.context(handler: bytes) {
                bytes.answered(guarding)
            }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The client may still be sending; closed now, it would lose the answer.
        if isLingering {
            promise?.succeed(())
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    /// Answers in the application's place, and ends the connection.
    private func answer(_ context: ChannelHandlerContext, _ refusal: DoorRefusal) {
        let body = refusal.body
        setting.counters.count(refusal.status)
        let head = HTTPResponseHead(
            version: .http1_1,
            status: .init(statusCode: refusal.status),
            headers: refusal.headers(bodyByteCount: body.count, isSecure: arrival.isTLS)
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(
            wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))),
            promise: nil
        )
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    /// After the last answer: no more is sent, and what comes is thrown away for a moment.
    private func end(_ context: ChannelHandlerContext) {
        phase = .lingering(until: .now() + DoorTimes.linger)
        bytes.stop()
        context.close(mode: .output, promise: nil)
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        context.read()
    }

    // MARK: Time

    func handlerAdded(context: ChannelHandlerContext) { scheduleTick(context) }

    func handlerRemoved(context: ChannelHandlerContext) {
        tick?.cancel()
        tick = nil
    }

    private func scheduleTick(_ context: ChannelHandlerContext) {
        tick = context.eventLoop.assumeIsolated().scheduleTask(in: setting.times.tick) {
            guard context.channel.isActive else { return }
            self.look(context)
            self.scheduleTick(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        let times = setting.times
        if isStalled(context, now) {
            setting.logger.debug("a client does not take its answer")
            context.close(mode: .all, promise: nil)
            return
        }
        if let start = bytes.headStart, now - start > .seconds(times.header), !isLingering {
            answer(context, .timeout)
            return
        }
        switch phase {
        case .new(let since):
            if now - since > .seconds(times.header) { context.close(promise: nil) }
        case .idle(let since):
            if bytes.headStart == nil, now - since > .seconds(times.idle) {
                context.close(promise: nil)
            }
        case .body(let since, let last):
            guard isReading else {
                // The application does not want more now: not the client's fault.
                phase = .body(since: since + times.tick, last: now)
                return
            }
            let allowed = times.body + Int64(received) / DoorTimes.bodyRateMin
            if now - last > .seconds(times.body) || now - since > .seconds(allowed) {
                fail(context, .timeout)
            }
        case .answering: break
        case .lingering(let until):
            if now > until { context.close(mode: .all, promise: nil) }
        }
    }

    /// Whether the client has hardly taken anything of what waits for it, for too long.
    private func isStalled(_ context: ChannelHandlerContext, _ now: NIODeadline) -> Bool {
        let option = ChannelOptions.bufferedWritableBytes
        guard let waiting = try? context.channel.syncOptions?.getOption(option), waiting > 0 else {
            progress = nil
            return false
        }
        let taken = sent - waiting
        guard let mark = progress, taken - mark.byteCount < DoorTimes.answerByteCountMin else {
            progress = (taken, now)
            return false
        }
        return now - mark.at > .seconds(setting.times.answer)
    }

    /// A password or token was sent in plain text: it must be changed, so somebody must hear of it.
    private func report(_ head: HTTPRequestHead) {
        setting.logger.warning(
            "refused a request in plain text",
            metadata: [
                "address": "\(arrival.remote?.description ?? "unknown")",
                "method": "\(head.method.rawValue)",
                "path": "\(head.uri.prefix { $0 != "?" }.prefix(200))",
                "credentials": "\(head.headers.contains(name: "Authorization"))",
            ]
        )
    }
}
