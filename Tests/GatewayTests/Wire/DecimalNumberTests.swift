import TestSupport
import Testing

@testable import Gateway

struct DecimalNumberTests {
    static func scan(_ text: String) -> (value: Double?, byteCount: Int) {
        let bytes = Array(text.utf8)
        var index = 0
        let value = DecimalNumber.scan(bytes.span, at: &index)
        return (value, index)
    }

    /// Goal: all paths round exactly. Method: cases at their borders against the standard
    /// library.
    @Test(arguments: [
        "0", "-0", "0.0", "-0.0", "1", "-1.5", "0.408", "1e22", "1e23", "1e-22", "1e-23",
        "9007199254740991",
        "9007199254740992", "9007199254740993", "9007199254740993.0", "9007199254740992.5",
        "0.30000000000000004", "0.1234567890123456789", "9999999999999999999",
        "99999999999999999999",
        "18446744073709551615", "1.7976931348623157e308", "2.2250738585072014e-308", "5e-324",
        "2.4703282292062327e-324", "2.4703282292062328e-324", "1e-400", "123456789012345678e-19",
        "0.000000000000000000000001", "8.41e21", "100000000000000016777215",
        "100000000000000016777216", "1E+2", "1e+0002", "6.02214076e23", "4.35",
        "72057594037927935e-1",
    ])
    func `exactly rounded`(_ text: String) throws {
        for end in ["", ", 1.0, 2.0"] {
            let (value, byteCount) = Self.scan(text + end)
            #expect(value?.bitPattern == Double(text)?.bitPattern)
            #expect(byteCount == text.utf8.count)
        }
    }

    @Test(arguments: [
        "", "-", "+1", ".5", "5.", "01", "-01", "1e", "1e+", "1.e5", "x", "NaN", "--1",
    ])
    func `not a JSON number`(_ text: String) {
        for end in ["", ", 1.0, 2.0"] {
            let (value, byteCount) = Self.scan(text + end)
            #expect(value == nil)
            #expect(byteCount == 0)
        }
    }

    @Test func `too large is infinite, too long is refused`() {
        #expect(Self.scan("1e400").value == .infinity)
        #expect(Self.scan("-1e400").value == -.infinity)
        #expect(Self.scan("1e99999999999999999999").value == .infinity)
        #expect(Self.scan(String(repeating: "9", count: 4_300)).value == .infinity)
        #expect(Self.scan(String(repeating: "9", count: 4_301)).value == nil)
        #expect(Self.scan("0." + String(repeating: "0", count: 4_299)).value == nil)
    }

    /// Goal: what is behind the number is left alone. Method: a separator of every kind.
    @Test func `stops behind the number`() {
        #expect(Self.scan("1.25,3").byteCount == 4)
        #expect(Self.scan("12]").byteCount == 2)
        #expect(Self.scan("1.5.5").byteCount == 3)
    }

    /// Goal: short numbers that are followed by something, which are read eight bytes at once, are read
    /// as those at the end. Method: all shapes of up to nine characters before all kinds of bytes.
    @Test(arguments: UInt64(0)..<8)
    func `numbers amid other bytes`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ends = [
            ",", " ", "]", "\n", "}", "x", "-", ".", ":", "/", "\u{7F}", "\0", "é", "\u{10FFFF}",
        ]
        for _ in 0..<2_000 {
            let alphabet = Array(Bool.random(using: &random) ? "0123456789" : "00919..e-")
            let count = Int.random(in: 1...9, using: &random)
            var text = String(
                (0..<count).map { _ in alphabet.randomElement(using: &random) ?? "0" }
            )
            if Bool.random(using: &random) { text = "-" + text }
            let alone = Self.scan(text)
            // What reads further than the text, or not as far, is another number.
            let isWhole = alone.byteCount == text.utf8.count
            for end in ends where isWhole && !(end == "." && !text.contains { ".e".contains($0) }) {
                let amid = Self.scan(text + end + "12345678")
                #expect(amid.byteCount == alone.byteCount, "\(text)\(end)")
                #expect(amid.value?.bitPattern == alone.value?.bitPattern, "\(text)\(end)")
            }
            if alone.value == nil, !text.hasSuffix("."), !text.hasSuffix("-"), !text.contains("e") {
                #expect(Self.scan(text + ",12345678").value == nil, "\(text)")
            }
        }
    }

    /// Goal: agreement with the standard library. Method: random digits and exponents by seed.
    @Test(arguments: UInt64(0)..<40)
    func `random decimals`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let digits = String(random.next() >> UInt64.random(in: 0..<64, using: &random))
            let split = Int.random(in: 1...digits.count, using: &random)
            var text = String(digits.prefix(split))
            if split < digits.count { text += "." + digits.dropFirst(split) }
            if Bool.random(using: &random) {
                text += "e\(Int.random(in: -340...320, using: &random))"
            }
            try #require(Self.scan(text).value?.bitPattern == Double(text)?.bitPattern, "\(text)")
        }
    }
}

struct NumericTextTests {
    @Test(arguments: [
        ("3.5", 3.5), (" 3.5\n", 3.5), ("+1", 1), (".5", 0.5), ("5.", 5), ("1_000.5", 1000.5),
        ("1e5", 1e5), ("-1E-5", -1e-5), ("007", 7),
    ])
    func `numbers`(text: String, value: Double) {
        #expect(NumericText(text) == .number(value))
    }

    @Test(arguments: ["nan", "NaN", "-inf", "+Infinity", " INF ", "1e400", "-1e999"])
    func `special`(_ text: String) {
        #expect(NumericText(text) == .special)
    }

    @Test(arguments: [
        "", " ", "abc", "0x10", "1__0", "_1", "1_", "1e", "e5", ".", "--1", "1 2", "nan()", "1.2.3",
        "1e5.5",
        "infinite", "½", "1,5",
    ])
    func `invalid`(_ text: String) {
        #expect(NumericText(text) == .invalid)
    }
}
