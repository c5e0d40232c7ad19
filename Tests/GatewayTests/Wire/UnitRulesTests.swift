import Model
import Testing

@testable import Gateway
@testable import TSEngine

/// Goal: units of posts and questions behave as the API's recorded answers show.
@Suite struct UnitRulesTests {
    private static func message(
        _ unit: String,
        _ values: [Double] = [4],
        minutes: Int64 = 15,
        kind: SensorDataMessage.Kind? = nil
    ) throws -> SensorDataMessage {
        SensorDataMessage(
            values: values,
            start: try OffsetTimestamp(iso8601: "2026-03-02T12:00+01:00"),
            duration: minutes * Microseconds.minute,
            unit: unit,
            kind: kind
        )
    }

    @Test(
        arguments: [
            ("MW", "kW", 15, 0.25, 250), ("kWh", "kW", 15, 1, 4), ("kWh", "kW", 60, 10, 10),
            ("kVA", "kW", 15, 3, 3), ("EUR", "EUR/h", 15, 1, 4),
            ("°F", "°C", 15, 50, 10.000000000000057),
            ("", "", 15, 7, 7), ("potato", "potato", 15, 7, 7),
        ] as [(String, String, Int64, Double, Double)]
    )
    func `posts are converted`(
        unit: String,
        required: String,
        minutes: Int64,
        value: Double,
        expected: Double
    ) throws {
        let message = try Self.message(unit, [value, .nan], minutes: 2 * minutes)
        #expect(UnitRules.faults(message, required: required) == .init())
        let values = try UnitRules.values(message, required: required)
        #expect(values[0] == expected && values[1].isNaN)
    }

    @Test(
        arguments: [
            ("potato", "kW"), ("°C", "kW"), ("", "kW"), ("kW", "kWh"), ("USD/MWh", "EUR/MWh"),
            ("", "%"),
            ("kW", ""), ("9**9**9", "kW"), ("kW", "potato"), ("kvar", "kW"),
        ] as [(String, String)]
    )
    func `posts are refused`(unit: String, required: String) throws {
        let message = try Self.message(unit)
        let text = FieldTexts.incompatible(unit: unit, required: required)
        #expect(UnitRules.faults(message, required: required) == .init(sensor: text))
        #expect(throws: RequestRefusal.self) { try UnitRules.values(message, required: required) }
    }

    @Test func `a value that becomes too large is refused`() throws {
        let message = try Self.message("MW", [1, 1e306])
        #expect(throws: RequestRefusal.self) { try UnitRules.values(message, required: "kW") }
        #expect(try UnitRules.values(message, required: "GW")[0] == 0.001)
    }

    @Test(
        arguments: [
            ("kWh", SensorDataMessage.Kind.meterData, true), ("VA", .prognosis, true),
            ("°C", .meterData, false), ("EUR/MWh", .priceData, true),
            ("cEUR/kWh", .priceData, true),
            ("kW", .priceData, false), ("EUR/MW", .priceData, false), ("potato", .priceData, false),
        ] as [(String, SensorDataMessage.Kind, Bool)]
    )
    func `message types have units of their own`(
        unit: String,
        kind: SensorDataMessage.Kind,
        isRight: Bool
    ) throws {
        let message = try Self.message(unit, kind: kind)
        #expect((UnitRules.faults(message, required: unit).kind == nil) == isRight)
    }

    private static func answer(
        _ unit: String,
        of required: String,
        _ parameters: [(String, String)],
        resolution: Int64 = 60
    ) throws -> [Double] {
        let zone = try #require(TimeZoneRules.load("Europe/Amsterdam"))
        let length = resolution * Microseconds.minute
        let question = try SensorDataQuery(query: parameters + [("unit", unit)])
        try UnitRules.check(question, required: required, resolution: length)
        let fixed = question.fixed(in: zone)
        let grid = try SensorDataGrid(fixed, resolution: length, zone: zone)
        let first = fixed.start.microseconds
        let step = max(length, 5 * Microseconds.minute)
        let events = stride(from: first, to: first + fixed.duration, by: Int(step)).map { $0 }
        let selected = SelectedBeliefs(
            columns: BeliefColumns(
                eventStarts: events,
                beliefTimes: events,
                values: events.map { _ in 2 }
            ),
            sources: [SourceID](repeating: SourceID(1), count: events.count)
        )
        var values = grid.values(selected) { _ in [:] }
        UnitRules.convert(&values, on: grid, required: required, to: unit)
        return values
    }

    /// Goal: the energy of a day is that of all its hours. Method: 2 kW over days of 25, 24 and 23
    /// hours, over months, over hours and over quarters of them.
    @Test func `energy of places of any length`() throws {
        let autumn = [("start", "2026-10-25T00:00:00+02:00"), ("duration", "P2D")]
        let spring = [("start", "2026-03-28T00:00:00+01:00"), ("duration", "P2D")]
        let months = [("start", "2026-01-01T00:00:00+01:00"), ("duration", "P2M")]
        let days = [("resolution", "P1D")]
        #expect(try Self.answer("kWh", of: "kW", autumn + days) == [50, 48])
        #expect(try Self.answer("kWh", of: "kW", spring + days) == [48, 46])
        #expect(
            try Self.answer("kWh", of: "kW", months + [("resolution", "P1M")]) == [1_488, 1_344]
        )
        let hours = [("start", "2026-05-01T00:00:00Z"), ("duration", "PT1H")]
        #expect(try Self.answer("kWh", of: "kW", hours) == [2])
        let quarters = hours + [("resolution", "PT15M")]
        #expect(try Self.answer("kWh", of: "kW", quarters) == [0.5, 0.5, 0.5, 0.5])
        #expect(try Self.answer("W", of: "kW", quarters) == [2_000, 2_000, 2_000, 2_000])
    }

    @Test(
        arguments: [
            ("kW", "kWh", 15), ("°C", "kW", 15), ("potato", "kW", 15), ("kWh", "kW", 0),
        ] as [(String, String, Int64)]
    )
    func `questions are refused`(unit: String, required: String, resolution: Int64) throws {
        let hour = [("start", "2026-05-01T00:00:00Z"), ("duration", "PT1H")]
        #expect(throws: RequestRefusal.self) {
            try Self.answer(unit, of: required, hour, resolution: resolution)
        }
    }

    @Test func `values without a length convert to units of their own kind`() throws {
        let hour = [("start", "2026-05-01T00:00:00Z"), ("duration", "PT10M")]
        #expect(try Self.answer("W", of: "kW", hour, resolution: 0) == [2_000, 2_000])
    }
}
