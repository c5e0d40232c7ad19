import Foundation
import TestSupport
import Testing

@testable import Model

/// One recorded case of FlexMeasures' handling of units.
struct UnitCase: CustomStringConvertible, Sendable {
    let id: Int
    let row: JSON

    /// The cases of a kind, from `Fixtures/unit_cases.jsonl`.
    static func all(_ kind: String) -> [UnitCase] {
        let file = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/unit_cases.jsonl")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { line in
            guard let row = try? JSONDecoder().decode(JSON.self, from: Data(line.utf8)),
                row["kind"]?.string == kind, let id = row["id"]?.number
            else { return nil }
            return UnitCase(id: Int(id), row: row)
        }
    }

    func text(_ name: String) throws -> String { try #require(row[name]?.string) }
    func flag(_ name: String) throws -> Bool { try #require(row[name]?.bool as Bool?) }

    var description: String {
        "\(id): \(row["unit"]?.string ?? "\(row["from"]?.string ?? "") to \(row["to"]?.string ?? "")")"
    }
}

/// Goal: units mean what they mean to FlexMeasures. Method: its recorded answers.
struct UnitCaseTests {
    /// Units of reactive power, which FlexMeasures does not know.
    private static let additional = [43]

    @Test func `the cases are there`() {
        #expect(UnitCase.all("unit").count == 93)
        #expect(UnitCase.all("conversion").count == 60)
    }

    @Test(arguments: UnitCase.all("unit"))
    func `validity and kind`(_ given: UnitCase) throws {
        let unit = MeasurementUnit(try given.text("unit"))
        if Self.additional.contains(given.id) {
            #expect(unit?.dimensionName == "value")
            return
        }
        #expect(try (unit != nil) == given.flag("valid"))
        #expect(try (unit?.isPower ?? false) == given.flag("power"))
        #expect(try (unit?.isEnergy ?? false) == given.flag("energy"))
        #expect(try (unit?.isPrice ?? false) == given.flag("price"))
        #expect(try (unit?.isEnergyPrice ?? false) == given.flag("energy_price"))
        #expect(try (unit?.isCurrency ?? false) == given.flag("currency"))
        guard let unit else { return }
        #expect(try unit.dimensionName == given.text("dimension"))
    }

    @Test(arguments: UnitCase.all("conversion"))
    func `conversion`(_ given: UnitCase) throws {
        let from = try given.text("from")
        let source = MeasurementUnit(from)
        let target = MeasurementUnit(try given.text("to"))
        func canConvert(_ isEventLengthKnown: Bool) -> Bool {
            guard let source, let target else { return false }
            return source.canConvert(to: target, isEventLengthKnown: isEventLengthKnown)
        }
        #expect(try canConvert(true) == given.flag("convertible"))
        #expect(try canConvert(false) == given.flag("convertible_without_duration"))
        // Data without a unit are taken for numbers, though no request may have an empty unit.
        let start = from.isEmpty ? MeasurementUnit("dimensionless") : source
        let length = try ISODuration(parsing: given.text("event_resolution")).microseconds
        var found: Double?
        if let start, let target,
            let conversion = start.conversion(to: target, eventResolution: length)
        {
            found = conversion(try #require(given.row["value"]?.number))
        }
        guard let expected = given.row["result"]?.number else {
            #expect(found == nil)
            return
        }
        let value = try #require(found)
        // FlexMeasures rounds at every step on the way to the factor; here it is rounded once.
        #expect(abs(value - expected) <= 4 * expected.ulp)
    }

    /// Goal: temperatures are the same to the bit, as clients see them unrounded.
    @Test(
        arguments: [
            ("°F", "°C", 12, -11.111111111111086), ("°F", "°C", 50, 10.000000000000057),
            ("°C", "°F", 12, 53.59999999999994), ("°F", "K", 12, 262.0388888888889),
            ("K", "°F", 300, 80.32999999999997), ("mK", "°C", 300, -272.84999999999997),
            ("°C", "K", 12, 285.15), ("K", "degC", 12, -261.15), ("degC", "celsius", 0.1, 0.1),
        ] as [(String, String, Double, Double)]
    )
    func `thermometers`(from: String, to: String, value: Double, expected: Double) throws {
        let source = try MeasurementUnit(parsing: from)
        let target = try MeasurementUnit(parsing: to)
        let conversion = try #require(source.conversion(to: target))
        #expect(conversion(value) == expected)
        var column = [value, .nan, value]
        conversion.apply(to: &column)
        #expect(column[0] == expected && column[1].isNaN && column[2] == expected)
    }
}
