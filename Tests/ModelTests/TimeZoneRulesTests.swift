import TestSupport
import Testing

@testable import Model

/// Expected values are Python 3.11's `zoneinfo` on the 2024 database.
struct TimeZoneRulesTests {
    /// One day on which a zone changes its clocks.
    struct ChangeDay: CustomTestStringConvertible {
        let zone: String
        let date: (year: Int, month: Int, day: Int)
        /// From which minute of the wall clock on (first occurrence) which offset holds, in
        /// minutes.
        let wallOffsets: [(minute: Int, offset: Int)]
        /// The moment of the change.
        let change: String
        let before: Int
        let after: Int
        var testDescription: String { "\(zone) \(change)" }
    }

    static let changeDays = [
        ChangeDay(
            zone: "Europe/Amsterdam",
            date: (2026, 3, 29),
            wallOffsets: [(0, 60), (180, 120)],
            change: "2026-03-29T01:00:00+00:00",
            before: 60,
            after: 120
        ),
        ChangeDay(
            zone: "Europe/Amsterdam",
            date: (2026, 10, 25),
            wallOffsets: [(0, 120), (180, 60)],
            change: "2026-10-25T01:00:00+00:00",
            before: 120,
            after: 60
        ),
        ChangeDay(
            zone: "America/New_York",
            date: (2026, 3, 8),
            wallOffsets: [(0, -300), (180, -240)],
            change: "2026-03-08T07:00:00+00:00",
            before: -300,
            after: -240
        ),
        ChangeDay(
            zone: "America/New_York",
            date: (2026, 11, 1),
            wallOffsets: [(0, -240), (120, -300)],
            change: "2026-11-01T06:00:00+00:00",
            before: -240,
            after: -300
        ),
        // Half an hour, and the season of the south.
        ChangeDay(
            zone: "Australia/Lord_Howe",
            date: (2026, 4, 5),
            wallOffsets: [(0, 660), (120, 630)],
            change: "2026-04-04T15:00:00+00:00",
            before: 660,
            after: 630
        ),
        ChangeDay(
            zone: "Australia/Lord_Howe",
            date: (2026, 10, 4),
            wallOffsets: [(0, 630), (150, 660)],
            change: "2026-10-03T15:30:00+00:00",
            before: 630,
            after: 660
        ),
        // Winter time is the exception in Dublin, and 2050 comes from the footer in any file.
        ChangeDay(
            zone: "Europe/Dublin",
            date: (2050, 3, 27),
            wallOffsets: [(0, 0), (120, 60)],
            change: "2050-03-27T01:00:00+00:00",
            before: 0,
            after: 60
        ),
        ChangeDay(
            zone: "Europe/Dublin",
            date: (2050, 10, 30),
            wallOffsets: [(0, 60), (120, 0)],
            change: "2050-10-30T01:00:00+00:00",
            before: 60,
            after: 0
        ),
    ]

