internal import Auth
internal import Catalog
internal import HTTPTypes
internal import Hummingbird
internal import Model
internal import NIOCore
internal import NIOHTTPTypes

/// One request on its way through the gateway: what the gate has found out, for the handler.
struct Call: Sendable {
    let request: Request
    /// The connection.
    let channel: any Channel
    let caller: Caller
    /// What let the call in, and for what: asked again after a body that took long.
    let gate: Gate
    let access: Route.Access
    /// What the body may take of the memory for bodies, until the call is answered.
    let share: BudgetShare
    let trace: CallTrace
    /// Without the query part.
    let path: Substring
    /// The path's variable parts, in order.
    let parameters: [Substring]
    /// Who asks; nil on routes that are open to everyone.
    var principal: Principal?
    /// The session's id, on pages.
    var session: Secret<String>?
    /// What a form says, on pages that are sent one.
    var form: FormFields?
    /// What the path names, on routes that are about an object.
    var object: RequestObject?

    /// The sensor that the path names.
    var sensor: Sensor? { if case .sensor(let sensor) = object { sensor } else { nil } }
    /// The asset that the path names.
    var asset: Asset? { if case .asset(let asset) = object { asset } else { nil } }
    /// The account that the path names.
    var account: Account? { if case .account(let account) = object { account } else { nil } }
    /// The user that the path names.
    var user: User? { if case .user(let user) = object { user } else { nil } }

    /// Who does this and from where, for the audit log.
    var origin: AuditOrigin { caller.origin(principal) }

    /// The query part's fields.
    var query: [QueryParameter] {
        let target = request.uri.string
        guard let mark = target.firstIndex(of: "?") else { return [] }
        return QueryString.parse(target[target.index(after: mark)...])
    }

    /// Whether what is sent comes in one or two pieces, and is read in a fraction of a millisecond.
    var isSmall: Bool {
        guard request.headers[.contentEncoding] == nil else { return false }
        guard let length = request.headers[.contentLength] else {
            return request.headers[.transferEncoding] == nil
        }
        return Int(length).map { $0 <= 32_768 } ?? false
    }

    /// Reads the body, and undoes its `Content-Encoding`.
    ///
    /// While a body trickles in, a token may expire and a right may be taken away: who has sent a
    /// slow one is let in anew before anything is done with it.
    ///
    /// `byteCountMax`: of the body as it is sent, and of what comes out of a compressed one.
    ///
    /// - Throws: `.tooLarge`, before reading if the length is announced; `.unavailable` if other
    ///   bodies take all the memory that bodies may take; `.unsupportedEncoding` for
    ///   a body that is compressed otherwise than by gzip or deflate; `.badRequest` if it does not
    ///   arrive whole or is damaged; as `Gate.admit` throws.
    func body(byteCountMax: Double) async throws -> RequestBody {
        let begin = ContinuousClock.now
        let body = try await receive(byteCountMax: byteCountMax)
        if begin.duration(to: .now) > Self.slow { try await gate.confirm(self) }
        return body
    }

    /// A body that takes longer is slow.
    private static let slow = Duration.milliseconds(100)

    private func receive(byteCountMax: Double) async throws -> RequestBody {
        let headers = request.headers
        let announced = headers[.contentLength].flatMap(Double.init)
        if let announced, announced > byteCountMax { throw Refusal.tooLarge(byteCountMax) }
        guard let encoding = GzipBody.Encoding(headers[.contentEncoding] ?? "") else {
            throw Refusal.unsupportedEncoding
        }
        // Only what has come counts against the budget: who announces much and sends nothing must not
        // keep others out. What could not come whole is not asked for.
        if let announced, !share.mayGrow(to: Int(announced)) { throw Refusal.unavailable }
        // The client waits for a word before it sends; it is not asked to send what is refused.
        if headers[.expect]?.lowercased() == "100-continue" {
            try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
        }
        var bytes: [UInt8] = []
        if encoding == .identity, let announced { bytes.reserveCapacity(Int(announced)) }
        var inflation: GzipBody? =
            encoding == .identity ? nil : GzipBody(encoding, byteCountMax: Int(byteCountMax))
        do {
            var received = 0
            for try await part in request.body {
                received += part.readableBytes
                guard Double(received) <= byteCountMax else {
                    throw Refusal.tooLarge(byteCountMax)
                }
                if encoding == .identity {
                    bytes.append(contentsOf: part.readableBytesView)
                } else {
                    try inflation?.append(Array(part.readableBytesView))
                }
                guard share.grow(to: max(received, inflation?.bytes.count ?? 0)) else {
                    throw Refusal.unavailable
                }
            }
            if let inflation = inflation.take() { bytes = try inflation.finish() }
        } catch let refusal as Refusal {
            throw refusal
        } catch GzipBody.Failure.tooLarge {
            throw Refusal.tooLarge(byteCountMax)
        } catch {
            // Damaged chunks or compression, an unknown transfer coding, or a client that went away.
            throw RequestRefusal.badRequest
        }
        return RequestBody(bytes, contentType: headers[.contentType])
    }
}
