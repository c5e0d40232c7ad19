/// A day of the proleptic Gregorian calendar.
///
/// The day number counts from 1970-01-01, so that `dayNumber * Microseconds.day` is its midnight in
/// UTC. The arithmetic is Howard Hinnant's ("chrono-compatible low-level date algorithms"): years
/// that begin in March, in eras of 400 years.
package struct CivilDate: Sendable, Hashable {
    package let year: Int
    /// 1...12.
    package let month: Int
    /// 1...31.
    package let day: Int

    /// - Returns: nil if `month` or `day` is not in the calendar, or `year` is beyond ±`yearLimit`.
    package init?(year: Int, month: Int, day: Int) {
        guard (-Self.yearLimit...Self.yearLimit).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.dayCount(year: year, month: month)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day that lies `dayNumber` days after 1970-01-01. Numbers beyond ±`dayNumberLimit` are
    /// taken as that limit, so that arithmetic on times that a client wrote cannot trap.
    package init(dayNumber: Int) {
        let shifted = min(max(dayNumber, -Self.dayNumberLimit), Self.dayNumberLimit) + 719_468
        let (era, dayOfEra) = Self.floorDivide(shifted, 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    package var dayNumber: Int {
        let marchYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = Self.floorDivide(marchYear, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 1 for Monday ... 7 for Sunday, as ISO 8601 counts.
    package var isoWeekday: Int { Self.floorDivide(dayNumber + 3, 7).remainder + 1 }

    /// The day `weekday` of week `week` of an ISO 8601 year.
    ///
    /// - Returns: nil if the year does not have that week, or `weekday` is outside 1...7.
    package init?(isoYear: Int, week: Int, weekday: Int) {
        // 4 January is always in week 1.
        guard isoYear < Self.yearLimit, let fourth = CivilDate(year: isoYear, month: 1, day: 4),
            let nextFourth = CivilDate(year: isoYear + 1, month: 1, day: 4),
            (1...7).contains(weekday), week >= 1
        else { return nil }
        let firstMonday = fourth.dayNumber - (fourth.isoWeekday - 1)
        let nextMonday = nextFourth.dayNumber - (nextFourth.isoWeekday - 1)
        guard week <= (nextMonday - firstMonday) / 7 else { return nil }
        self.init(dayNumber: firstMonday + (week - 1) * 7 + weekday - 1)
    }

    package static func isLeap(year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// - Precondition: `month` is in 1...12.
    package static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year: year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Division that rounds towards minus infinity; the remainder is not negative.
    ///
    /// - Precondition: `divisor` is positive.
    package static func floorDivide<Number: FixedWidthInteger & SignedInteger>(
        _ dividend: Number,
        _ divisor: Number
    ) -> (quotient: Number, remainder: Number) {
        let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// Far beyond what an `Int64` of microseconds can hold (292,277 years from 1970).
    package static let yearLimit = 400_000
    private static let dayNumberLimit = 140_000_000
}
