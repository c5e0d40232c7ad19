import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// A client of the HTTP API, as any other: a connection a request, JSON both ways. Waits and
/// repeats if the server says that it is busy.
struct DemoClient: Sendable {
    /// An address of this machine.
    let host: String
    let port: Int

    struct Answer: Sendable {
        let status: Int
        /// `Retry-After` in seconds, if it came.
        let retryAfterSeconds: Int?
        let body: [UInt8]
    }

    /// Tries of one request, the first one included.
    private static let attemptCountMax = 30
    /// The longest wait between two tries, whatever the server asks for.
    private static let waitSecondsMax = 30
    /// A server that says nothing for so long has gone.
    private static let silenceMax = TimeAmount.seconds(60)
    /// More than any answer that is asked for here.
    private static let answerByteCountMax = 4 << 20

    var baseURL: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// A token of a user.
    ///
    /// - Throws: `CommandError`.
    func login(email: String, password: String) async throws -> String {
        let body = try JSONEncoder().encode(["email": email, "password": password])
        let answer = try await post("/api/requestAuthToken", body, token: nil)
        struct Issued: Decodable {
            let token: String
            enum CodingKeys: String, CodingKey { case token = "auth_token" }
        }
        guard answer.status == 200,
            let issued = try? JSONDecoder().decode(Issued.self, from: Data(answer.body))
        else { throw CommandError("no token for `\(email)`: \(Self.text(of: answer))") }
        return issued.token
    }

    /// - Throws: as `send`.
    func get(_ path: String, token: String) async throws -> Answer {
        try await send(.GET, path, token: token, body: nil)
    }

    /// - Throws: as `send`.
    func post(_ path: String, _ json: Data, token: String?) async throws -> Answer {
        try await send(.POST, path, token: token, body: json)
    }

    /// Sends a request until it is answered with anything but "try again later".
    ///
    /// Repeating is safe: what was stored already is recognised.
    ///
    /// - Throws: `CommandError` if there is no answer in the end; `CancellationError`.
    private func send(
        _ method: HTTPMethod,
        _ path: String,
        token: String?,
        body: Data?
    ) async throws -> Answer {
        var problem = ""
        for attempt in 1...Self.attemptCountMax {
            var waitSeconds = 1
            do {
                let answer = try await sendOnce(method, path, token: token, body: body)
                guard answer.status == 503 else { return answer }
                problem = Self.text(of: answer)
                waitSeconds = answer.retryAfterSeconds ?? 1
            } catch {
                try Task.checkCancellation()
                problem = "\(error)"
            }
            if attempt < Self.attemptCountMax {
                try await Task.sleep(for: .seconds(min(max(1, waitSeconds), Self.waitSecondsMax)))
            }
        }
        throw CommandError("`\(baseURL)` does not take requests: \(problem)")
    }

    private func sendOnce(
        _ method: HTTPMethod,
        _ path: String,
        token: String?,
        body: Data?
    ) async throws -> Answer {
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        let channel = try await bootstrap.connect(host: host, port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHTTPClientHandlers()
                try pipeline.addHandlers(
                    IdleStateHandler(allTimeout: Self.silenceMax),
                    SilenceHandler(),
                    NIOHTTPClientResponseAggregator(maxContentLength: Self.answerByteCountMax)
                )
                return try NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart>(
                    wrappingChannelSynchronously: channel
                )
            }
        }
        let parts = parts(method, path, token: token, body: body)
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(contentsOf: parts)
            for try await response in inbound {
                return Answer(
                    status: Int(response.head.status.code),
                    retryAfterSeconds: response.head.headers.first(name: "Retry-After")
                        .flatMap { Int($0) },
                    body: response.body.map { Array($0.readableBytesView) } ?? []
                )
            }
            try Task.checkCancellation()
            throw CommandError("the connection ended without an answer")
        }
    }

    private func parts(
        _ method: HTTPMethod,
        _ path: String,
        token: String?,
        body: Data?
    ) -> [HTTPClientRequestPart] {
        var headers: HTTPHeaders = [
            "Host": "\(host):\(port)", "Accept": "application/json", "Connection": "close",
        ]
        if let token { headers.add(name: "Authorization", value: token) }
        if let body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: "\(body.count)")
        }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
        var parts: [HTTPClientRequestPart] = [.head(head)]
        if let body { parts.append(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
        parts.append(.end(nil))
        return parts
    }

    /// An answer for a message to a person: its status and the start of its body.
    static func text(of answer: Answer) -> String {
        let start = String(decoding: answer.body.prefix(300), as: UTF8.self)
        return "\(answer.status) \(start.trimmingCharacters(in: .whitespacesAndNewlines))"
    }
}

/// Closes a connection on which nothing happens any more.
private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
