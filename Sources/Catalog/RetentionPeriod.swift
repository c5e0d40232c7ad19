package import Model

/// How long beliefs are kept, as ISO 8601 writes it: `P2Y`, `P1Y6M`, `P90D`, `PT36H`. Months are
/// those of the UTC calendar, so they are counted apart from what has a fixed length.
package struct RetentionPeriod: Sendable, Hashable, CustomStringConvertible {
    /// Calendar months; 12 for a year.
    package let months: Int
    /// Weeks to seconds, µs.
    package let microseconds: Int64

    /// - Returns: nil if nothing would be kept, or if a part is negative or beyond `monthsMax` or
    ///   `microsecondsMax`.
    package init?(months: Int, microseconds: Int64) {
        guard (0...Self.monthsMax).contains(months),
            (0...Self.microsecondsMax).contains(microseconds), months > 0 || microseconds > 0
        else { return nil }
        (self.months, self.microseconds) = (months, microseconds)
    }

    /// Reads `P[nY][nM][nW][nD][T[nH][nM][nS]]` with whole numbers.
    ///
    /// - Returns: nil for another form, and as `init(months:microseconds:)`.
    package init?(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "P"), text.utf8.count <= Self.textByteCountMax else {
            return nil
        }
        var units = Self.dateUnits[...]
        var isTime = false
        var number: Int64?
        var (months, microseconds): (Int64, Int64) = (0, 0)
        for byte in text.utf8.dropFirst() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int64(byte - UInt8(ascii: "0"))
                guard (number ?? 0) < 1_000_000_000 else { return nil }
                number = (number ?? 0) * 10 + digit
            case UInt8(ascii: "T"):
                guard !isTime, number == nil else { return nil }
                (isTime, units) = (true, Self.timeUnits[...])
            default:
                guard let count = number,
                    let index = units.firstIndex(where: { $0.designator == byte })
                else { return nil }
                // At most ten digits times a week in µs: fits; the bounds are checked below.
                let unit = units[index]
                months += count * unit.months
                let (length, overflow) = count.multipliedReportingOverflow(by: unit.microseconds)
                guard !overflow, length <= Self.microsecondsMax else { return nil }
                microseconds += length
                units = units[(index + 1)...]
                number = nil
            }
        }
        guard number == nil, text.utf8.last != UInt8(ascii: "T"), months <= Self.monthsMax else {
            return nil
        }
        self.init(months: Int(months), microseconds: microseconds)
    }

    /// The moment that lies this long before `now`: an event that ends before it is not kept.
    ///
    /// A day that its month does not have becomes the month's last one: a month before 31 March is
    /// 28 or 29 February. Never before the earliest moment that is stored.
    package func cutOff(before now: Timestamp) -> Timestamp {
        let (day, ofDay) = CivilDate.floorDivide(now.microseconds, Microseconds.day)
        let date = CivilDate(dayNumber: Int(day))
        let (year, month) = CivilDate.floorDivide(date.year * 12 + date.month - 1 - months, 12)
        let last = CivilDate.dayCount(year: year, month: month + 1)
        guard let moved = CivilDate(year: year, month: month + 1, day: min(date.day, last)) else {
            return .earliest
        }
        let start = Int64(moved.dayNumber) * Microseconds.day + ofDay
        return max(.earliest, Timestamp(microseconds: start - microseconds))
    }

    package var description: String {
        var text = "P"
        if months >= 12 { text += "\(months / 12)Y" }
        if months % 12 != 0 { text += "\(months % 12)M" }
        if microseconds > 0 { text += ISODuration.daysText(microseconds).dropFirst() }
        return text
    }

    /// Ten thousand years: longer than any time that is stored.
    package static let monthsMax = 120_000
    package static let microsecondsMax = 3_652_500 * Microseconds.day
    private static let textByteCountMax = 80

    /// The designators in their only allowed order, and how long each is.
    private static let dateUnits: [(designator: UInt8, months: Int64, microseconds: Int64)] = [
        (UInt8(ascii: "Y"), 12, 0), (UInt8(ascii: "M"), 1, 0),
        (UInt8(ascii: "W"), 0, 7 * Microseconds.day), (UInt8(ascii: "D"), 0, Microseconds.day),
    ]
    private static let timeUnits: [(designator: UInt8, months: Int64, microseconds: Int64)] = [
        (UInt8(ascii: "H"), 0, Microseconds.hour), (UInt8(ascii: "M"), 0, Microseconds.minute),
        (UInt8(ascii: "S"), 0, Microseconds.second),
    ]
}
