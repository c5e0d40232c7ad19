/// So many requests in so much time, written as FlexMeasures' settings write it: `500 per minute`,
/// `10 per 5 minutes`, `100/hour`.
package struct RateLimit: Sendable, Hashable, CustomStringConvertible {
    /// Requests that may come at once, and in each period.
    package let count: Int
    /// Unit s.
    package let periodSeconds: Int
    /// As answers spell it: `5 per 1 minute`.
    package let description: String

    /// Most requests of a limit; more is no limit.
    static let countMax = 1_000_000_000
    /// Longest period, seconds: a year.
    static let periodSecondsMax = 366 * 86_400

    private static let units: [(name: String, seconds: Int)] = [
        ("second", 1), ("minute", 60), ("hour", 3_600), ("day", 86_400), ("month", 30 * 86_400),
        ("year", 365 * 86_400),
    ]

    /// - Returns: nil for a text of another form, also for several limits in one.
    package init?(_ text: String) {
        let words = text.lowercased().replacing("/", with: " per ").split(separator: " ")
        guard (3...4).contains(words.count), words[1] == "per", let count = Int(words[0]),
            (1...Self.countMax).contains(count),
            let multiple = words.count == 4 ? Int(words[2]) : 1, multiple >= 1,
            let unit = Self.units.first(where: { unit in
                words[words.count - 1] == unit.name || words[words.count - 1] == unit.name + "s"
            })
        else { return nil }
        let (seconds, isOverflow) = unit.seconds.multipliedReportingOverflow(by: multiple)
        guard !isOverflow, seconds <= Self.periodSecondsMax else { return nil }
        (self.count, periodSeconds) = (count, seconds)
        description = "\(count) per \(multiple) \(unit.name)"
    }
}

/// What is left of a limit, for the headers of an answer.
struct RateStanding: Sendable, Hashable {
    let limit: RateLimit
    /// Requests that may come now.
    var remaining: Int
    /// Seconds until all of the limit may be used again.
    var resetSeconds: Int
    /// Seconds until the next request may come; 0: now.
    var retrySeconds: Int
    /// Whether the request is refused.
    var isRefused: Bool
}

/// Which limits there are.
package struct LimitSettings: Sendable {
    /// Who shares one budget of triggers (`FLEXMEASURES_API_RATE_LIMIT_KEY`).
    package enum TriggerKey: String, Sendable, CaseIterable {
        case account
        case accountAndAsset = "account+asset"
        case user
    }

    /// `FLEXMEASURES_API_DEFAULT_RATE_LIMIT`: requests of a user, or of an address without one, to
    /// all of the API. Default: no limit.
    package var requests: RateLimit?
    /// `FLEXMEASURES_API_TRIGGER_RATE_LIMIT`: started schedules and forecasts. Default 10 per 5
    /// minutes.
    package var triggers = RateLimit("10 per 5 minutes")
    package var triggerKey = TriggerKey.account
    /// `PENSTOCK_MAIL_RATE_LIMIT`: new users, voided passwords and new addresses that a user asks
    /// the API for: each is mailed to somebody. Default 100 per hour.
    package var mails = RateLimit("100 per hour")
    /// `PENSTOCK_LOGIN_LIMITS`: whether guesses of passwords are held up. Default true.
    package var guardsLogins = true

    package init() {}
}
