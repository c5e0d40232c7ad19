/// Bytes for stamps, salts, ids and passwords.
enum RandomBytes {
    /// `count` bytes of the kernel's generator: on Linux `SystemRandomNumberGenerator` reads
    /// getrandom(2) for every number and keeps no state that a fork could copy.
    static func make(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// `count` characters of `alphabet`, each equally likely.
    static func text(count: Int, of alphabet: String) -> String {
        let letters = Array(alphabet)
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).compactMap { _ in letters.randomElement(using: &generator) })
    }
}

/// Lower-case hexadecimal digits, two a byte.
func hexText(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
        as: UTF8.self
    )
}
