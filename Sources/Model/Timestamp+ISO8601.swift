/// Why a text is not a moment.
package enum TimestampParseError: Error, Equatable {
    /// A good date or time, but without an offset from UTC: "Not a valid aware datetime."
    case naive
    /// Anything else, also a year outside 1...9999: "Not a valid datetime."
    case invalid
}

extension OffsetTimestamp {
    /// Reads a moment as clients write it.
    ///
    /// The grammar is that of Python 3.11's `datetime.fromisoformat`: extended or basic form, week
    /// dates, `Z` or an offset with hours, minutes and seconds, any one character between date and
    /// time, 1 or more fractional digits of which six count. A space is read as `+`, because that
    /// is what an unescaped plus in a URL becomes. Stricter than Python in two corners: an offset
    /// with a fraction of a second, and stray characters that CPython overlooks before an offset,
    /// are refused.
    ///
    /// - Throws: `.naive` if only the offset is missing, else `.invalid`.
    package init(iso8601 text: String) throws(TimestampParseError) {
        try self.init(iso8601: Array(text.utf8))
    }

    /// The same from UTF-8.
    package init(iso8601 text: [UInt8]) throws(TimestampParseError) {
        let scanner = ISO8601Scanner(text)
        guard let separator = scanner.separatorIndex(),
            let date = scanner.date(before: separator)
        else { throw .invalid }
        guard separator < scanner.count else { throw .naive }
        let clock = try scanner.clock(from: scanner.indexAfterSeparator(at: separator))
        let day = Int64(date.dayNumber) * Microseconds.day
        let moment = day + clock.microseconds - Int64(clock.offsetSeconds) * Microseconds.second
        let timestamp = Timestamp(microseconds: moment)
        guard timestamp >= .earliest, timestamp <= .latest else { throw .invalid }
        self.init(timestamp: timestamp, offsetSeconds: clock.offsetSeconds)
    }
}

extension Timestamp {
    /// The moment as Python's `isoformat` prints it: `2026-03-02T00:00:00+01:00`.
    ///
    /// - Parameters:
    ///   - offsetSeconds: In which offset to show it; less than a day either way.
    ///   - showsFraction: Whether to print `.ffffff` if the fraction is not zero.
    /// - Returns: ASCII; years beyond 9999 get more digits.
    package func iso8601(offsetSeconds: Int = 0, showsFraction: Bool = true) -> String {
        let wall = microseconds &+ Int64(offsetSeconds) * Microseconds.second
        let (dayNumber, ofDay) = CivilDate.floorDivide(wall, Microseconds.day)
        let date = CivilDate(dayNumber: Int(dayNumber))
        let second = Int(ofDay / Microseconds.second)
        let fraction = Int(ofDay % Microseconds.second)

        var text = Self.padded(date.year, to: 4)
        text += "-" + Self.padded(date.month, to: 2) + "-" + Self.padded(date.day, to: 2)
        text += "T" + Self.clock(second)
        if showsFraction, fraction != 0 { text += "." + Self.padded(fraction, to: 6) }
        let distance = abs(offsetSeconds)
        text += offsetSeconds < 0 ? "-" : "+"
        text += distance % 60 == 0 ? String(Self.clock(distance).dropLast(3)) : Self.clock(distance)
        return text
    }

    private static func clock(_ second: Int) -> String {
        padded(second / 3_600, to: 2) + ":" + padded(second / 60 % 60, to: 2) + ":"
            + padded(second % 60, to: 2)
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(abs(number))
        let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
        return (number < 0 ? "-" : "") + zeros + digits
    }
}

/// Cuts a text into the parts of a moment. Positions are byte indices; a byte beyond the end reads
/// as zero, which no part accepts.
private struct ISO8601Scanner {
    private let bytes: [UInt8]
    var count: Int { bytes.count }

