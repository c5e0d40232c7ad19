internal import Auth
internal import Foundation
internal import HTTPTypes
internal import Model
internal import Redis

/// The limits of requests to the API: one budget for each user, and for each address that names
/// none.
struct RequestLimits: Sendable {
    private let requests: RateLimiter?
    private let triggers: RateLimiter?
    private let mails: RateLimiter?
    private let triggerKey: LimitSettings.TriggerKey

    /// Nil `redis`: no limits, as when it is away.
    init(_ settings: LimitSettings, redis: RedisClient?) {
        func limiter(_ name: String, _ limit: RateLimit?) -> RateLimiter? {
            guard let limit, let redis else { return nil }
            return RateLimiter(name, limit, redis: redis)
        }
        requests = limiter("requests", settings.requests)
        triggers = limiter("triggers", settings.triggers)
        mails = limiter("mails", settings.mails)
        triggerKey = settings.triggerKey
    }

    /// Counts a request. `principal`: nil if it names nobody who is known.
    ///
    /// - Throws: `Refusal.limited`.
    func count(_ call: Call, _ principal: Principal?) async throws {
        guard let requests, Self.isCounted(call.path) else { return }
        let key =
            principal.map { "user:\($0.user.rawValue)" }
            ?? "network:\(ClientNetwork.name(of: call.caller.address))"
        guard let standing = await requests.take(key) else { return }
        call.trace.note(standing)
        if standing.isRefused { throw Refusal.limited(.requests(standing)) }
    }

    /// Counts a schedule or forecast that is about to be started, once the request for it was found
    /// good. Its limit then is the one that the answer's headers describe.
    ///
    /// - Throws: `Refusal.limited`.
    func countTrigger(_ call: Call, _ principal: Principal, asset: AssetID) async throws {
        guard let triggers else { return }
        let key =
            switch triggerKey {
            case .account: "account:\(principal.account.rawValue)"
            case .accountAndAsset: "account:\(principal.account.rawValue):\(asset.rawValue)"
            case .user: "user:\(principal.user.rawValue)"
            }
        guard let standing = await triggers.take(key) else { return }
        call.trace.note(standing)
        if standing.isRefused { throw Refusal.limited(.requests(standing)) }
    }

    /// Counts a request that has something mailed to somebody else, or tells whether an address is
    /// taken, before it is carried out.
    ///
    /// - Throws: `Refusal.limited`.
    func countMail(_ call: Call, _ principal: Principal) async throws {
        guard let standing = await mails?.take("user:\(principal.user.rawValue)"),
            standing.isRefused
        else { return }
        call.trace.note(standing)
        throw Refusal.limited(.requests(standing))
    }

    /// The API but for the probes, which must not fail because others ask much.
    private static func isCounted(_ path: Substring) -> Bool {
        (path.hasPrefix("/api/") || path == "/api") && !path.hasPrefix("/api/v3_0/health")
    }
}

/// What a 429 says.
enum LimitReached: Sendable {
    case requests(RateStanding)
    /// Seconds until the next login may be tried.
    case logins(seconds: Int)

    var seconds: Int {
        switch self {
        case .requests(let standing): standing.retrySeconds
        case .logins(let seconds): seconds
        }
    }

    var message: String {
        switch self {
        case .requests(let standing):
            "You hit a rate limit. The limit you hit allows \(standing.limit)."
        case .logins(let seconds):
            "You hit a rate limit. There were too many tries to log in: try again in \(seconds) seconds."
        }
    }

    /// In FlexMeasures' shape.
    var answer: Answer {
        let answer = Answer(
            429,
            [
                "message": .string(message), "result": "Rejected", "status": "TOO_MANY_REQUESTS",
            ]
        )
        switch self {
        // The responder describes the limit in the headers of all answers.
        case .requests: return answer
        case .logins(let seconds):
            let reset = Int(Date().timeIntervalSince1970) + seconds
            return answer.with(.retryAfter, "\(seconds)").with(.rateLimit, "10")
                .with(.rateLimitRemaining, "0").with(.rateLimitReset, "\(reset)")
        }
    }
}

extension RateStanding {
    /// The headers that FlexMeasures sends with every answer while a limit is on.
    var fields: [HTTPField] {
        let wait = isRefused ? retrySeconds : resetSeconds
        let reset = Int(Date().timeIntervalSince1970) + resetSeconds
        return [
            HTTPField(name: .rateLimit, value: "\(limit.count)"),
            HTTPField(name: .rateLimitRemaining, value: "\(remaining)"),
            HTTPField(name: .rateLimitReset, value: "\(reset)"),
            HTTPField(name: .retryAfter, value: "\(max(1, wait))"),
        ]
    }
}

extension HTTPField.Name {
    static let rateLimit = limitName("X-RateLimit-Limit")
    static let rateLimitRemaining = limitName("X-RateLimit-Remaining")
    static let rateLimitReset = limitName("X-RateLimit-Reset")

    private static func limitName(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }
}
