import TestSupport
import Testing

@testable import Model

/// Rules that hold for all units, on random ones by seed.
struct UnitPropertyTests {
    private static let names = [
        "W", "kW", "Wh", "MWh", "J", "h", "min", "s", "d", "m", "km", "l", "kg", "t", "EUR", "kEUR",
        "USD", "K", "°R", "%", "ppm", "V", "mA", "bar", "hPa", "mi", "gal", "BTU", "deg", "kvar",
    ]

    private static func text(_ random: inout SeededGenerator) -> String {
        let terms = (0..<Int.random(in: 1...4, using: &random)).map { _ in
            (names.randomElement(using: &random) ?? "W")
                + (["", "", "", "²", "^3", "**-2"].randomElement(using: &random) ?? "")
        }
        return terms.dropFirst().reduce(terms[0]) {
            $0 + (["*", "/", " ", "·", " per "].randomElement(using: &random) ?? "*") + $1
        }
    }

    private static func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-13 * max(abs(left), abs(right))
    }

    /// Goal: there and back is where one was, and canonical text is the same unit.
    @Test(arguments: UInt64(0)..<20)
    func `round trips`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var crossings = 0
        for _ in 0..<500 {
            let unit = try MeasurementUnit(parsing: Self.text(&random))
            let again = try MeasurementUnit(parsing: unit.canonicalText)
            try #require(again.dimension == unit.dimension, "\(unit.text)")
            try #require(Self.isClose(again.scale.value, unit.scale.value), "\(unit.text)")
            let other = try MeasurementUnit(parsing: Self.text(&random))
            let length = Int64.random(in: 1...400 * Microseconds.day, using: &random)
            let there = unit.conversion(to: other, eventResolution: length)
            let back = other.conversion(to: unit, eventResolution: length)
            try #require((there == nil) == (back == nil), "\(unit.text), \(other.text)")
            guard let there, let back else { continue }
            crossings += 1
            let value = Double.random(in: -1e6...1e6, using: &random)
            try #require(Self.isClose(back(there(value)), value), "\(unit.text), \(other.text)")
        }
        #expect(crossings > 0)
    }

    /// Goal: how factors are grouped does not matter. Method: the same three with parentheses.
    @Test(arguments: UInt64(0)..<20)
    func `composition is associative`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let (a, b, c) = (Self.text(&random), Self.text(&random), Self.text(&random))
            guard let left = MeasurementUnit("((\(a))*(\(b)))*(\(c))"),
                let right = MeasurementUnit("(\(a))*((\(b))*(\(c)))"),
                let quotient = MeasurementUnit("(\(a))/((\(b))/(\(c)))"),
                let product = MeasurementUnit("(\(a))/(\(b))*(\(c))")
            else { continue }
            try #require(left.dimension == right.dimension)
            try #require(Self.isClose(left.scale.value, right.scale.value))
            try #require(quotient.dimension == product.dimension)
            try #require(Self.isClose(quotient.scale.value, product.scale.value))
        }
    }

    /// Goal: no text traps, and what is read can be written and read again. Method: random bytes,
    /// and random pieces of units.
    @Test(arguments: UInt64(0)..<20)
    func `random texts`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces =
            Self.names + [
                "(", ")", "*", "**", "^", "/", " ", "-", "+", "1", "9", "0", ".", "e", "15", "²",
                "⁻", "°C", "a.u.", "per", "square ", "cubed", "\u{301}", "€", "1e9", "^12", "Q",
                "q",
            ]
        var readCount = 0
        for round in 0..<3_000 {
            let count = Int.random(in: 0...40, using: &random)
            let text =
                round.isMultiple(of: 2)
                ? String(
                    decoding: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) },
                    as: UTF8.self
                )
                : (0..<count / 6).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            guard let unit = MeasurementUnit(text) else { continue }
            readCount += 1
            _ = (unit.dimensionName, unit.isPrice)
            // A canonical text may be longer than the limit, as 1/m² is longer than m^-2.
            guard unit.canonicalText.unicodeScalars.count <= MeasurementUnit.lengthMax else {
                continue
            }
            let again = try MeasurementUnit(parsing: unit.canonicalText)
            try #require(again.dimension == unit.dimension, "\(text)")
        }
        #expect(readCount > 10)
    }
}