    init(_ text: [UInt8]) {
        bytes = text.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 }
    }

    private func byte(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }

    private func isDigit(_ index: Int) -> Bool { byte(index) &- UInt8(ascii: "0") < 10 }

    /// The number that exactly `length` digits from `start` on spell.
    private func number(_ start: Int, _ length: Int) -> Int? {
        var value = 0
        for index in start..<start + length {
            guard isDigit(index) else { return nil }
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return value
    }

    /// Where the date ends. The first bytes tell the form; nil if the text is too short for any.
    func separatorIndex() -> Int? {
        let (hyphen, week) = (UInt8(ascii: "-"), UInt8(ascii: "W"))
        guard count >= 7 else { return nil }
        guard count > 7 else { return 7 }
        if byte(4) == hyphen {
            guard byte(5) == week else { return 10 }
            guard byte(8) == hyphen else { return 8 }
            guard count > 9 else { return nil }
            // `2026-W01-4…` is a weekday unless two digits follow: then the hyphen separates.
            return isDigit(10) ? 8 : 10
        }
        guard byte(4) == week else { return 8 }
        var digitEnd = 7
        while isDigit(digitEnd) { digitEnd += 1 }
        // `2026W014` then a separator, or `2026W01` then a digit as separator: only parity can
        // tell.
        return digitEnd < 9 ? digitEnd : digitEnd % 2 == 0 ? 7 : 8
    }

    func date(before end: Int) -> CivilDate? {
        guard let year = number(0, 4), year >= 1 else { return nil }
        let hasHyphens = byte(4) == UInt8(ascii: "-")
        let start = hasHyphens ? 5 : 4
        guard byte(start) == UInt8(ascii: "W") else {
            let dayStart = hasHyphens ? 8 : 6
            guard !hasHyphens || byte(7) == UInt8(ascii: "-"), let month = number(start, 2),
                let day = number(dayStart, 2)
            else { return nil }
            return CivilDate(year: year, month: month, day: day)
        }
        guard let week = number(start + 1, 2) else { return nil }
        guard start + 3 < end else { return CivilDate(isoYear: year, week: week, weekday: 1) }
        guard !hasHyphens || byte(8) == UInt8(ascii: "-"),
            let weekday = number(hasHyphens ? 9 : 7, 1)
        else { return nil }
        return CivilDate(isoYear: year, week: week, weekday: weekday)
    }

    /// The separator may be any character, also one of several bytes.
    func indexAfterSeparator(at index: Int) -> Int {
        switch byte(index) {
        case 0..<0x80: index + 1
        case 0xE0...0xEF: index + 3
        case 0xF0...0xFF: index + 4
        default: index + 2
        }
    }

    /// Time of day and offset from `start` to the end.
    func clock(
        from start: Int
    ) throws(TimestampParseError) -> (microseconds: Int64, offsetSeconds: Int) {
        guard start < count else { throw .invalid }
        let signs = [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "Z")]
        let signIndex = bytes[start...].firstIndex { signs.contains($0) } ?? count
        guard let time = components(from: start, to: signIndex),
            time.hour < 24, time.minute < 60, time.second < 60
        else { throw .invalid }
        guard signIndex < count else {
            throw time.isWhole ? .naive : .invalid
        }
        let microseconds = Int64(time.secondOfDay) * Microseconds.second + Int64(time.microsecond)
        if bytes[signIndex] == UInt8(ascii: "Z") {
            guard signIndex + 1 == count else { throw .invalid }
            return (microseconds, 0)
        }
        guard let offset = components(from: signIndex + 1, to: count), offset.isWhole,
            offset.microsecond == 0, offset.secondOfDay < 86_400
        else { throw .invalid }
        let sign = bytes[signIndex] == UInt8(ascii: "-") ? -1 : 1
        return (microseconds, sign * offset.secondOfDay)
    }

    private struct Components {
        var (hour, minute, second, microsecond) = (0, 0, 0, 0)
        /// Whether the text ended where the parts did.
        var isWhole = true
        var secondOfDay: Int { hour * 3_600 + minute * 60 + second }
    }

    /// `HH[:?MM[:?SS[{.,}f+]]]`; the first separator decides whether there must be more of them.
    private func components(from start: Int, to end: Int) -> Components? {
        var parts = [0, 0, 0]
        var result = Components()
        var index = start
        var hasColons = true
        scan: for part in 0..<3 {
            guard index + 2 <= end, let value = number(index, 2) else { return nil }
            parts[part] = value
            index += 2
            if index >= end { break }
            let next = byte(index)
            if part == 0 { hasColons = next == UInt8(ascii: ":") }
            switch next {
            case UInt8(ascii: ":") where hasColons && part < 2: index += 1
            case UInt8(ascii: "."), UInt8(ascii: ","): break scan
            default: if hasColons || part == 2 { return nil }
            }
        }
        (result.hour, result.minute, result.second) = (parts[0], parts[1], parts[2])
        guard index < end else { return result }
        guard byte(index) == UInt8(ascii: ".") || byte(index) == UInt8(ascii: ",") else {
            return nil
        }
        let fraction = bytes[(index + 1)..<end]
        guard !fraction.isEmpty, fraction.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else {
            return nil
        }
        for place in 0..<6 {
            let digit = place < fraction.count ? fraction[index + 1 + place] - UInt8(ascii: "0") : 0
            result.microsecond = result.microsecond * 10 + Int(digit)
        }
        return result
    }
}
