import TestSupport
import Testing

@testable import Model

/// Expected values are Python 3.11's `datetime.fromisoformat` and FlexMeasures' answers.
struct OffsetTimestampTests {
    @Test(arguments: [
        ("2026-01-01T00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+01:00"),
        ("2026-01-01T00:00:00+01", "2026-01-01T00:00:00+01:00"),
        ("20260101T000000+0100", "2026-01-01T00:00:00+01:00"),
        ("2026-01-01 00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("2026-03-02T06:00:00 01:00", "2026-03-02T06:00:00+01:00"),
        ("2026-01-01t00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("2026-W01-4T00:00:00+01:00", "2026-01-01T00:00:00+01:00"),
        ("2026W014T00Z", "2026-01-01T00:00:00+00:00"),
        ("2026W01T10Z", "2025-12-29T10:00:00+00:00"),
        ("2026-W01-10Z", "2025-12-29T10:00:00+00:00"),
        ("2026-01-01T00:00:00.500+01:00", "2026-01-01T00:00:00.500000+01:00"),
        ("2026-01-01T00:00:00,5+01:00", "2026-01-01T00:00:00.500000+01:00"),
        ("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456+00:00"),
        ("2026-03-01T23:00:00Z", "2026-03-01T23:00:00+00:00"),
        ("2026-01-01T00:00:00-00:19:32", "2026-01-01T00:00:00-00:19:32"),
        ("2026-01-01T00:00:00+23:59:59", "2026-01-01T00:00:00+23:59:59"),
        ("2026-01-01T00:00:00+00:75", "2026-01-01T00:00:00+01:15"),
        ("2026-01-01\u{E9}00:00Z", "2026-01-01T00:00:00+00:00"),
        ("2024-02-29T00:00Z", "2024-02-29T00:00:00+00:00"),
        ("0001-01-01T00:00Z", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999+00:00"),
    ])
    func `accepted`(text: String, printed: String) throws {
        let moment = try OffsetTimestamp(iso8601: text)
        #expect(moment.timestamp.iso8601(offsetSeconds: moment.offsetSeconds) == printed)
    }

    @Test(arguments: [
        "yesterday", "", "2026-01-01T", "2026-001T00:00:00+01:00", "2025-12-31T23:00:00z",
        "Thu, 01 Jan 2026 00:00:00 +0100", "2026-01-01T24:00:00+01:00", "2026-01-01T00:00:60+01:00",
        "2026-1-1T00:00:00+01:00", "2026-03-02T06:00:00+25:00", "2026-03-02T06:00:00+24:00",
        "2026-03-02T06:00:00[Europe/Amsterdam]", "2026-02-29T00:00Z", "2026-W54-1T00:00Z",
        "2026-01-01T00:60Z", "2026-01-01T0Z", "2026-01-01T00:00ZZ", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00+01:00:00.5", "0000-01-01T00:00Z", "10000-01-01T00:00Z", "2026W0",
        // Whole in themselves, but beyond the years that UTC can show.
        "0001-01-01T00:00+01:00", "9999-12-31T23:59:59-01:00",
    ])
    func `not a datetime`(_ text: String) {
        #expect(throws: TimestampParseError.invalid) { try OffsetTimestamp(iso8601: text) }
    }

    @Test(arguments: [
        "2026-03-02", "20260302", "2026-W10", "2026W10", "2026-03-02T06:00:00", "2026-03-02T06:00",
        "2026-03-02T06", "2026-03-02T06:00:00.5",
    ])
    func `not an aware datetime`(_ text: String) {
        #expect(throws: TimestampParseError.naive) { try OffsetTimestamp(iso8601: text) }
    }

    /// Goal: answers repeat `start` in the request's offset, to the second (get-datetime-format).
    @Test func `the echo drops fractions and Z`() throws {
        #expect(
            try OffsetTimestamp(iso8601: "2026-01-01T00:00:00.500+01:00").echo
                == "2026-01-01T00:00:00+01:00"
        )
        #expect(
            try OffsetTimestamp(iso8601: "1969-12-31T23:59:59.9Z").echo
                == "1969-12-31T23:59:59+00:00"
        )
    }

    /// Goal: printing and parsing are inverse. Method: random moments and offsets by seed.
    @Test(arguments: UInt64(0)..<50)
    func `round trip`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let day = Microseconds.day
        for _ in 0..<200 {
            let range = Timestamp.earliest.microseconds + day...Timestamp.latest.microseconds - day
            let offset = Int.random(in: -86_399...86_399, using: &random)
            let moment = Timestamp(microseconds: Int64.random(in: range, using: &random))
            let text = moment.iso8601(offsetSeconds: offset)
            let parsed = try OffsetTimestamp(iso8601: text)
            try #require(
                parsed == OffsetTimestamp(timestamp: moment, offsetSeconds: offset),
                "\(text)"
            )
        }
    }

    /// Goal: no text traps the parser. Method: a good text with random changes, by seed.
    @Test(arguments: UInt64(0)..<300)
    func `hostile texts never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array("2026-W01-4T00:00:00.123456+01:00:00".utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes.remove(at: index)
            default:
                bytes.insert(UInt8(ascii: "0123456789:-+.TZW".randomScalar(&random)), at: index)
            }
        }
        _ = try? OffsetTimestamp(iso8601: bytes)
    }
}

extension String {
    fileprivate func randomScalar(_ random: inout SeededGenerator) -> Unicode.Scalar {
        unicodeScalars.randomElement(using: &random) ?? "0"
    }
}
