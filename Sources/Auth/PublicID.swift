/// What a token calls its user by: 128 random bits that say nothing about the user and never
/// change. Written as 32 lower-case hexadecimal digits.
package struct PublicID: Sendable, Hashable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    /// A new one.
    static func random() -> PublicID {
        var generator = SystemRandomNumberGenerator()
        return PublicID(high: generator.next(), low: generator.next())
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// From its 16 bytes, highest first, as a `uuid` comes from Postgres.
    init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        low = bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// From its 32 digits; upper case is refused, so that one id has one spelling.
    init?(digits: ArraySlice<UInt8>) {
        guard digits.count == 32 else { return nil }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        for digit in digits {
            let value: UInt64
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = UInt64(digit - UInt8(ascii: "a")) + 10
            default: return nil
            }
            halves.high = halves.high << 4 | halves.low >> 60
            halves.low = halves.low << 4 | value
        }
        (high, low) = halves
    }

    package var description: String {
        hexText(
            [high, low].flatMap { half in
                (0..<8).map { UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * $0)) }
            }
        )
    }
}
