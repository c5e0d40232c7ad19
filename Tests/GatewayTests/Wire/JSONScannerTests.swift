import TestSupport
import Testing

@testable import Gateway

struct JSONScannerTests {
    static func parse(_ text: String) -> Result<JSONValue, JSONError> {
        parse(Array(text.utf8))
    }

    static func parse(_ bytes: [UInt8]) -> Result<JSONValue, JSONError> {
        Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
    }

    @Test func `values of every kind`() throws {
        let text = """
            \u{FEFF} { "a" : [ 1 , -2.5 , true , false , null , "x" , [ ] , { } ] , "b":1e3,
            "c":9223372036854775807,"d":9223372036854775808,"e":-0.0, "f": 1.0 }\r\n\t
            """
        let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
        #expect(object.names == ["a", "b", "c", "d", "e", "f"])
        #expect(
            object["a"]
                == .array([
                    .integer(1), .number(-2.5), .bool(true), .bool(false), .null, .string("x"),
                    .array([]), .object([:]),
                ])
        )
        #expect(object["b"] == .number(1_000))
        #expect(object["c"] == .integer(.max))
        #expect(object["d"] == .number(0x1p63))
        #expect(object["f"] == .number(1))
    }

    @Test(arguments: [
        ("\"\"", ""), ("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tb\"", "a\"\\/\u{8}\u{C}\n\r\tb"),
        ("\"\\u00b0C\"", "°C"), ("\"\\uD83D\\ude00\"", "😀"), ("\"°😀\"", "°😀"),
        ("\"\\u0000\"", "\0"),
        ("\"m\\u00b3/h°\"", "m³/h°"),
    ])
    func `strings`(text: String, value: String) throws {
        #expect(Self.parse(text) == .success(.string(value)))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
        "{a:1}",
        "{'a':1}", "01", "+1", "1.", ".5", "1e", "tru", "nulll", "\"a", "\"\\x\"", "\"\\u12G4\"",
        "\"\\u12\"",
        "\"a\nb\"", "1 2", "{} {}", "[1]]", "Nan", "-", "//\n1", "\u{A0}1", "\"\\\"",
    ])
    func `malformed`(_ text: String) {
        #expect(Self.parse(text) == .failure(.malformed))
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22],
            [0x5B, 0xFF], Array("\"\\ud800\"".utf8), Array("\"\\ud800x\"".utf8),
            Array("\"\\udc00\"".utf8),
            Array("\"\\ud800\\u0041\"".utf8),
            // UTF-16 in both orders, with and without a byte order mark.
            [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], [0xFE, 0xFF, 0, 0x7B, 0, 0x7D], [0x7B, 0, 0x7D, 0],
            [0, 0x7B, 0, 0x7D],
        ] as [[UInt8]]
    )
    func `not UTF-8`(_ bytes: [UInt8]) {
        #expect(Self.parse(bytes) == .failure(.invalidEncoding))
    }

    @Test func `64 levels and no more`() {
        func nested(_ count: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: count) + "1" + String(repeating: close, count: count)
        }
        #expect(throws: Never.self) { try Self.parse(nested(64, "[", "]")).get() }
        #expect(throws: Never.self) { try Self.parse(nested(64, "{\"a\":", "}")).get() }
        #expect(Self.parse(nested(65, "[", "]")) == .failure(.tooDeep))
        #expect(Self.parse(nested(65, "{\"a\":", "}")) == .failure(.tooDeep))
        #expect(Self.parse(String(repeating: "[", count: 1_000_000)) == .failure(.tooDeep))
    }

    @Test func `names that stand twice`() {
        #expect(Self.parse("{\"a\":1,\"b\":2,\"a\":3}") == .failure(.duplicateName("a")))
        #expect(Self.parse("[{\"a\":{\"b\":1,\"\\u0062\":2}}]") == .failure(.duplicateName("b")))
    }

    @Test(arguments: ["NaN", "Infinity", "-Infinity", "1e400", "[1, NaN]", "{\"a\": -1e400}"])
    func `special numbers`(_ text: String) {
        #expect(Self.parse(text) == .failure(.specialNumber))
    }

    /// Goal: what the writer prints reads back the same. Method: random documents by seed.
    @Test(arguments: UInt64(0)..<100)
    func `round trip`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = JSONValue.random(depth: 4, &random)
        #expect(try JSONValue(parsing: JSONWriter.document(value)) == value)
    }

    /// Goal: no bytes trap the scanner. Method: a document with random changes, by seed.
    @Test(arguments: UInt64(0)..<500)
    func `hostile bytes never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = JSONWriter.document(.random(depth: 3, &random))
        let alphabet = Array("{}[]\",:\\u0dD8eE+-.nNaItf \u{FF}".utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
            case 1: bytes[index] = alphabet.randomElement(using: &random) ?? 0
            case 2: bytes.remove(at: index)
            default: bytes.removeSubrange(index...)
            }
        }
        _ = Self.parse(bytes)
        _ = try? SensorDataMessage(body: RequestBody(bytes, contentType: "application/json"))
    }
}

extension JSONValue {
    static func random(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(.random(using: &random))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &random))
        case 3:
            let number = Double(bitPattern: random.next())
            // A whole number prints with `.0`, so it stays one.
            return .number(number.isFinite ? number : 0.5)
        case 4, 5: return .string(text(&random))
        case 6:
            let count = Int.random(in: 0..<5, using: &random)
            return .array((0..<count).map { _ in .random(depth: depth - 1, &random) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                object[text(&random)] = .random(depth: depth - 1, &random)
            }
            return .object(object)
        }
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\0", "\u{7F}", "°", "€", "😀", "/", " ",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            text.unicodeScalars.append(alphabet.randomElement(using: &random) ?? "a")
        }
        return text
    }
}
