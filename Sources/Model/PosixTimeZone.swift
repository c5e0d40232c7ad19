/// The rule for all years after a zone's last listed transition: the footer of a TZif file, written
/// as POSIX writes the variable `TZ` (RFC 8536 section 3.3.1), such as
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Unit of every offset and time of day: seconds. Offsets are east of UTC; POSIX writes them west.
struct PosixTimeZone: Sendable, Equatable {
    /// When daylight saving time begins and ends, in the local time that ends at that moment.
    struct Season: Sendable, Equatable {
        let offset: Int64
        let start: Moment
        let end: Moment
    }

    /// A day of any year, and a time of day that may lie up to a week beside that day.
    struct Moment: Sendable, Equatable {
        enum Day: Sendable, Equatable {
            /// `Jn`: day of the year, 1...365, 29 February never counted.
            case julian(Int)
            /// `n`: day of the year, 0...365, 29 February counted.
            case zeroBased(Int)
            /// `Mm.w.d`: weekday `d` (0 is Sunday) of week `w` (5 is the last) of month `m`.
            case monthWeekday(month: Int, week: Int, weekday: Int)
        }
        let day: Day
        let secondOfDay: Int64
    }

    let standardOffset: Int64
    /// Nil for zones without daylight saving time.
    let season: Season?

    /// - Returns: nil if `text` is not a POSIX time zone, or has a season without its dates.
    init?(_ text: some Collection<UInt8>) {
        var reader = Reader(text)
        guard reader.skipName(), let west = reader.signedTime() else { return nil }
        standardOffset = -west
        guard !reader.isAtEnd else {
            season = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standardOffset + 3_600
        if reader.peek() != UInt8(ascii: ",") {
            guard let written = reader.signedTime() else { return nil }
            offset = -written
        }
        guard let start = reader.moment(), let end = reader.moment(), reader.isAtEnd else {
            return nil
        }
        season = Season(offset: offset, start: start, end: end)
    }

    /// Seconds east of UTC at `second` since 1970 UTC.
    func offset(atUTC second: Int64) -> Int64 {
        guard let season else { return standardOffset }
        let year = Self.year(ofLocal: second &+ standardOffset)
        return Self.isWithin(
            second,
            from: season.start.second(inYear: year) - standardOffset,
            to: season.end.second(inYear: year) - season.offset
        ) ? season.offset : standardOffset
    }

    /// Seconds east of UTC for the wall-clock time `second` (as if UTC, since 1970). A time that
    /// occurs twice means the first; a time that is skipped is read with the offset before the gap.
    func offset(atWall second: Int64) -> Int64 {
        guard let season else { return standardOffset }
        let year = Self.year(ofLocal: second)
        let gain = season.offset - standardOffset
        return Self.isWithin(
            second,
            from: season.start.second(inYear: year) + max(0, gain),
            to: season.end.second(inYear: year) + max(0, -gain)
        ) ? season.offset : standardOffset
    }

    /// A southern season runs over New Year: it ends before it starts.
    private static func isWithin(_ second: Int64, from start: Int64, to end: Int64) -> Bool {
        start <= end ? second >= start && second < end : second >= start || second < end
    }

    private static func year(ofLocal second: Int64) -> Int {
        CivilDate(dayNumber: Int(CivilDate.floorDivide(second, 86_400).quotient)).year
    }
}

extension PosixTimeZone.Moment {
    /// Seconds since 1970 as if local time were UTC.
    func second(inYear year: Int) -> Int64 {
        Int64(dayNumber(inYear: year)) * 86_400 + secondOfDay
    }

    private func dayNumber(inYear year: Int) -> Int {
        // A year from `CivilDate(dayNumber:)` always has a first day of every month.
        func first(ofMonth month: Int) -> CivilDate? {
            CivilDate(year: year, month: month, day: 1)
        }
        let newYear = first(ofMonth: 1)?.dayNumber ?? 0
        switch day {
        case .julian(let count):
            return newYear + count - 1 + (CivilDate.isLeap(year: year) && count >= 60 ? 1 : 0)
        case .zeroBased(let index):
            return newYear + index
        case .monthWeekday(let month, let week, let weekday):
            guard let first = first(ofMonth: month) else { return newYear }
            let skipped = (weekday - first.isoWeekday % 7 + 7) % 7
            let dayCount = CivilDate.dayCount(year: year, month: month)
            var dayOffset = skipped + (week - 1) * 7
            if dayOffset >= dayCount { dayOffset -= 7 }
            return first.dayNumber + dayOffset
        }
    }
}

/// Reads the parts of a POSIX zone from left to right.
private struct Reader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: some Collection<UInt8>) {
        bytes = Array(text)
    }

    var isAtEnd: Bool { index == bytes.count }

    func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ wanted: Character) -> Bool {
        guard let byte = peek(), byte == wanted.asciiValue else { return false }
        index += 1
        return true
    }

    /// A name is three letters or more, or anything of that kind in `<>`.
    mutating func skipName() -> Bool {
        let isQuoted = take("<")
        let start = index
        while let byte = peek(), isQuoted ? byte != UInt8(ascii: ">") : byte.isASCIILetter {
            index += 1
        }
        guard index - start >= 3 else { return false }
        return !isQuoted || take(">")
    }

    private mutating func number(in range: ClosedRange<Int>) -> Int? {
        var value = 0
        let start = index
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte),
            index - start < 3
        {
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            index += 1
        }
        return index > start && range.contains(value) ? value : nil
    }

    /// `[+-]h[h[h]][:mm[:ss]]` in seconds; RFC 8536 allows up to 167 hours.
    mutating func signedTime() -> Int64? {
        let isNegative = take("-")
        if !isNegative { _ = take("+") }
        guard let hours = number(in: 0...167) else { return nil }
        var seconds = hours * 3_600
        if take(":") {
            guard let minutes = number(in: 0...59) else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let rest = number(in: 0...59) else { return nil }
                seconds += rest
            }
        }
        return Int64(isNegative ? -seconds : seconds)
    }

    /// `,date[/time]`; the time is 02:00 if it is not written.
    mutating func moment() -> PosixTimeZone.Moment? {
        guard take(","), let day = day() else { return nil }
        guard take("/") else { return PosixTimeZone.Moment(day: day, secondOfDay: 7_200) }
        guard let time = signedTime() else { return nil }
        return PosixTimeZone.Moment(day: day, secondOfDay: time)
    }

    private mutating func day() -> PosixTimeZone.Moment.Day? {
        if take("J") {
            return number(in: 1...365).map { .julian($0) }
        }
        guard take("M") else { return number(in: 0...365).map { .zeroBased($0) } }
        guard let month = number(in: 1...12), take("."), let week = number(in: 1...5), take("."),
            let weekday = number(in: 0...6)
        else { return nil }
        return .monthWeekday(month: month, week: week, weekday: weekday)
    }
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}
