internal import Model

/// The span of event starts that one partition of the block tables holds: a calendar year in UTC.
///
/// A year, because a block never crosses a partition: a year of hourly values is two full blocks,
/// a quarter would be half of one, and every partition costs some 50 KB of empty pages and indexes.
struct PartitionWindow: Sendable, Hashable, Comparable {
    /// Calendar year in UTC, or nil for the default partition, which holds all other years.
    let year: Int?

    /// Years with a partition of their own. Others share the default partition, so that no client
    /// can make the store create tables for thousands of years.
    static let years = 1970...2100

    static func containing(event: Int64) -> PartitionWindow {
        let day = event / Microseconds.day - (event % Microseconds.day < 0 ? 1 : 0)
        let year = CivilDate(dayNumber: Int(day)).year
        return PartitionWindow(year: years.contains(year) ? year : nil)
    }

    /// `windows`, and in the last month of a year that is being written the year to come: it is there
    /// before the first value of New Year's Day.
    static func withNext(_ windows: Set<PartitionWindow>, now: Timestamp) -> Set<PartitionWindow> {
        let (window, soon) = (
            containing(event: now.microseconds),
            containing(event: now.microseconds + 31 * Microseconds.day)
        )
        return windows.contains(window) ? windows.union([soon]) : windows
    }

    /// First event start of the window and of the one after it; nil for the default partition.
    var bounds: Range<Int64>? {
        guard let year, let first = CivilDate(year: year, month: 1, day: 1),
            let next = CivilDate(year: year + 1, month: 1, day: 1)
        else { return nil }
        return Int64(first.dayNumber) * Microseconds.day..<Int64(next.dayNumber) * Microseconds.day
    }

    /// The partition's table.
    func table(of parent: BlockTable) -> String {
        "\(parent.rawValue)_\(year.map { "y\($0)" } ?? "default")"
    }

    static func < (left: PartitionWindow, right: PartitionWindow) -> Bool {
        (left.year ?? .max) < (right.year ?? .max)
    }
}

/// The two layers of blocks.
enum BlockTable: String, Sendable, CaseIterable {
    /// The latest belief per event.
    case current = "current_block"
    /// The beliefs that later ones superseded.
    case history = "history_block"
}
