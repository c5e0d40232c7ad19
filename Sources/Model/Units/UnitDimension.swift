/// Of what a unit is: the exponents of its base quantities, such as length 3, time -1 for a flow.
package struct UnitDimension: Sendable, Hashable {
    /// Exponents in the order of `Base`.
    private var exponents = SIMD16<Int16>.zero
    /// Exponents of currencies by ISO 4217 code, none of them 0. Every currency is a quantity of
    /// its own, as rates change.
    private var currencies: [String: Int16] = [:]

    /// The seven of the SI, and quantities that no other is convertible to.
    package enum Base: Int, Sendable, CaseIterable {
        case length, mass, time, current, temperature, substance, luminosity
        /// Reactive power: in watts by dimension, but never converted to active power.
        case reactivePower
        /// Levels on logarithmic scales, such as dB.
        case level
        /// Arbitrary units, `a.u.`.
        case arbitrary
    }

    /// No exponent may be larger, in either direction.
    static let exponentMax: Int16 = 99

    package init() {}

    init(_ bases: KeyValuePairs<Base, Int16>) {
        for (base, exponent) in bases { exponents[base.rawValue] = exponent }
    }

    init(currency code: String) { currencies = [code: 1] }

    package subscript(base: Base) -> Int { Int(exponents[base.rawValue]) }

    package var isDimensionless: Bool { self == UnitDimension() }

    /// The currency, if one is all there is.
    var currency: String? {
        guard exponents == .zero, currencies.count == 1, let (code, exponent) = currencies.first,
            exponent == 1
        else { return nil }
        return code
    }

    /// The only base quantity, whatever its exponent; nil if there are several, none, or currencies.
    var onlyBase: Base? {
        guard currencies.isEmpty else { return nil }
        let present = Base.allCases.filter { self[$0] != 0 }
        return present.count == 1 ? present.first : nil
    }

    /// `self * other^power`, for a power within ±`exponentMax`.
    ///
    /// - Returns: nil if an exponent leaves ±`exponentMax`.
    func multiplied(by other: UnitDimension, power: Int) -> UnitDimension? {
        let power = Int16(clamping: power)
        var product = self
        // At most 99 * 99 + 99: no lane wraps.
        product.exponents = exponents &+ other.exponents &* SIMD16(repeating: power)
        let limit = SIMD16(repeating: Self.exponentMax)
        let isInside = (product.exponents .<= limit) .& (product.exponents .>= 0 &- limit)
        guard all(isInside) else { return nil }
        for (code, exponent) in other.currencies {
            let sum = product.currencies[code, default: 0] + exponent * power
            guard abs(sum) <= Self.exponentMax else { return nil }
            product.currencies[code] = sum == 0 ? nil : sum
        }
        return product
    }
}

extension UnitDimension {
    static let none = UnitDimension()
    static let length = UnitDimension([.length: 1])
    static let area = UnitDimension([.length: 2])
    static let volume = UnitDimension([.length: 3])
    static let mass = UnitDimension([.mass: 1])
    static let time = UnitDimension([.time: 1])
    static let frequency = UnitDimension([.time: -1])
    static let current = UnitDimension([.current: 1])
    static let charge = UnitDimension([.current: 1, .time: 1])
    static let temperature = UnitDimension([.temperature: 1])
    static let substance = UnitDimension([.substance: 1])
    static let luminosity = UnitDimension([.luminosity: 1])
    static let speed = UnitDimension([.length: 1, .time: -1])
    static let acceleration = UnitDimension([.length: 1, .time: -2])
    static let force = UnitDimension([.mass: 1, .length: 1, .time: -2])
    static let pressure = UnitDimension([.mass: 1, .length: -1, .time: -2])
    static let energy = UnitDimension([.mass: 1, .length: 2, .time: -2])
    static let power = UnitDimension([.mass: 1, .length: 2, .time: -3])
    static let reactivePower = UnitDimension([.reactivePower: 1])
    static let reactiveEnergy = UnitDimension([.reactivePower: 1, .time: 1])
    static let voltage = UnitDimension([.mass: 1, .length: 2, .time: -3, .current: -1])
    static let resistance = UnitDimension([.mass: 1, .length: 2, .time: -3, .current: -2])
    static let conductance = UnitDimension([.mass: -1, .length: -2, .time: 3, .current: 2])
    static let capacitance = UnitDimension([.mass: -1, .length: -2, .time: 4, .current: 2])
    static let inductance = UnitDimension([.mass: 1, .length: 2, .time: -2, .current: -2])
    static let magneticFlux = UnitDimension([.mass: 1, .length: 2, .time: -2, .current: -1])
    static let magneticField = UnitDimension([.mass: 1, .time: -2, .current: -1])
    static let illuminance = UnitDimension([.luminosity: 1, .length: -2])
    static let dose = UnitDimension([.length: 2, .time: -2])
    static let irradiation = UnitDimension([.mass: 1, .time: -2])
    static let viscosity = UnitDimension([.mass: 1, .length: -1, .time: -1])
    static let concentration = UnitDimension([.substance: 1, .length: -3])
    static let catalysis = UnitDimension([.substance: 1, .time: -1])
    static let yarnNumber = UnitDimension([.length: 1, .mass: -1])
    static let level = UnitDimension([.level: 1])
    static let arbitrary = UnitDimension([.arbitrary: 1])
}
