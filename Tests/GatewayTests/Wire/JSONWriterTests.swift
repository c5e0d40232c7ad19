import TestSupport
import Testing

@testable import Gateway

struct JSONWriterTests {
    static func text(_ value: JSONValue) -> String {
        String(decoding: JSONWriter.document(value), as: UTF8.self)
    }

    /// Goal: byte for byte what `json.dumps(indent=2, sort_keys=True)` prints, and a newline.
    @Test func `layout`() {
        let value: JSONValue = .object([
            "b": .array([.integer(1), .number(2), .null]), "a": .object([:]), "c": .array([]),
            "B": .object(["unit": .string("°C")]), "é": .bool(true),
        ])
        let expected = #"""
            {
              "B": {
                "unit": "\u00b0C"
              },
              "a": {},
              "b": [
                1,
                2.0,
                null
              ],
              "c": [],
              "\u00e9": true
            }

            """#
        #expect(Self.text(value) == expected)
    }

    @Test(arguments: [
        ("a/b", #""a/b""#), ("\"\\", #""\"\\""#), ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
        ("\0\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""), ("€😀", #""\u20ac\ud83d\ude00""#),
    ])
    func `strings`(text: String, printed: String) {
        #expect(Self.text(.string(text)) == printed + "\n")
    }

    @Test func `columns are one line`() {
        var writer = JSONWriter()
        writer.beginObject()
        let values = [1, 2.5, .nan, -4, 0.408]
        writer.member("values", column: values.span)
        let empty: [Double] = []
        writer.member("empty", column: empty.span)
        writer.endObject()
        let expected = """
            {
              "values": [1.0, 2.5, null, -4.0, 0.408],
              "empty": []
            }

            """
        #expect(String(decoding: writer.finished(), as: UTF8.self) == expected)
    }
}

struct DecimalTextTests {
    static func column(_ values: [Double]) -> String {
        var bytes: [UInt8] = []
        DecimalText.appendColumn(values.span, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Goal: the texts are Python's `repr`. Method: cases at the borders of the layouts, both ways.
    @Test(arguments: [
        (0.0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (-1, "-1.0"), (0.1, "0.1"), (0.408, "0.408"),
        (1e-4, "0.0001"), (1e-5, "1e-05"), (0.00012, "0.00012"), (0.000123456, "0.000123456"),
        (9.9999e-5, "9.9999e-05"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
        (9007199254740992, "9007199254740992.0"), (9999999999999998, "9999999999999998.0"),
        (12345678901234568, "1.2345678901234568e+16"), (1e22, "1e+22"), (1e100, "1e+100"),
        (1.5e-300, "1.5e-300"), (.leastNonzeroMagnitude, "5e-324"),
        (0.1 + 0.2, "0.30000000000000004"),
        (10.000000000000057, "10.000000000000057"), (1.0 / 3, "0.3333333333333333"),
        (123456.789, "123456.789"), (-0.625, "-0.625"), (100, "100.0"), (1e14, "100000000000000.0"),
        (999999999999999, "999999999999999.0"), (0.000100000000001, "0.000100000000001"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (.nan, "null"), (.infinity, "null"),
    ])
    func `Python's layout`(value: Double, text: String) {
        #expect(Self.column([value]) == "[\(text)]")
        #expect(DecimalText.text(value) == text)
    }

    /// Goal: printing loses nothing and agrees with the general way. Method: random doubles by
    /// seed, of all sizes and with few decimals, through a column longer than a chunk.
    @Test(arguments: UInt64(0)..<20)
    func `a column reads back bit by bit`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<3_000).map { _ in
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return Double(bitPattern: random.next())
            case 1: return Double(Int.random(in: -99_999...99_999, using: &random)) / 1_000
            case 2: return Double(Int.random(in: -9_999...9_999, using: &random)) / 1e7
            default: return Double.random(in: -1e4...1e4, using: &random)
            }
        }
        let text = Self.column(values)
        let printed = text.dropFirst().dropLast().split(separator: ", ")
        try #require(printed.count == values.count)
        var scanner = JSONScanner()
        let bytes = Array(text.utf8)
        let column = try ValueColumn(bytes.span, &scanner)
        for (index, value) in values.enumerated() {
            try #require(String(printed[index]) == DecimalText.text(value))
            let read = column.values[index]
            try #require(value.isFinite ? read.bitPattern == value.bitPattern : read.isNaN)
        }
    }
}
