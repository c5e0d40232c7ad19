/// The rules of one IANA time zone: its offset from UTC at every moment, past and future.
///
/// Read once from a TZif file (RFC 8536, version 2 or later) and immutable afterwards. Equal if the
/// identifiers are, so that two loads of one zone compare as one.
package struct TimeZoneRules: Sendable, Equatable, CustomStringConvertible {
    /// The IANA name, such as `Europe/Amsterdam`.
    package let identifier: String
    /// A reference, so that rules stay small inside other values.
    private let table: Table

    /// The parsed file; seconds throughout. Shared, never changed.
    private final class Table: Sendable {
        /// Ascending, seconds since 1970 UTC; `offsets[index + 1]` holds from `transitions[index]`
        /// on.
        let transitions: [Int64]
        /// Seconds east of UTC; one more than `transitions`, the first for all time before.
        let offsets: [Int64]
        /// For the time from the last transition on; nil if the last offset simply stays.
        let footer: PosixTimeZone?

        init(transitions: [Int64], offsets: [Int64], footer: PosixTimeZone?) {
            (self.transitions, self.offsets, self.footer) = (transitions, offsets, footer)
        }
    }

    /// Coordinated universal time; needs no file.
    package static let utc = TimeZoneRules(
        identifier: "UTC",
        table: Table(transitions: [], offsets: [0], footer: nil)
    )

    private init(identifier: String, table: Table) {
        (self.identifier, self.table) = (identifier, table)
    }

    /// Reads the bytes of a TZif file.
    ///
    /// - Returns: nil if they are not TZif of version 2 or later, are cut short, count leap
    ///   seconds, or hold an offset of a day or more. Never traps on hostile bytes.
    package init?(identifier: String, tzif: [UInt8]) {
        guard let file = TimeZoneFile(tzif) else { return nil }
        self.identifier = identifier
        table = Table(
            transitions: file.transitions,
            offsets: file.offsets,
            footer: file.footer
        )
    }

    package var description: String { identifier }

    package static func == (left: TimeZoneRules, right: TimeZoneRules) -> Bool {
        left.identifier == right.identifier
    }

    /// The offset from UTC, in µs east, at a moment in µs since 1970 UTC. Cost: one binary search.
    package func offset(at microseconds: Int64) -> Int64 {
        let second = CivilDate.floorDivide(microseconds, Microseconds.second).quotient
        let index = transitionCount { table.transitions[$0] <= second }
        if index == table.transitions.count, let footer = table.footer {
            return footer.offset(atUTC: second) * Microseconds.second
        }
        return table.offsets[index] * Microseconds.second
    }

    /// The moment, in µs since 1970 UTC, at which local clocks show `timeOfDay` µs after midnight
    /// of the given day; out of range times of day count on into other days.
    ///
    /// As Python's `zoneinfo` with `fold=0`: a local time that occurs twice means the first, one
    /// that a gap skips is read with the offset before the gap.
    package func microseconds(localDay day: CivilDate, timeOfDay: Int64) -> Int64 {
        let wall = Int64(day.dayNumber).multipliedReportingOverflow(by: Microseconds.day)
        guard !wall.overflow else { return day.dayNumber < 0 ? .min : .max }
        return microseconds(wall: wall.partialValue &+ timeOfDay)
    }

    /// Like `microseconds(localDay:timeOfDay:)` for a day that may not exist, such as 31 April.
    ///
    /// - Returns: nil if the calendar does not have the day.
    package func microseconds(
        localDay year: Int,
        _ month: Int,
        _ day: Int,
        timeOfDay: Int64 = 0
    ) -> Int64? {
        CivilDate(year: year, month: month, day: day).map {
            microseconds(localDay: $0, timeOfDay: timeOfDay)
        }
    }

    /// The local calendar day at a moment in µs since 1970 UTC.
    package func localDay(at microseconds: Int64) -> CivilDate {
        let wall = microseconds &+ offset(at: microseconds)
        return CivilDate(dayNumber: Int(CivilDate.floorDivide(wall, Microseconds.day).quotient))
    }

    private func microseconds(wall: Int64) -> Int64 {
        let second = CivilDate.floorDivide(wall, Microseconds.second).quotient
        // Until the later of the two clocks at a transition has passed, the old offset is meant.
        let index = transitionCount {
            table.transitions[$0] + max(table.offsets[$0], table.offsets[$0 + 1]) <= second
        }
        let offset =
            if index == table.transitions.count, let footer = table.footer {
                footer.offset(atWall: second)
            } else {
                table.offsets[index]
            }
        return wall &- offset * Microseconds.second
    }

    /// How many transitions satisfy `isPast`, which holds for a prefix of them.
    private func transitionCount(where isPast: (Int) -> Bool) -> Int {
        var (low, high) = (0, table.transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(middle) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension TimeZoneRules {
    /// The moment `hour` o'clock local time, `days` days before the local day of `eventStart`. All
    /// moments in µs since 1970 UTC.
    package func daysAgo(_ days: Int, hour: Double, before eventStart: Int64) -> Int64 {
        let day = localDay(at: eventStart).dayNumber &- days
        // Truncated to µs, as timely-beliefs does; a NaN or absurd hour counts as midnight.
        let timeOfDay = Int64(exactly: (hour * Double(Microseconds.hour)).rounded(.towardZero)) ?? 0
        return microseconds(localDay: CivilDate(dayNumber: day), timeOfDay: timeOfDay)
    }

    /// Midnight local time of a day of the year, `years` years before the local year of
    /// `eventStart`. 29 February means the 28th in years that do not have it. In µs since 1970 UTC.
    package func yearsAgo(_ years: Int, month: Int, day: Int, before eventStart: Int64) -> Int64 {
        let wanted = localDay(at: eventStart).year &- years
        let year = min(max(wanted, -CivilDate.yearLimit), CivilDate.yearLimit)
        let month = min(max(month, 1), 12)
        let day = min(max(day, 1), CivilDate.dayCount(year: year, month: month))
        return microseconds(localDay: year, month, day) ?? .min
    }
}
