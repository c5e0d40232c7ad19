/// When an event could be known, as FlexMeasures' column `knowledge_horizon_fnc` names it.
package enum KnowledgeRule: Sendable, Equatable {
    /// Known `horizon` µs after the event's end (`ex_post`, the default with 0).
    case exPost(horizon: Int64)
    /// Known `horizon` µs before the event's start (`ex_ante`).
    case exAnte(horizon: Int64)
    /// Known at one moment (`at_date`), µs since 1970 UTC.
    case atDate(Int64)
    /// Known `days` days before the event's local day, at `hour` o'clock (`x_days_ago_at_y_oclock`).
    case daysAgo(days: Int, hour: Double, zone: TimeZoneRules)
    /// Known on a day of the year, `years` years before the event (`x_years_ago_at_date`).
    case yearsAgo(years: Int, month: Int, day: Int, zone: TimeZoneRules)

    /// µs since 1970 UTC at which the event that starts at `eventStart` could be known.
    package func knowledgeTime(eventStart: Int64, resolution: Int64) -> Int64 {
        switch self {
        case .exPost(let horizon): eventStart &+ resolution &+ horizon
        case .exAnte(let horizon): eventStart &- horizon
        case .atDate(let moment): moment
        case .daysAgo(let days, let hour, let zone):
            zone.daysAgo(days, hour: hour, before: eventStart)
        case .yearsAgo(let years, let month, let day, let zone):
            zone.yearsAgo(years, month: month, day: day, before: eventStart)
        }
    }

    /// Knowledge time minus event start where it is the same for every event, else nil.
    package func constantOffset(resolution: Int64) -> Int64? {
        switch self {
        case .exPost(let horizon): resolution &+ horizon
        case .exAnte(let horizon): -horizon
        case .atDate, .daysAgo, .yearsAgo: nil
        }
    }
}
