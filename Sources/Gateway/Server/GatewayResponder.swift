internal import Auth
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// Turns a request into an answer; every error ends here.
struct GatewayResponder: HTTPResponder {
    /// What Hummingbird carries along with a request.
    struct Context: RequestContext {
        var coreContext: CoreRequestContextStorage
        let channel: any Channel

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            channel = source.channel
        }
    }

    let table: RouteTable
    let gate: Gate
    let counters: RequestCounters
    /// Memory for bodies, of all requests.
    let bodies: ByteBudget
    let proxies: TrustedProxies
    let crossOrigin: CrossOrigin
    /// Whether its connections are TLS.
    var isTLS = false

    func respond(to request: Request, context: Context) async throws -> Response {
        let path = request.uri.string.prefix { $0 != "?" }
        let caller = Caller(
            requestID: context.id,
            context.channel.remoteAddress,
            request.headers,
            isTLS: isTLS,
            proxies
        )
        let trace = CallTrace()
        var answer: Answer
        do {
            answer = try await self.answer(request, path, trace, context, caller)
        } catch {
            answer = ErrorPage.dressed(refusal(error, context).answer, request)
        }
        if let standing = trace.standing {
            // What the answer says itself, as a refusal, goes first.
            let own = answer.fields.map(\.name)
            answer.fields += standing.fields.filter { !own.contains($0.name) }
        }
        if answer.status == 403 { tellRefused(request, path, trace, caller) }
        counters.count(answer.status)
        return response(answer, path, request, caller)
    }

    private func answer(
        _ request: Request,
        _ path: Substring,
        _ trace: CallTrace,
        _ context: Context,
        _ caller: Caller
    ) async throws -> Answer {
        let route: Route
        let parameters: [Substring]
        switch table.match(request.method, path) {
        case .route(let found, let values), .head(let found, let values):
            (route, parameters) = (found, values)
        case .options(let allowed):
            var answer = Answer(200, []).with(.allow, allowed.joined(separator: ", "))
            answer.contentType = "text/html; charset=utf-8"
            return answer
        case .wrongMethod(let allowed): throw Refusal.wrongMethod(allowed: allowed)
        case .unknownPath:
            if let sunset = SunsetPath(path) { return sunset.answer }
            throw Refusal.unknownPath
        }
        let call = Call(
            request: request,
            channel: context.channel,
            caller: caller,
            gate: gate,
            access: route.access,
            share: BudgetShare(bodies),
            trace: trace,
            path: path,
            parameters: parameters
        )
        let admitted = try await gate.admit(call, to: route.access)
        return try await EventLoopExecutor.elsewhere(unless: route.isShort && call.isSmall) {
            try await route.handler(admitted)
        }
    }

    /// One line for each request that somebody may not make.
    private func tellRefused(
        _ request: Request,
        _ path: Substring,
        _ trace: CallTrace,
        _ caller: Caller
    ) {
        let details = ["method": request.method.rawValue, "path": String(path.prefix(200))]
        gate.authenticator.audit.tell(
            AuditEvent(.accessRefused, by: caller.origin(trace.principal), details: details)
        )
    }

    private func refusal(_ error: any Error, _ context: Context) -> Refusal {
        if let refusal = Refusal(error) {
            if case .unavailable = refusal {
                context.logger.warning("unavailable", metadata: ["error": "\(error)"])
            }
            return refusal
        }
        context.logger.error("request failed", metadata: ["error": "\(error)"])
        return .failed(requestID: context.id)
    }

    private func response(
        _ answer: Answer,
        _ path: Substring,
        _ request: Request,
        _ caller: Caller
    ) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = answer.contentType
        if path.hasPrefix("/api/") {
            headers[.flexMeasuresVersion] = "1.0.1"
            if path.hasPrefix("/api/v3_0") { headers[.apiVersion] = "v3_0" }
        }
        for field in answer.fields { headers.append(field) }
        let isAPI = path.hasPrefix("/api")
        AnswerFields.add(
            to: &headers,
            isSecure: caller.isSecure,
            isData: isAPI || path == "/query" || path == "/metrics",
            requestID: caller.requestID
        )
        if isAPI {
            crossOrigin.add(
                to: &headers,
                request.headers,
                isPreflight: request.method == .options
            )
        }
        if request.method == .head {
            headers[.contentLength] = String(answer.body.count)
            return Response(status: .init(code: answer.status), headers: headers)
        }
        if let stream = answer.stream {
            return Response(
                status: .init(code: answer.status),
                headers: headers,
                body: ResponseBody { writer in
                    let pieces = BodyWriter(writer)
                    try await EventLoopExecutor.elsewhere {
                        try await stream { bytes in try await pieces.write(bytes) }
                    }
                    try await writer.finish(nil)
                }
            )
        }
        return Response(
            status: .init(code: answer.status),
            headers: headers,
            body: .init(byteBuffer: ByteBuffer(bytes: answer.body))
        )
    }
}

extension HTTPField.Name {
    /// Clients switch features by it.
    fileprivate static let flexMeasuresVersion = HTTPField.Name.known("FlexMeasures-Version")
    fileprivate static let apiVersion = HTTPField.Name.known("API-Version")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }
}
