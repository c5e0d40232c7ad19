internal import Auth
internal import Crypto
internal import HTTPTypes
internal import Hummingbird
internal import Model
internal import NIOCore

/// Carries a write that names itself by an `Idempotency-Key` out once, however often it is sent, to
/// whichever process: every repeat gets the first answer.
///
/// The key is claimed before the write and the answer kept after it. Who dies in between leaves a
/// claim without an answer: a repeat takes it over once `RequestKeys.leaseSeconds` have passed, and
/// states the beliefs as held since the first attempt, so that the saving rules find those that were
/// stored and nothing is stored twice.
struct RepeatedRequests: Sendable {
    let keys: RequestKeys

    /// Does `body` now, or answers as it was answered before. Without the header nothing else happens.
    ///
    /// `received`: when the request came; `body` gets the moment of the first attempt.
    /// - Throws: 422 for a bad key, and for one that was used for another request;
    ///   `Refusal.unavailable` if the first attempt takes too long; what `body` throws.
    func once(
        _ call: Call,
        _ request: RequestBody,
        _ received: Timestamp,
        _ body: (Timestamp) async throws -> Answer
    ) async throws -> Answer {
        let written = call.request.headers[values: .idempotencyKey]
        guard !written.isEmpty, let principal = call.principal else {
            return try await body(received)
        }
        let name = RequestKeys.Name(
            user: principal.user,
            key: try Self.hash(written),
            request: Self.hash(call, request)
        )
        switch try await claim(name, received) {
        case .answered(let status, let bytes): return Answer(status, bytes)
        case .mine(let claim): return try await carryOut(claim, body)
        }
    }

    // MARK: the claim

    private enum Turn {
        case mine(RequestKeys.Claim)
        case answered(status: Int, body: [UInt8])
    }

    /// How long a repeat waits for the first attempt.
    private static let patience = Duration.seconds(30)

    private func claim(_ name: RequestKeys.Name, _ received: Timestamp) async throws -> Turn {
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        var pause = Duration.milliseconds(20)
        while true {
            switch try await keys.claim(name, at: received) {
            case .mine(let claim): return .mine(claim)
            case .answered(let status, let body): return .answered(status: status, body: body)
            case .otherRequest:
                throw Self.refusal("The key was used for another request.")
            case .underWay: break
            }
            guard ContinuousClock.now < deadline else { throw Refusal.unavailable }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(500))
        }
    }

    private func carryOut(
        _ claim: RequestKeys.Claim,
        _ body: (Timestamp) async throws -> Answer
    ) async throws -> Answer {
        let answer: Answer
        do {
            answer = try await body(claim.moment)
        } catch {
            // What the request itself is refused for stays; what the server could not do may be tried.
            guard let refusal = Refusal(error)?.answer, Self.isKept(refusal) else {
                await keys.release(claim)
                throw error
            }
            await keys.keep(refusal.status, refusal.body, for: claim)
            return refusal
        }
        // If this fails the write stands all the same, and a repeat finds its beliefs stored.
        await keys.keep(answer.status, answer.body, for: claim)
        return answer
    }

    private static func isKept(_ answer: Answer) -> Bool {
        (400..<500).contains(answer.status) && answer.status != 401 && answer.status != 429
            && answer.body.count <= RequestKeys.answerByteCountMax
    }

    // MARK: names

    private static func hash(_ written: [String]) throws(RequestRefusal) -> [UInt8] {
        guard written.count == 1, (1...255).contains(written[0].utf8.count),
            written[0].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw refusal("The key must be one of 1 to 255 visible ASCII characters.")
        }
        return Array(SHA256.hash(data: Array(written[0].utf8)))
    }

    /// What makes two requests the same: method, target, type and body; of a form its parts, because
    /// clients make up a new boundary for every attempt.
    private static func hash(_ call: Call, _ body: RequestBody) -> [UInt8] {
        let type = call.request.headers[.contentType] ?? ""
        var hash = SHA256()
        func add(_ bytes: some Collection<UInt8>) {
            // Lengths keep apart what stands side by side.
            hash.update(data: Array("\(bytes.count):".utf8) + Array(bytes))
        }
        add(call.request.method.rawValue.utf8)
        add(call.request.uri.string.utf8)
        guard let form = try? MultipartForm(body.bytes, contentType: type), !form.parts.isEmpty
        else {
            add(type.utf8)
            add(body.bytes)
            return Array(hash.finalize())
        }
        for part in form.parts {
            for text in [part.name, part.filename ?? "", part.contentType ?? ""] { add(text.utf8) }
            add(body.bytes[part.range])
        }
        return Array(hash.finalize())
    }

    private static func refusal(_ text: String) -> RequestRefusal {
        .unprocessable(FieldErrors(location: "headers", field: "Idempotency-Key", text))
    }
}

extension HTTPField.Name {
    fileprivate static let idempotencyKey: HTTPField.Name = {
        guard let name = HTTPField.Name("Idempotency-Key") else {
            preconditionFailure("Idempotency-Key is a token")
        }
        return name
    }()
}
