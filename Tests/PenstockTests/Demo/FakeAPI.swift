import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import penstock

/// As much of the API as the loader asks for, in memory, on a port of its own.
final class FakeAPI: Sendable {
    struct State {
        /// Values by sensor path, horizon and event start in seconds.
        var values: [String: [Int: Double]] = [:]
        var postCount = 0
        var getCount = 0
        /// Answers 503 that are still to be given, with this Retry-After.
        var busyCount = 0
        /// After so many posts every further one is refused.
        var postCountMax = Int.max
        /// The first request that was not understood.
        var problem: String?
    }

    static let token = "the-token"
    let state = Mutex(State())

    /// Runs `body` with a client of a new server.
    static func with(
        _ configure: (inout State) -> Void = { _ in },
        _ body: (FakeAPI, DemoClient) async throws -> Void
    ) async throws {
        let api = FakeAPI()
        api.state.withLock { configure(&$0) }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline()
                    try pipeline.addHandlers(
                        NIOHTTPServerRequestAggregator(maxContentLength: 3 << 20),
                        Handler(api: api)
                    )
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port ?? 0
        do {
            try await body(api, DemoClient(host: "127.0.0.1", port: port))
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    fileprivate func answer(
        _ method: HTTPMethod,
        _ target: String,
        _ headers: HTTPHeaders,
        _ body: Data
    ) -> (status: Int, json: String) {
        state.withLock { state in
            if state.busyCount > 0 {
                state.busyCount -= 1
                return (503, "{}")
            }
            if target == "/api/requestAuthToken" {
                let login = try? JSONDecoder().decode([String: String].self, from: body)
                return login == ["email": "a@x", "password": "right"]
                    ? (200, "{\"auth_token\":\"\(Self.token)\",\"user_id\":1}") : (401, "{}")
            }
            guard headers.first(name: "Authorization") == Self.token else { return (401, "{}") }
            return method == .POST ? state.post(target, body) : state.get(target)
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = NIOHTTPServerRequestFull
        typealias OutboundOut = HTTPServerResponsePart
        private let api: FakeAPI

        init(api: FakeAPI) { self.api = api }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let request = unwrapInboundIn(data)
            let body = request.body.map { Data($0.readableBytesView) } ?? Data()
            let (status, json) = api.answer(
                request.head.method,
                request.head.uri,
                request.head.headers,
                body
            )
            let headers: HTTPHeaders = ["Content-Length": "\(json.utf8.count)", "Retry-After": "0"]
            let head = HTTPResponseHead(
                version: .http1_1,
                status: .init(statusCode: status),
                headers: headers
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let buffer = ByteBuffer(string: json)
            context.write(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

extension FakeAPI.State {
    private struct Message: Decodable {
        let values: [Double?]
        let start: Date
        let duration: String
        let unit: String
        let horizon: String
    }

    fileprivate mutating func post(_ path: String, _ body: Data) -> (Int, String) {
        guard postCount < postCountMax else { return (403, "{\"message\":\"enough\"}") }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let message = try? decoder.decode(Message.self, from: body),
            let seconds = Int(message.duration.dropFirst(2).dropLast()), body.count < 3 << 20
        else {
            problem = problem ?? "\(path) \(String(decoding: body.prefix(200), as: UTF8.self))"
            return (422, "{}")
        }
        postCount += 1
        let step = seconds / message.values.count
        let start = Int(message.start.timeIntervalSince1970)
        for (index, value) in message.values.enumerated() {
            guard let value else { continue }
            values["\(path) \(message.horizon)", default: [:]][start + index * step] = value
        }
        return (200, "{\"status\":\"PROCESSED\"}")
    }

    /// Of beliefs with at least the horizon asked for the latest one: the shortest horizon.
    fileprivate mutating func get(_ target: String) -> (Int, String) {
        getCount += 1
        guard let question = URLComponents(string: target), let items = question.queryItems else {
            problem = problem ?? target
            return (422, "{}")
        }
        func field(_ name: String) -> String { items.first { $0.name == name }?.value ?? "" }
        guard let start = try? Date(field("start"), strategy: .iso8601),
            let seconds = Int(field("duration").dropFirst(2).dropLast()),
            let horizon = Int(field("horizon").dropFirst(2).dropLast())
        else {
            problem = problem ?? target
            return (422, "{}")
        }
        let step = question.path.hasSuffix("/1/data") ? 900 : 3_600
        let first = Int(start.timeIntervalSince1970)
        let stored = values
        let found = stride(from: first, to: first + seconds, by: step).map { event in
            [0, 6, 12, 24].filter { $0 >= horizon }.lazy
                .compactMap { stored["\(question.path) PT\($0)H"]?[event] }
                .first.map { "\($0)" } ?? "null"
        }
        return (200, "{\"values\":[\(found.joined(separator: ","))]}")
    }
}
