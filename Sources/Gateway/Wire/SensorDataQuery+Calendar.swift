package import Model
import TSEngine

extension FieldReader {
    /// A length of time that may count months and years, in whole minutes besides.
    mutating func calendarDuration(_ field: String, isRequired: Bool = false) -> CalendarStep? {
        if let text = fields[field]?.string, let step = CalendarStep(nominal: text) { return step }
        return duration(field, isRequired: isRequired).map { CalendarStep(microseconds: $0) }
    }
}

extension CalendarStep {
    /// 10,000 years: what a calendar of four digits needs.
    private static let monthsMax = 120_000

    /// Reads a duration with years or months, such as `P1M`, `-P1Y6M` or `P1MT1H`.
    ///
    /// - Returns: nil for all others, also for parts of a month, for fractions of a minute, and
    ///   beyond 10,000 years.
    init?(nominal text: String) {
        guard let parsed = try? ISODuration(parsing: text), parsed.isNominal,
            parsed.microseconds % Microseconds.minute == 0,
            parsed.microseconds.magnitude < UInt64(12 * Self.monthsMax) * 31 * 86_400_000_000
        else { return nil }
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        guard rest.popFirst() == UInt8(ascii: "P") else { return nil }
        var months = 0
        while let first = rest.first, first != UInt8(ascii: "T") {
            var number = 0
            while let digit = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) {
                number = number * 10 + Int(digit - UInt8(ascii: "0"))
                guard number <= Self.monthsMax else { return nil }
                rest.removeFirst()
            }
            switch rest.popFirst() {
            case UInt8(ascii: "Y"): months += 12 * number
            case UInt8(ascii: "M"): months += number
            // Weeks and days are in the fixed part already.
            case UInt8(ascii: "W"), UInt8(ascii: "D"): break
            default: return nil
            }
        }
        guard months <= Self.monthsMax else { return nil }
        self.init(
            months: isNegative ? -months : months,
            microseconds: parsed.microseconds
        )
    }
}

extension SensorDataQuery {
    /// Whether the asked resolution counts whole days or months.
    private var hasCalendarResolution: Bool {
        guard let resolution else { return false }
        return !CalendarStep(months: resolutionMonths, microseconds: resolution).isFixed
    }

    /// The question with a duration of a fixed length.
    ///
    /// Months and years are counted on the clocks of the sensor's time zone if the start is written
    /// in its offset, else in the offset that is written. Where the answer has a place for each day
    /// or month of the zone, so are days, and always in the zone: two days are two places.
    package func fixed(in zone: TimeZoneRules) -> SensorDataQuery {
        let countsDays = hasCalendarResolution && duration % Microseconds.day == 0
        guard durationMonths != 0 || (countsDays && duration > 0) else { return self }
        let moment = start.microseconds
        let written = Int64(start.offsetSeconds) * Microseconds.second
        let step = CalendarStep(months: durationMonths, microseconds: countsDays ? duration : 0)
        let end =
            hasCalendarResolution || zone.offset(at: moment) == written
            ? step.moment(1, from: moment, in: zone)
            : step.moment(1, from: moment &+ written, in: .utc) &- written
        var question = self
        question.duration = (end &- moment) &+ (countsDays ? 0 : duration)
        question.durationMonths = 0
        return question
    }
}
