internal import Model

/// A time as files write it: with an offset from UTC, or as a clock shows it.
enum UploadMoment: Equatable {
    /// µs since 1970 UTC.
    case aware(Int64)
    /// µs since 1970-01-01T00:00 of some clock.
    case naive(Int64)

    /// Reads what the API reads (`OffsetTimestamp`), also without an offset; a blank between date and
    /// time and before the offset; a date alone, which means its midnight; and `2026/06/05` for a
    /// date. Nil for anything else: whether 05/06 is in May or in June cannot be told.
    init?(_ text: String) {
        var bytes = Array(text.trimmingASCIISpace().utf8)
        // As long as any good one by far.
        guard (8...40).contains(bytes.count) else { return nil }
        let slash = UInt8(ascii: "/")
        if bytes[4] == slash, bytes[7] == slash {
            (bytes[4], bytes[7]) = (UInt8(ascii: "-"), UInt8(ascii: "-"))
        }
        let hasDateOnly = bytes.count == 10 && bytes[4] == UInt8(ascii: "-") || bytes.count == 8
        if hasDateOnly { bytes += Array("T00:00".utf8) }
        let blank = UInt8(ascii: " ")
        if bytes.count > 10, bytes[10] == blank { bytes[10] = UInt8(ascii: "T") }
        // One behind the time stands before the offset.
        if let place = bytes.lastIndex(of: blank) { bytes.remove(at: place) }
        do throws(TimestampParseError) {
            self = .aware(try OffsetTimestamp(iso8601: bytes).microseconds)
        } catch .naive {
            guard let moment = try? OffsetTimestamp(iso8601: bytes + [UInt8(ascii: "Z")]) else {
                return nil
            }
            self = .naive(moment.microseconds)
        } catch {
            return nil
        }
    }
}

/// Reads the clock times of a file, row by row, as times of one zone.
///
/// Where clocks are set back, an hour occurs twice: a row means the first one, unless the row before
/// it is as late already: then it means the second. Where clocks are put forward, a time that no
/// clock shows is refused.
struct LocalClock {
    let zone: TimeZoneRules
    private var latest = Int64.min

    init(_ zone: TimeZoneRules) { self.zone = zone }

    /// - Returns: µs since 1970 UTC; nil for a time that does not exist.
    mutating func moment(_ moment: UploadMoment) -> Int64? {
        let result: Int64
        switch moment {
        case .aware(let known): result = known
        case .naive(let wall):
            guard let first = first(wall) else { return nil }
            result = first > latest ? first : second(wall, after: first) ?? first
        }
        latest = result
        return result
    }

    private func first(_ wall: Int64) -> Int64? {
        let (day, ofDay) = CivilDate.floorDivide(wall, Microseconds.day)
        let moment = zone.microseconds(
            localDay: CivilDate(dayNumber: Int(day)),
            timeOfDay: ofDay
        )
        return moment &+ zone.offset(at: moment) == wall ? moment : nil
    }

    /// No zone sets its clocks by more than this, nor twice within it.
    private static let reach = 6 * Microseconds.hour

    private func second(_ wall: Int64, after first: Int64) -> Int64? {
        let moment = wall &- zone.offset(at: first &+ Self.reach)
        guard moment > first, moment > latest, moment &+ zone.offset(at: moment) == wall else {
            return nil
        }
        return moment
    }
}
