internal import NIOCore

/// Lets through, before the decoder, the bytes of one well-formed request at a time.
///
/// Bytes of a body are passed on in the buffers in which they came. What follows a request waits
/// here until that request is answered: so an answer that closes the connection also ends what was
/// sent behind it, and a request that is refused is the last.
final class HeadGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Part {
        case head(HeadCheck)
        /// Bytes to come.
        case body(Int)
        case chunks(ChunkCheck)
    }

    private var part = Part.head(HeadCheck())
    /// Not passed on yet: an incomplete head, or what follows a request that is not answered.
    private var pending = ByteBuffer()
    private var isPassed = false
    private var isAnswered = false
    private var isReadWanted = false
    private var isInputClosed = false
    private var isClosing = false
    /// When the first byte of the head that is incomplete came.
    private(set) var headStart: NIODeadline?

    /// Whether a request was passed on whole, and its answer is not.
    private var isHolding: Bool { isPassed && !isAnswered }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        var buffer = unwrapInboundIn(data)
        if pending.readableBytes == 0 {
            pending = buffer
        } else {
            pending.writeBuffer(&buffer)
        }
        process(context)
    }

    func read(context: ChannelHandlerContext) {
        if isHolding && pending.readableBytes > 0 {
            isReadWanted = true
        } else {
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event, !isClosing {
            guard pending.readableBytes == 0 else {
                isInputClosed = true
                if !isHolding { endInput(context) }
                return
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// The request was answered: the next one may come.
    func answered(_ context: ChannelHandlerContext) {
        isAnswered = true
        guard isPassed, !isClosing else { return }
        next()
        if pending.readableBytes > 0 {
            process(context)
            // The application takes parts at the end of a read only.
            context.fireChannelReadComplete()
        } else if isInputClosed {
            endInput(context)
        }
        if isReadWanted && !(isHolding && pending.readableBytes > 0) {
            isReadWanted = false
            context.read()
        }
    }

    /// Drops what comes from now on.
    func stop() {
        isClosing = true
        headStart = nil
        pending = ByteBuffer()
    }

    private func next() {
        (isPassed, isAnswered) = (false, false)
        part = .head(HeadCheck())
    }

    private func process(_ context: ChannelHandlerContext) {
        while pending.readableBytes > 0, !isHolding, !isClosing {
            let count: Int
            do throws(DoorRefusal) {
                count = try scan()
            } catch {
                refuse(context, error)
                return
            }
            guard count > 0 else {
                if headStart == nil { headStart = .now() }
                break
            }
            headStart = nil
            let passed: ByteBuffer
            if count == pending.readableBytes {
                passed = pending
                pending = ByteBuffer()
            } else {
                guard let slice = pending.readSlice(length: count) else { return }
                passed = slice
            }
            context.fireChannelRead(wrapInboundOut(passed))
            // The answer may be there before the body is.
            if isPassed && isAnswered { next() }
        }
        if isInputClosed && !isHolding { endInput(context) }
    }

    /// How many of the pending bytes belong to the request; 0 while its head is incomplete.
    private func scan() throws(DoorRefusal) -> Int {
        let buffer = pending
        let bytes = buffer.readableBytesUInt8Span
        var end = 0
        if case .head(var check) = part {
            let length = try check.advance(bytes)
            guard let length else {
                part = .head(check)
                return 0
            }
            end = length
            switch check.framing {
            case .length(let count): part = .body(count)
            case .chunked: part = .chunks(ChunkCheck())
            }
        }
        switch part {
        case .body(let rest):
            let step = min(rest, bytes.count - end)
            end += step
            part = .body(rest - step)
            isPassed = step == rest
        case .chunks(var check):
            end = try check.advance(bytes, from: end)
            part = .chunks(check)
            isPassed = check.isDone
        case .head: break
        }
        return end
    }

    private func refuse(_ context: ChannelHandlerContext, _ refusal: DoorRefusal) {
        stop()
        context.fireUserInboundEventTriggered(refusal)
    }

    private func endInput(_ context: ChannelHandlerContext) {
        isInputClosed = false
        if pending.readableBytes > 0 {
            refuse(context, .badRequest("The request is incomplete."))
        } else {
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }
}
