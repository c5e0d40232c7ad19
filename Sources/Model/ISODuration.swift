/// Why a text is not a duration.
package enum DurationParseError: Error, Equatable {
    /// Not ISO 8601. The reason is worded as FlexMeasures words it, after "Cannot parse … as
    /// ISO8601 duration: ".
    case malformed(reason: String)
    /// Beyond 292,000 years: does not fit 64 bits of µs.
    case overflow
}

/// A length of time as ISO 8601 writes it: `PT15M`, `P1W`, `PT1.5H`, `-PT1H`, `P0DT1H0M0S`.
///
/// Years and months have no fixed length, so they are kept apart and the caller can refuse them.
package struct ISODuration: Sendable, Equatable {
    /// The fixed part (weeks to seconds) in µs, with the sign applied.
    package let microseconds: Int64
    /// Whether years or months were written, other than zero of them.
    package let isNominal: Bool

    package init(microseconds: Int64, isNominal: Bool = false) {
        self.microseconds = microseconds
        self.isNominal = isNominal
    }

    /// Reads what the Python library isodate reads.
    ///
    /// Every component may have a fraction after `.` or `,`; fractions of a µs are rounded to the
    /// nearest even one. The alternative form that looks like a date (`P0001-02-03T04:05:06`)
    /// always has a year, so it comes back as nominal with length 0.
    package init(parsing text: String) throws(DurationParseError) {
        let bytes = Array(text.utf8)
        if let fixed = try Self.components(bytes) {
            self = fixed
        } else if bytes.first == UInt8(ascii: "P") {
            try Self.checkDateForm(String(text.dropFirst()))
            self.init(microseconds: 0, isNominal: true)
        } else {
            throw .malformed(reason: "Unable to parse duration string \(pythonQuoted(text))")
        }
    }

    /// Whole hours are not gathered into days: `PT24H`, `PT168H`, `PT1H30M`, `PT0H`. The style of
    /// durations in answers about data; **the sign is not printed**.
    package static func hoursText(_ microseconds: Int64) -> String {
        let clock = clockText(microseconds.magnitude)
        return clock.isEmpty ? "PT0H" : "PT" + clock
    }

    /// With days: `P1D`, `P1DT12H`, `PT15M`, `P0D`, `-PT1H`. The style of a sensor's resolution, of
    /// staleness and of forecasts.
    package static func daysText(_ microseconds: Int64) -> String {
        let day = UInt64(Microseconds.day)
        let (days, rest) = microseconds.magnitude.quotientAndRemainder(dividingBy: day)
        let clock = clockText(rest)
        let date = days == 0 && !clock.isEmpty ? "" : "\(days)D"
        return (microseconds < 0 ? "-P" : "P") + date + (clock.isEmpty ? "" : "T" + clock)
    }

    /// As Python prints a `timedelta`: `0:20:00`, `1 day, 0:00:00`, `-1 day, 23:45:00`.
    package static func pythonText(_ microseconds: Int64) -> String {
        let (days, ofDay) = CivilDate.floorDivide(microseconds, Microseconds.day)
        let (seconds, fraction) = ofDay.quotientAndRemainder(dividingBy: Microseconds.second)
        func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
        var text = "\(seconds / 3_600):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        if fraction != 0 { text += "." + sixDigits(UInt64(fraction)) }
        guard days != 0 else { return text }
        return "\(days) day\(abs(days) == 1 ? "" : "s"), " + text
    }

    /// Hours, minutes and seconds without the leading `T`; empty for zero.
    private static func clockText(_ microseconds: UInt64) -> String {
        let (seconds, fraction) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        var text = ""
        if hours != 0 { text += "\(hours)H" }
        if minutes != 0 { text += "\(minutes)M" }
        if fraction != 0 {
            var digits = Substring(sixDigits(fraction))
            while digits.last == "0" { digits.removeLast() }
            text += "\(seconds % 60).\(digits)S"
        } else if seconds % 60 != 0 {
            text += "\(seconds % 60)S"
        }
        return text
    }

    private static func sixDigits(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }
}
