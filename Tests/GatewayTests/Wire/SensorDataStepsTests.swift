import Model
import TestSupport
import Testing

@testable import Gateway

/// Expected values were obtained by running FlexMeasures 1.0.1.
struct SensorDataStepsTests {
    static let quarter = 15 * Microseconds.minute

    static func message(
        _ values: [Double],
        _ start: String,
        minutes: Int64
    ) throws -> SensorDataMessage {
        SensorDataMessage(
            values: values,
            start: try OffsetTimestamp(iso8601: start),
            duration: minutes * Microseconds.minute,
            unit: "kW"
        )
    }

    /// Texts under `_schema`, or none if the message fits.
    static func texts(
        _ message: SensorDataMessage,
        resolution: Int64,
        unitFaults: SensorDataMessage.UnitFaults = .init()
    ) throws -> [JSONValue] {
        let refused = refusal { () throws(RequestRefusal) in
            try message.steps(
                resolution: resolution,
                alignment: .init(resolution: resolution),
                unitFaults: unitFaults
            )
        }
        guard let refused else { return [] }
        let errors = try fieldErrors(in: refused, location: SensorDataMessage.location)
        guard case .array(let texts) = errors.object?["_schema"] else { return [] }
        return texts
    }

    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let values: [Double]
        let start: String
        let minutes: Int64
        var resolution = quarter
        var alignment: SensorDataSteps.Alignment = .floor
        let expected: [(start: String, value: Double)]
    }

    static let cases = [
        Case(
            testDescription: "5-minute values on a quarter-hour sensor",
            values: [1, 2, 3, 4, 5, 6],
            start: "2026-04-01T00:00+02:00",
            minutes: 30,
            expected: [("2026-03-31T22:00Z", 2), ("2026-03-31T22:15Z", 5)]
        ),
        Case(
            testDescription: "post-downsample-with-null",
            values: [1, .nan, 3, .nan, .nan, .nan],
            start: "2026-03-02T08:30+01:00",
            minutes: 30,
            expected: [("2026-03-02T07:30Z", 2)]
        ),
        Case(
            testDescription: "post-downsample-incomplete-tail",
            values: [1, 2, 3, 4],
            start: "2026-03-02T09:00+01:00",
            minutes: 20,
            expected: [("2026-03-02T08:00Z", 2), ("2026-03-02T08:15Z", 4)]
        ),
        Case(
            testDescription: "post-off-grid-start-floored",
            values: [5],
            start: "2026-03-02T10:07+01:00",
            minutes: 15,
            expected: [("2026-03-02T09:00Z", 5)]
        ),
        Case(
            testDescription: "post-off-grid-5min-start-floored",
            values: [1, 2, 3],
            start: "2026-03-02T10:20+01:00",
            minutes: 15,
            expected: [("2026-03-02T09:15Z", 2)]
        ),
        Case(
            testDescription: "floor can be switched off",
            values: [5],
            start: "2026-04-01T00:07+02:00",
            minutes: 15,
            alignment: .asWritten,
            expected: [("2026-03-31T22:07Z", 5)]
        ),
        Case(
            testDescription: "post-upsample-hour-to-quarters",
            values: [8],
            start: "2026-03-02T07:00+01:00",
            minutes: 60,
            expected: [
                ("2026-03-02T06:00Z", 8), ("2026-03-02T06:15Z", 8), ("2026-03-02T06:30Z", 8),
                ("2026-03-02T06:45Z", 8),
            ]
        ),
        Case(
            testDescription: "nulls are not stored",
            values: [1, .nan, 3, .nan],
            start: "2026-04-01T00:00+02:00",
            minutes: 60,
            expected: [("2026-03-31T22:00Z", 1), ("2026-03-31T22:30Z", 3)]
        ),
        Case(
            testDescription: "instantaneous series",
            values: [1, 2],
            start: "2026-04-01T00:00+02:00",
            minutes: 20,
            resolution: 0,
            alignment: .asWritten,
            expected: [("2026-03-31T22:00Z", 1), ("2026-03-31T22:10Z", 2)]
        ),
        Case(
            testDescription: "post-instant-off-grid",
            values: [7],
            start: "2026-03-02T03:03+01:00",
            minutes: 0,
            resolution: 0,
            alignment: .asWritten,
            expected: [("2026-03-02T02:03Z", 7)]
        ),
        Case(
            testDescription: "the floor counts in the offset of the request",
            values: [1],
            start: "2026-04-01T04:40+05:30",
            minutes: 60,
            resolution: Microseconds.hour,
            expected: [("2026-03-31T22:30Z", 1)]
        ),
        Case(
            testDescription: "a daily sensor floors to local midnight",
            values: [1],
            start: "2026-04-01T04:40+02:00",
            minutes: 1_440,
            resolution: Microseconds.day,
            expected: [("2026-03-31T22:00Z", 1)]
        ),
        Case(
            testDescription: "rounding goes to the even half",
            values: [1, 2],
            start: "2026-04-01T00:07:30Z",
            minutes: 30,
            resolution: 0,
            alignment: .round(to: quarter),
            expected: [("2026-04-01T00:00Z", 1), ("2026-04-01T00:15Z", 2)]
        ),
        Case(
            testDescription: "rounding up",
            values: [1],
            start: "1960-04-01T00:22:30Z",
            minutes: 0,
            resolution: 0,
            alignment: .round(to: quarter),
            expected: [("1960-04-01T00:30Z", 1)]
        ),
    ]

    @Test(arguments: cases) func `events`(_ given: Case) throws {
        let message = try Self.message(given.values, given.start, minutes: given.minutes)
        let steps = try message.steps(resolution: given.resolution, alignment: given.alignment)
        let events = steps.events(message.values)
        #expect(events.values == given.expected.map(\.value))
        #expect(
            try events.starts
                == given.expected.map { try OffsetTimestamp(iso8601: $0.start).microseconds }
        )
    }

    @Test func `texts of messages that do not fit`() throws {
        let mismatch = try Self.message([1, 2, 3], "2026-03-02T07:00+01:00", minutes: 60)
        #expect(
            try Self.texts(mismatch, resolution: Self.quarter) == [
                .string(
                    "Resolution of 0:20:00 is incompatible with the sensor's "
                        + "required resolution of 0:15:00."
                )
            ]
        )
        let uneven = try Self.message(
            [Double](repeating: 1, count: 7),
            "2026-03-02T07:00Z",
            minutes: 15
        )
        #expect(
            try Self.texts(uneven, resolution: Microseconds.day) == [
                .string(
                    "Resolution of 0:02:08.571429 is incompatible with the sensor's "
                        + "required resolution of 1 day, 0:00:00."
                )
            ]
        )
        let single = try Self.message([1], "2026-03-02T06:00+01:00", minutes: 0)
        #expect(
            try Self.texts(single, resolution: Self.quarter) == [
                .string(
                    "Cannot infer a non-zero resolution from one value over zero duration. "
                        + "This sensor requires a resolution of 0:15:00."
                )
            ]
        )
        let several = try Self.message([2, 3], "2026-03-02T02:00+01:00", minutes: 0)
        for resolution in [0, Self.quarter] {
            #expect(
                try Self.texts(several, resolution: resolution) == [
                    .string(FieldTexts.overlappingInstants)
                ]
            )
        }
        #expect(try Self.texts(single, resolution: 0).isEmpty)
    }

    @Test func `unit faults are told along`() throws {
        let message = try Self.message([1, 2, 3], "2026-03-02T07:00+01:00", minutes: 60)
        let faults = SensorDataMessage.UnitFaults(
            sensor: FieldTexts.incompatible(unit: "°C", required: "kW"),
            kind: FieldTexts.incompatible(unit: "°C", postedAs: .meterData)
        )
        let texts = try Self.texts(message, resolution: Self.quarter, unitFaults: faults)
        #expect(
            texts.dropFirst() == [
                .string("Required unit for this sensor is kW, got incompatible unit: °C"),
                .string(
                    "The unit required for this message type should be convertible to MW, got "
                        + "incompatible unit: °C"
                ),
            ]
        )
    }

    @Test func `the number of events is bounded`() throws {
        let days = Int64(SensorDataSteps.eventCountMax / 1_440)
        let fits = try Self.message([1], "2026-03-02T00:00Z", minutes: days * 1_440)
        #expect(try Self.texts(fits, resolution: Microseconds.minute).isEmpty)
        let eternal = try Self.message([1], "0001-03-02T00:00Z", minutes: 5_000_000_000)
        #expect(try Self.texts(eternal, resolution: Microseconds.minute).count == 1)
        #expect(try Self.texts(eternal, resolution: 1).count == 1)
    }

    @Test func `flooring does not leave the calendar`() throws {
        let first = try Self.message([1], "0001-01-01T00:00Z", minutes: 10_080)
        #expect(try Self.texts(first, resolution: Microseconds.day).isEmpty)
        let second = try Self.message([1], "0001-01-01T00:00+00:00", minutes: 14_400)
        #expect(try Self.texts(second, resolution: 10 * Microseconds.day).count == 1)
    }

    /// Goal: no message and resolution trap. Method: random ones by seed, then the naive rules as
    /// an oracle for where the events lie.
    @Test(arguments: UInt64(0)..<100)
    func `random messages`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let values = (0..<Int.random(in: 1...50, using: &random)).map { Double($0) }
            let start = Int64.random(in: -1_000_000_000...1_000_000_000, using: &random)
            let message = SensorDataMessage(
                values: values,
                start: OffsetTimestamp(
                    timestamp: Timestamp(microseconds: start * Microseconds.second),
                    offsetSeconds: Int.random(in: -86_399...86_399, using: &random)
                ),
                duration: Int64.random(in: 0...3_000, using: &random) * Microseconds.minute,
                unit: "kW"
            )
            let resolution = Int64.random(in: 0...120, using: &random) * Microseconds.minute
            guard let steps = try? message.steps(resolution: resolution, alignment: .floor) else {
                continue
            }
            let events = steps.events(values)
            try #require(events.starts.count == events.values.count)
            let floored = try #require(events.starts.first)
            try #require(floored <= message.start.microseconds)
            try #require(resolution == 0 || message.start.microseconds - floored < resolution)
            if resolution > 0 {
                try #require(
                    zip(events.starts, events.starts.dropFirst()).allSatisfy {
                        $1 - $0 == resolution
                    }
                )
            }
        }
    }
}
