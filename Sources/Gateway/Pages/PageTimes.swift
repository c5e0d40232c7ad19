internal import Model

/// Moments as people read them: in the user's time zone.
struct PageTimes: Sendable {
    let zone: TimeZoneRules

    /// `24 Nov 2026, 17:05`. µs since 1970 UTC.
    func text(_ microseconds: Int64) -> String {
        let local = microseconds + zone.offset(at: microseconds)
        let (day, rest) = CivilDate.floorDivide(local, 86_400 * Microseconds.second)
        let date = CivilDate(dayNumber: Int(day))
        let minutes = Int(rest / (60 * Microseconds.second))
        return "\(date.day) \(Self.months[date.month - 1]) \(date.year), "
            + "\(Self.two(minutes / 60)):\(Self.two(minutes % 60))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
