import TestSupport
import Testing

@testable import Model

/// Expected values are those of the Python library isodate 0.7 and FlexMeasures' answers.
struct ISODurationTests {
    @Test(arguments: [
        ("PT15M", 15), ("PT1H30M", 90), ("P1D", 1_440), ("P1W", 10_080), ("PT1.5H", 90),
        ("PT0,25H", 15),
        ("P0DT1H0M0S", 60), ("-PT1H", -60), ("+PT1H", 60), ("PT60M", 60), ("PT1H0M", 60),
        ("P0Y0M0DT1H", 60), ("P1DT0H", 1_440), ("P0.5D", 720), ("PT3600S", 60), ("P00DT01H", 60),
        ("PT", 0), ("PT0H", 0), ("P1W2D", 12_960), ("P1DT", 1_440),
    ])
    func `accepted`(text: String, minutes: Int64) throws {
        let duration = try ISODuration(parsing: text)
        #expect(duration == ISODuration(microseconds: minutes * Microseconds.minute))
    }

    @Test(arguments: ["P1M", "P1Y", "P0.1Y", "P1Y2M3DT4H", "-P1M", "P0001-00-00T00:00:00"])
    func `years and months are nominal`(_ text: String) throws {
        #expect(try ISODuration(parsing: text).isNominal)
    }

    @Test(arguments: [
        ("x", "Unable to parse duration string 'x'"),
        ("pt1h", "Unable to parse duration string 'pt1h'"),
        ("1:00:00", "Unable to parse duration string '1:00:00'"),
        ("15 minutes", "Unable to parse duration string '15 minutes'"),
        ("", "Unable to parse duration string ''"),
        ("-P", "Unable to parse duration string '-P'"),
        ("it's\n", "Unable to parse duration string \"it's\\n\""),
        ("PT1H ", "Unrecognised ISO 8601 date format: ''"),
        ("P-1D", "ISO 8601 time designator 'T' missing. Unable to parse datetime string '-1D'"),
        ("P", "ISO 8601 time designator 'T' missing. Unable to parse datetime string ''"),
        ("P1D1W", "ISO 8601 time designator 'T' missing. Unable to parse datetime string '1D1W'"),
        ("P2026-01-01Tx", "Unrecognised ISO 8601 time format: 'x'"),
    ])
    func `refused with isodate's reason`(text: String, reason: String) {
        #expect(throws: DurationParseError.malformed(reason: reason)) {
            try ISODuration(parsing: text)
        }
    }

    @Test(arguments: [
        "P99999999999999999999D", "P106751992D", "PT9223372036854775807S", "P9223372036854775807W",
        "P106751991DT4H0M54.775808S",
    ])
    func `too long to count in microseconds`(_ text: String) {
        #expect(throws: DurationParseError.overflow) { try ISODuration(parsing: text) }
    }

    @Test(arguments: [
        (0, "PT0H", "P0D", "0:00:00"), (15, "PT15M", "PT15M", "0:15:00"),
        (60, "PT1H", "PT1H", "1:00:00"), (90, "PT1H30M", "PT1H30M", "1:30:00"),
        (1_440, "PT24H", "P1D", "1 day, 0:00:00"), (10_080, "PT168H", "P7D", "7 days, 0:00:00"),
        (2_160, "PT36H", "P1DT12H", "1 day, 12:00:00"),
        (-15, "PT15M", "-PT15M", "-1 day, 23:45:00"),
    ])
    func `printed`(minutes: Int64, hours: String, days: String, python: String) {
        let microseconds = minutes * Microseconds.minute
        #expect(ISODuration.hoursText(microseconds) == hours)
        #expect(ISODuration.daysText(microseconds) == days)
        #expect(ISODuration.pythonText(microseconds) == python)
    }

    @Test func `fractions of seconds`() {
        #expect(ISODuration.pythonText(128_571_429) == "0:02:08.571429")
        #expect(ISODuration.daysText(7_800_000) == "PT7.8S")
        #expect(ISODuration.daysText(.min).hasPrefix("-P106751991D"))
        #expect(ISODuration.hoursText(.min).hasPrefix("PT2562047788H"))
    }

    /// Goal: what is printed with days reads back the same. Method: random lengths by seed.
    @Test(arguments: UInt64(0)..<50)
    func `round trip`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bits = Int.random(in: 1...62, using: &random)
            let limit = Int64(1) << bits
            let microseconds = Int64.random(in: -limit...limit, using: &random)
            let text = ISODuration.daysText(microseconds)
            let parsed = try ISODuration(parsing: text)
            try #require(parsed.microseconds == microseconds, "\(text)")
        }
    }

    /// Goal: no text traps the parser. Method: random strings over the alphabet of durations.
    @Test(arguments: UInt64(0)..<300)
    func `hostile texts never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789.,PTYMWDHS+- '\\é")
        let count = Int.random(in: 0..<40, using: &random)
        let text = String((0..<count).compactMap { _ in alphabet.randomElement(using: &random) })
        _ = try? ISODuration(parsing: text)
        _ = try? ISODuration(parsing: "P" + text)
    }
}
