import TestSupport
import Testing

@testable import Model

struct MeasurementUnitTests {
    @Test(
        arguments: [
            ("kilowatt hour", "kW*h"), ("kW·h", "kW*h"), ("m^3/hour", "m³/h"), ("m**-2", "1/m²"),
            ("degC", "°C"), ("1/h", "1/h"), ("100km", "100 km"), ("-W", "-W"),
            ("kW/kW", "dimensionless"),
            ("W/(m² K)", "W/m²/K"), ("W per square meter", "W/m²"),
            ("meter cubed per second", "m³/s"),
            ("kWh/15min", "kWh*min/15"), ("1.5e3 W", "15e2 W"), ("10^6 m³", "1e6 m³"), ("EURO", ""),
            ("\u{3BC}g/m³", "µg/m³"), ("L/min", "l/min"), ("MWh/days", "MWh/d"), ("5 eV", "5 eV"),
            ("  kW ", "kW"), ("%/h", "%/h"), ("kEUR/(MW*h)", "kEUR/MW/h"), ("(((W)))", "W"),
            ("s⁻¹", "1/s"), ("m/s^2", "m/s²"), ("GiB/s", "GiB/s"), ("+W", "W"), ("m²K", "m²*K"),
            ("km%", "km*%"),
        ] as [(String, String)]
    )
    func `canonical text`(text: String, expected: String) throws {
        let unit = MeasurementUnit(text)
        #expect(unit?.canonicalText ?? "" == expected)
        guard let unit else { return }
        let again = try MeasurementUnit(parsing: unit.canonicalText)
        #expect(again.canonicalText == unit.canonicalText)
        #expect(again.dimension == unit.dimension)
        #expect(again.scale.value == unit.scale.value)
    }

    @Test(
        arguments: [
            ("", .empty), ("   ", .empty), ("kvw", .unknown("kvw")), ("W/m2", .unknown("m2")),
            ("KW", .unknown("KW")), ("€/MWh", .unexpected("€", at: 0)),
            ("kW/", .unexpected(nil, at: 3)),
            ("/h", .unexpected("/", at: 0)), ("kW)", .unexpected(")", at: 2)), ("5", .noUnit),
            ("(kW", .unexpected(nil, at: 3)), ("2*3", .noUnit), ("9**9**9", .exponent),
            ("kW**2**2", .unexpected("*", at: 6)), ("m^h", .exponent),
            ("m^0.5", .exponent), ("m^12*m", .exponent),
            ("m^13", .exponent), ("m^0", .exponent), ("m^1000000", .exponent), ("0 kW", .number),
            ("1234567890123456 W", .number), ("1,5 kW", .unexpected(",", at: 1)),
            ("--W", .unexpected("-", at: 1)),
            ("°C/h", .offset("°C")), ("5 °C", .offset("°C")), ("m°C", .unknown("m°C")),
            ("W/°F", .offset("°F")), ("-°C", .offset("°C")), ("kW+kW", .unexpected("+", at: 2)),
            ("kW//h", .unexpected("/", at: 3)), ("kW\0", .unexpected("\0", at: 2)),
            ("°C²", .offset("°C")),
            ("((((((((( W )))))))))", .nesting),
        ] as [(String, UnitParseError)]
    )
    func `reasons of refusals`(text: String, reason: UnitParseError) throws {
        #expect(throws: reason) { try MeasurementUnit(parsing: text) }
        #expect(!reason.description.isEmpty)
    }

    /// Goal: hostile text costs no more than its length. Method: texts that make evaluators work;
    /// beyond the limit no character is looked at.
    @Test func `hostile texts are refused`() {
        let texts = [
            String(repeating: "(", count: 1 << 20), String(repeating: "9**", count: 1 << 18),
            String(repeating: "kW*", count: 1 << 18), String(repeating: "k", count: 1 << 20),
            String(repeating: " ", count: 81), String(repeating: "é", count: 81),
        ]
        for text in texts {
            #expect(throws: UnitParseError.tooLong) { try MeasurementUnit(parsing: text) }
        }
        let short = [
            String(repeating: "(", count: 80), String(repeating: "9**", count: 26),
            String(repeating: "W^9", count: 26), "((((Qm^12)^12)^12)^12)^12",
            "((((qF^12)^12)^12)^12)^12", String(repeating: "k", count: 80), "1e99" + "9 W",
        ]
        for text in short { #expect(MeasurementUnit(text) == nil, "\(text)") }
    }

    @Test func `every name of the table is one unit, and has a sound scale`() throws {
        var seen: [String: String] = [:]
        for unit in UnitTable.units {
            #expect(unit.scale.value.isNormal)
            for text in Set(unit.texts) {
                #expect(seen.updateValue(unit.symbol, forKey: text) == nil, "\(text)")
                let read = try MeasurementUnit(parsing: text)
                #expect(read.scale == unit.scale && read.dimension == unit.dimension, "\(text)")
            }
        }
    }

    @Test func `reactive power converts to no active power`() throws {
        let kvar = try MeasurementUnit(parsing: "kvar")
        let kvarh = try MeasurementUnit(parsing: "kvarh")
        #expect(!kvar.canConvert(to: try MeasurementUnit(parsing: "kW")))
        #expect(kvarh.canConvert(to: kvar))
        let quarter = 15 * Microseconds.minute
        #expect(kvarh.conversion(to: kvar, eventResolution: quarter)?(1) == 4)
    }

    @Test(arguments: [0, -1, nil] as [Int64?])
    func `events of no length turn no stock into a flow`(length: Int64?) throws {
        let energy = try MeasurementUnit(parsing: "kWh")
        let power = try MeasurementUnit(parsing: "kW")
        #expect(energy.conversion(to: power, eventResolution: length) == nil)
        #expect(power.conversion(to: energy, eventResolution: length) == nil)
        #expect(energy.conversion(to: energy, eventResolution: length)?.isIdentity == true)
    }
}
