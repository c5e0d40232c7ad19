/// How the values of a block are integers: what the encoder chooses once for a block.
package enum BlockScale: Sendable, Hashable {
    /// `value = Double(x) / divisor`, one IEEE division.
    case decimal(Decimal)
    /// The same quotient with `10^digitCount`, 0...8, rounded to `Float` and widened.
    case single(digitCount: Int)
    /// `ordered(value) = x << bitCount`, 0...52.
    case quantum(bitCount: Int)

    /// `10^digitCount * factor`: always an exact double.
    package struct Decimal: Sendable, Hashable {
        /// Decimal digits after the point, 0...15.
        package var digitCount: Int
        /// Index into `factors`, 0...3.
        package var factorIndex: Int

        /// The denominators besides powers of ten; the format stores the index.
        static let factors: [Double] = [1, 3, 9, 7]

        /// The same factor with another number of digits.
        func withDigits(_ digitCount: Int) -> Decimal {
            Decimal(digitCount: digitCount, factorIndex: factorIndex)
        }

        /// What integers are divided by.
        var divisor: Double { powersOfTen[digitCount] * Decimal.factors[factorIndex] }
    }

    static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]

    /// Largest ulp distance that the ulp stream corrects; beyond it a value is an exception.
    static let ulpCountMax: Int64 = 7

    /// The format's mode: 1 DEC, 2 QUANT, 3 DEC32.
    var mode: UInt8 {
        switch self {
        case .decimal: 1
        case .quantum: 2
        case .single: 3
        }
    }

    /// The format's parameter byte of the mode.
    var parameter: UInt8 {
        switch self {
        case .decimal(let decimal): UInt8(decimal.digitCount | decimal.factorIndex << 5)
        case .single(let digitCount): UInt8(digitCount)
        case .quantum(let bitCount): UInt8(bitCount)
        }
    }

    /// The scale of a stored mode and parameter; `nil` if either is out of its range.
    init?(mode: UInt8, parameter: UInt8) {
        switch mode {
        case 1:
            let digitCount = Int(parameter & 0x1F)
            guard digitCount <= 15, parameter < 0x80 else { return nil }
            self = .decimal(Decimal(digitCount: digitCount, factorIndex: Int(parameter >> 5)))
        case 2:
            guard parameter <= 52 else { return nil }
            self = .quantum(bitCount: Int(parameter))
        case 3:
            guard parameter <= 8 else { return nil }
            self = .single(digitCount: Int(parameter))
        default: return nil
        }
    }
}

// MARK: - Arithmetic shared by encoder and decoder

extension BlockScale {
    /// 1.5 * 2^52: for |x| < 2^51, the bits of `magic + x` are the bits of `magic` plus x.
    static let magic = 0x1.8p52
    static let magicBits: Int64 = 0x4338_0000_0000_0000

    /// `Double(x)` for |x| < 2^51, by arithmetic that every vector unit has; else some double.
    @inline(__always)
    static func double(_ x: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: x &+ magicBits)) - magic
    }

    /// The integer nearest to `t`, ties to even, for |t| < 2^51; else some integer.
    @inline(__always)
    static func nearest(_ t: Double) -> Int64 {
        Int64(bitPattern: (t + magic).bitPattern) &- magicBits
    }

    /// The integer that orders as the double does, -0.0 just below 0.0.
    @inline(__always)
    static func ordered(_ value: Double) -> Int64 {
        let bits = Int64(bitPattern: value.bitPattern)
        return bits ^ ((bits &>> 63) & Int64.max)
    }

    /// The inverse of `ordered(_:)`.
    @inline(__always)
    static func double(ordered: Int64) -> Double {
        Double(bitPattern: UInt64(bitPattern: ordered ^ ((ordered &>> 63) & Int64.max)))
    }
}
