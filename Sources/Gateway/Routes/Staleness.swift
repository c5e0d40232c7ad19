internal import Model

/// Whether what sources of one type say of a sensor is up to date, in FlexMeasures' words.
struct Staleness: Equatable {
    let isStale: Bool
    let reason: String
    /// How far the latest event that counts is from now, µs, never negative; nil if there is none.
    let age: Int64?
    /// Since when, or until when, µs since 1970 UTC.
    let since: Int64?

    /// Sources of these types say what is to come.
    private static let foreseeing: Set<String> = ["scheduler", "forecaster"]

    /// `latestEvent`: start of the latest event that is known, µs since 1970 UTC.
    /// `now`: µs since 1970 UTC.
    init(
        latestEvent: Int64?,
        sourceType: String?,
        timing: EventTiming,
        now: Int64,
        rules: StalenessRules
    ) {
        guard let event = latestEvent else {
            (isStale, reason, age, since) = (true, "no data recorded", nil, nil)
            return
        }
        let foresees = sourceType.map(Self.foreseeing.contains) ?? false
        guard !foresees || event > now else {
            reason = "Found no future data which this source should have"
            (isStale, age, since) = (true, nil, event)
            return
        }
        // How recent data are follows from when they could be known, not from when they came.
        let mark = foresees ? event : timing.knowledgeTime(eventStart: event)
        let age = now &- mark
        let (limit, timeline) =
            age > 0 ? (rules.ageMax, "old") : (rules.futureAgeMax, "in the future")
        isStale = age > limit
        let verdict =
            switch (age > 0, isStale) {
            case (true, true): "but should not be more"
            case (true, false): "which is not more"
            case (false, true): "but should be more"
            case (false, false): "which is not less"
            }
        reason =
            "most recent data is \(PreciseDuration.text(age)) \(timeline), \(verdict) than "
            + "\(PreciseDuration.text(limit)) \(timeline)"
        self.age = Int64(clamping: age.magnitude)
        since = mark
    }
}

/// Lengths of time for people: `29 days, 15 hours, 47 minutes and 8.79 seconds`.
enum PreciseDuration {
    /// Years of 365 days, months of 30.5; seconds with two decimals if they are not whole. The sign is
    /// not printed. Unit µs.
    static func text(_ microseconds: Int64) -> String {
        var rest = Double(microseconds.magnitude) / 1_000_000
        var parts: [String] = []
        for (name, seconds) in units {
            let count = (rest / seconds).rounded(.down)
            rest -= count * seconds
            if count > 0 { parts.append(counted(String(Int64(count)), name, count == 1)) }
        }
        if rest > 0 || parts.isEmpty {
            let hundredths = Int64((rest * 100).rounded())
            let isWhole = rest == rest.rounded(.down)
            let number =
                isWhole
                ? "\(Int64(rest))"
                : "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
            parts.append(counted(number, "second", rest == 1))
        }
        return AuditTexts.list(parts)
    }

    private static let units: [(name: String, seconds: Double)] = [
        ("year", 365 * 86_400), ("month", 30.5 * 86_400), ("day", 86_400), ("hour", 3_600),
        ("minute", 60),
    ]

    private static func counted(_ number: String, _ name: String, _ isOne: Bool) -> String {
        "\(number) \(name)\(isOne ? "" : "s")"
    }
}