    /// Goal: gaps and folds are resolved as `fold=0`. Method: every half hour of the day.
    @Test(arguments: changeDays)
    func `wall clock to moment`(_ day: ChangeDay) throws {
        let zone = try #require(TimeZoneRules.load(day.zone))
        let date = try #require(
            CivilDate(year: day.date.year, month: day.date.month, day: day.date.day)
        )
        for minute in stride(from: 0, to: 1_440, by: 30) {
            let offset = try #require(day.wallOffsets.last { $0.minute <= minute }).offset
            let timeOfDay = Int64(minute) * Microseconds.minute
            let wall = Int64(date.dayNumber) * Microseconds.day + timeOfDay
            #expect(
                zone.microseconds(localDay: date, timeOfDay: timeOfDay)
                    == wall - Int64(offset) * Microseconds.minute,
                "minute \(minute)"
            )
        }
    }

    @Test(arguments: changeDays)
    func `moment to offset`(_ day: ChangeDay) throws {
        let zone = try #require(TimeZoneRules.load(day.zone))
        let change = try OffsetTimestamp(iso8601: day.change).microseconds
        #expect(zone.offset(at: change - 1) == Int64(day.before) * Microseconds.minute)
        #expect(zone.offset(at: change) == Int64(day.after) * Microseconds.minute)
    }

    /// Goal: in 1880 the file's first entries hold. Method: Paris' own time, 9 min 21 s.
    @Test func `old local mean time`() throws {
        let zone = try #require(TimeZoneRules.load("Europe/Paris"))
        let moment = try OffsetTimestamp(iso8601: "1880-01-01T00:00Z").microseconds
        #expect(zone.offset(at: moment) == 561 * Microseconds.second)
    }

    @Test(arguments: [
        "", "/etc/passwd", "../zoneinfo/UTC", "Europe/../UTC", "Europe/", "Europe//Paris",
        "tzdata.zi",
        "Europe/Par\0is", "Nowhere/Land", "Europe", "zone.tab", String(repeating: "A", count: 65),
        "+VERSION",
    ])
    func `names that are no zone are refused`(_ name: String) {
        #expect(TimeZoneRules.load(name) == nil)
    }

    @Test func `UTC needs no directory`() throws {
        let zone = try #require(TimeZoneRules.load("UTC", from: "/nowhere"))
        #expect(zone == .utc)
        #expect(zone.offset(at: .min) == 0)
        #expect(zone.microseconds(localDay: 2026, 1, 1) == 1_767_225_600_000_000)
        #expect(zone.microseconds(localDay: 2026, 2, 30) == nil)
    }

    @Test func `extreme moments do not trap`() throws {
        let zone = try #require(TimeZoneRules.load("Europe/Amsterdam"))
        for moment in [Int64.min, .min + 1, -1, 0, .max - 1, .max] {
            _ = zone.offset(at: moment)
            _ = zone.localDay(at: moment)
            for days in [Int.min, -1, 0, 1, .max] {
                for hour in [-Double.infinity, -1e300, 0, 25, .nan, .infinity] {
                    _ = zone.daysAgo(days, hour: hour, before: moment)
                }
                _ = zone.yearsAgo(days, month: days, day: days, before: moment)
            }
        }
    }

    /// Goal: no file can trap the parser. Method: a small valid file with bytes changed by seed.
    @Test(arguments: UInt64(0)..<300)
    func `hostile files never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Self.smallFile
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            bytes[index] = UInt8.random(in: .min ... .max, using: &random)
        }
        if Bool.random(using: &random) {
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
        }
        let zone = TimeZoneRules(identifier: "Test/Zone", tzif: bytes)
        for moment in [Int64.min, 0, 1_800_000_000_000_000, .max] {
            _ = zone?.offset(at: moment)
            _ = zone?.microseconds(localDay: CivilDate(dayNumber: 20_000), timeOfDay: moment)
        }
    }

    /// A version 2 file with no transitions, one type and a footer with a season.
    static let smallFile: [UInt8] = {
        let header: [UInt8] =
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
            + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4]
        let type: [UInt8] = [0, 0, 14, 16, 0, 0] + Array("CET\0".utf8)
        return header + type + header + type + Array("\nCET-1CEST,M3.5.0,M10.5.0/3\n".utf8)
    }()

    @Test func `a file without transitions follows its footer`() throws {
        let zone = try #require(TimeZoneRules(identifier: "Test/Zone", tzif: Self.smallFile))
        let summer = try OffsetTimestamp(iso8601: "2026-07-01T00:00Z").microseconds
        let winter = try OffsetTimestamp(iso8601: "2026-01-01T00:00Z").microseconds
        #expect(zone.offset(at: summer) == 2 * Microseconds.hour)
        #expect(zone.offset(at: winter) == Microseconds.hour)
    }
}

struct PosixTimeZoneTests {
    @Test(arguments: [
        "", "CE", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "<+03-3",
        "CET-1CEST,M3.5.0,M10.5.0,", "CET-1CEST,J0,J100", "CET-1CEST,J1,366", "CET-200",
    ])
    func `texts that are no zone are refused`(_ text: String) {
        #expect(PosixTimeZone(text.utf8) == nil)
    }

    @Test func `quoted names and offsets with minutes`() {
        #expect(PosixTimeZone("<+0330>-3:30".utf8)?.standardOffset == 12_600)
        #expect(PosixTimeZone("<-02>2<-01>,M3.5.0/-1,M10.5.0/0".utf8)?.season?.offset == -3_600)
    }

    /// Goal: the three ways to name a day agree. Method: 1 March in a leap year and in another.
    @Test func `days of the year`() throws {
        let julian = try #require(PosixTimeZone("AAA0BBB,J60/0,J61/0".utf8))
        let zeroBased = try #require(PosixTimeZone("AAA0BBB,59/0,60/0".utf8))
        for (year, isSame) in [(2026, true), (2028, false)] {
            let first = try #require(CivilDate(year: year, month: 3, day: 1)).dayNumber
            let noon = Int64(first) * 86_400 + 43_200
            #expect(julian.offset(atUTC: noon) == 3_600)
            #expect(zeroBased.offset(atUTC: noon) == (isSame ? 3_600 : 0))
        }
    }
}
