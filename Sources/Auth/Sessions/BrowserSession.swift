internal import Synchronization

/// How long a login in a browser lasts.
package struct SessionLimits: Sendable {
    /// From the login on, seconds; default seven days.
    package var ageSecondsMax: Int64
    /// From the last use on, seconds, to within about a minute; default twelve hours.
    package var idleSecondsMax: Int64

    /// - Precondition: both are at least `secondsMin`; the caller that reads settings checks them.
    package init(ageSecondsMax: Int64 = 7 * 86_400, idleSecondsMax: Int64 = 12 * 3_600) {
        precondition(min(ageSecondsMax, idleSecondsMax) >= Self.secondsMin)
        (self.ageSecondsMax, self.idleSecondsMax) = (ageSecondsMax, idleSecondsMax)
    }

    /// Five minutes: several times as long as a session counts without asking the database.
    package static let secondsMin: Int64 = 300
}

/// A login in a browser, as its owner sees it.
package struct BrowserSession: Sendable, Equatable {
    package let id: Int64
    /// µs since 1970 UTC, as all times here.
    package let createdAt: Int64
    /// To the minute.
    package let lastSeenAt: Int64
    package let expiresAt: Int64
    /// Of the client that logged in.
    package let address: String?
    /// What the browser calls itself, cut and without control characters.
    package let browser: String?
    /// Whether it is the one that asks.
    package let isCurrent: Bool
}

/// The session of a user who changes the password or a second factor: it goes on, under a new id,
/// where all others end.
package struct KeptSession: Sendable {
    /// For the cookie, once the change is made.
    package let id: Secret<String>
    let hash: [UInt8]
    let formerHash: [UInt8]

    /// - Returns: nil if `former` is no session's id.
    package init?(_ former: Secret<String>) {
        let text = BearerID.random()
        guard let formerHash = BearerID.hash(former.exposed), let hash = BearerID.hash(text)
        else { return nil }
        (id, self.hash, self.formerHash) = (Secret(text), hash, formerHash)
    }
}

/// When sessions were last used, as far as the database does not know it yet; and how many unknown
/// ones may be looked up at once.
final class SessionUses: Sendable {
    private struct State {
        /// Seconds since 1970 UTC by session.
        var seconds: [Int64: Int64] = [:]
        var lookupCount = 0
    }

    private let state = Mutex(State())

    /// A flood of made-up cookies must not hold up logins.
    static let lookupCountMax = 128

    /// - Returns: false if too many lookups are under way.
    func beginLookup() -> Bool {
        state.withLock { state in
            guard state.lookupCount < Self.lookupCountMax else { return false }
            state.lookupCount += 1
            return true
        }
    }

    func endLookup() { state.withLock { $0.lookupCount -= 1 } }

    func note(_ session: Int64, second: Int64) {
        state.withLock { $0.seconds[session] = max(second, $0.seconds[session] ?? .min) }
    }

    /// Takes out what is to be written.
    func take() -> [(id: Int64, second: Int64)] {
        state.withLock { state in
            defer { state.seconds = [:] }
            return state.seconds.map { ($0.key, $0.value) }
        }
    }
}
