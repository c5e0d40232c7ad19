import Model
import TestSupport
import Testing

@testable import Gateway

/// Scans a body against nothing, and writes what it states as lines `name @time = value`.
private func statements(
    _ body: String,
    _ precision: LinePrecision = .nanoseconds,
    known: LineSeriesTable = LineSeriesTable()
) -> (rows: [String], problems: [String]) {
    let scan = LineScanner.scan(
        Array(body.utf8).span,
        known: known,
        precision: precision,
        receivedAt: Timestamp(microseconds: 7)
    )
    let rows = scan.values.indices.map { row in
        let number = scan.series[row]
        let name =
            number & LineScan.newMark != 0
            ? String(
                decoding: scan.newSeries[Int(number & ~LineScan.newMark)].name,
                as: UTF8.self
            )
            : "#\(number)"
        return "\(name) @\(scan.eventStarts[row]) = \(scan.values[row])"
    }
    return (rows, scan.problems.entries.map { "\($0.line): \($0.problem.text)" })
}

struct LineScannerTests {
    /// Goal: the ways to write a line that clients use.
    @Test(
        arguments: [
            ("cpu value=1 1000", "cpu value @1 = 1.0"),
            ("cpu,host=a value=1.5 1000\n", "cpu,host=a value @1 = 1.5"),
            ("cpu,b=2,a=1 value=1 1000", "cpu,a=1,b=2 value @1 = 1.0"),
            (" \t cpu value=1 1000", "cpu value @1 = 1.0"),
            ("cpu value=1 1000\r\n", "cpu value @1 = 1.0"),
            ("cpu   value=1   1000  \n", "cpu value @1 = 1.0"),
            ("cpu value=1", "cpu value @7 = 1.0"),
            ("cpu value=1  \n", "cpu value @7 = 1.0"),
            ("cpu value=1\r\n", "cpu value @7 = 1.0"),
            ("cpu value=12i 1999", "cpu value @1 = 12.0"),
            ("cpu value=-12i -1", "cpu value @-1 = -12.0"),
            ("cpu value=18446744073709551615u 0", "cpu value @0 = 1.8446744073709552e+19"),
            ("cpu value=t 0", "cpu value @0 = 1.0"), ("cpu value=TRUE 0", "cpu value @0 = 1.0"),
            ("cpu value=False 0", "cpu value @0 = 0.0"), ("cpu value=.5 0", "cpu value @0 = 0.5"),
            ("cpu value=5. 0", "cpu value @0 = 5.0"), ("cpu value=-007 0", "cpu value @0 = -7.0"),
            ("cpu value=+1.5E+3 0", "cpu value @0 = 1500.0"),
            ("cpu value=1e-3 0", "cpu value @0 = 0.001"),
            (#"my\ cpu\,x,ta\=g=a\ b\,c value=1 0"#, #"my\ cpu\,x,ta\=g=a\ b\,c value @0 = 1.0"#),
            (#"a=b,t=1 f\ g=1 0"#, #"a=b,t=1 f\ g @0 = 1.0"#),
            (#"m\x,t=c:\dir v=1 0"#, #"m\x,t=c:\dir v @0 = 1.0"#),
            ("größe,ort=köln wert=1 0", "größe,ort=köln wert @0 = 1.0"),
            ("# a comment\n\n  \ncpu value=1 0", "cpu value @0 = 1.0"),
        ] as [(String, String)]
    )
    func `a line is read`(body: String, row: String) {
        let found = statements(body)
        #expect(found.rows == [row])
        #expect(found.problems == [])
    }

    /// Goal: each problem is named with its line, and takes nothing but its line.
    @Test(
        arguments: [
            (",a=b value=1 0", .missingMeasurement), ("cpu,=b value=1 0", .missingTagKey),
            ("cpu,a value=1 0", .missingTagValue), ("cpu,a= value=1 0", .missingTagValue),
            ("cpu,a=b=c value=1 0", .missingTagValue), ("cpu,a=1,a=2 value=1", .duplicateTag),
            ("cpu", .missingFields), ("cpu  ", .missingFields), ("cpu =1 0", .missingFieldKey),
            ("cpu value 0", .missingFieldValue), ("cpu value= 0", .missingFieldValue),
            ("cpu a=1, 0", .missingFieldKey), ("cpu value=1x 0", .invalidNumber),
            ("cpu value=. 0", .invalidNumber), ("cpu value=- 0", .invalidNumber),
            ("cpu value=1.5i 0", .invalidNumber), ("cpu value=-1u 0", .invalidNumber),
            ("cpu value=9223372036854775808i 0", .integerOutOfRange),
            ("cpu value=18446744073709551616u 0", .integerOutOfRange),
            ("cpu value=NaN 0", .notFinite), ("cpu value=-inf 0", .notFinite),
            ("cpu value=1e999 0", .notFinite), ("cpu value=truth 0", .invalidBoolean),
            (#"cpu value="a \" b" 0"#, .string), (#"cpu a=1,b="x" 0"#, .string),
            (#"cpu value="open 0"#, .unterminatedString), ("cpu value=1 12x", .badTimestamp),
            ("cpu value=1 1 2", .badTimestamp), ("cpu value=1 1.5", .badTimestamp),
            ("cpu value=1 92233720368547758070", .timeOutOfRange),
            ("cpu\u{0},a=b value=1 0", .invalidText),
        ] as [(String, LineProblem)]
    )
    func `a bad line is named and left out`(line: String, problem: LineProblem) {
        let found = statements("first v=1 0\n\(line)\nlast v=2 0\n")
        #expect(found.rows == ["first v @0 = 1.0", "last v @0 = 2.0"])
        #expect(found.problems == ["2: \(problem.text)"])
    }

    @Test func `a string with a line end is left out as a whole`() {
        let found = statements("a v=\"x\ny\" 0\nb v=1 0")
        #expect(found.rows == ["b v @0 = 1.0"])
        #expect(found.problems == ["1: strings are not stored"])
    }

    @Test func `bytes that are not UTF-8 are no key`() {
        let body: [UInt8] = Array("cpu,a=".utf8) + [0xFF] + Array(" v=1 0\n".utf8)
        let scan = LineScanner.scan(
            body.span,
            known: LineSeriesTable(),
            precision: .seconds,
            receivedAt: Timestamp(microseconds: 0)
        )
        #expect(scan.values.isEmpty)
        #expect(scan.problems.entries.map(\.problem) == [.invalidText])
    }

    @Test func `a key that is too long is refused`() {
        let key = String(repeating: "k", count: LineKey.byteCountMax - 2)
        #expect(statements("\(key) v=1 0").problems == [])
        #expect(statements("k\(key) v=1 0").problems == ["1: \(LineProblem.keyTooLong.text)"])
    }

    @Test func `a line has several fields and one time`() {
        let found = statements("m,t=1 a=1,b=2i,c=t 3000\nm,t=1 c=f,a=4 5000")
        #expect(
            found.rows == [
                "m,t=1 a @3 = 1.0", "m,t=1 b @3 = 2.0", "m,t=1 c @3 = 1.0", "m,t=1 c @5 = 0.0",
                "m,t=1 a @5 = 4.0",
            ]
        )
    }

    @Test(
        arguments: [
            ("", 1_500, 1), ("ns", -1, -1), ("n", 1_999, 1), ("us", 5, 5), ("u", 5, 5),
            ("µ", 5, 5), ("ms", 5, 5_000), ("s", 5, 5_000_000), ("m", 5, 300_000_000),
            ("h", -5, -18_000_000_000),
        ] as [(String, Int64, Int64)]
    )
    func `every precision counts its unit`(text: String, count: Int64, time: Int64) throws {
        let precision = try #require(LinePrecision(text))
        #expect(statements("m v=1 \(count)", precision).rows == ["m v @\(time) = 1.0"])
    }

    @Test func `times beyond the store are refused`() {
        let earliest = Timestamp.earliest.microseconds / 3_600_000_000
        let latest = Timestamp.latest.microseconds / 3_600_000_000
        for (count, isStored) in [
            (earliest, true), (earliest - 1, false), (latest, true), (latest + 1, false),
            (Int64.max, false), (-Int64.max, false),
        ] {
            let found = statements("m v=1 \(count)", .hours)
            #expect(found.rows.count == (isStored ? 1 : 0), "\(count)")
        }
        #expect(LinePrecision("d") == nil)
    }

    /// Goal: a time that begins like the one before is not taken for it.
    @Test func `each line has its own time`() {
        let found = statements(
            "m v=1 1000\nm v=2 10000\nm v=3 1000\nm v=4 100\nm v=5 1000",
            .microseconds
        )
        #expect(
            found.rows == [
                "m v @1000 = 1.0", "m v @10000 = 2.0", "m v @1000 = 3.0", "m v @100 = 4.0",
                "m v @1000 = 5.0",
            ]
        )
    }

    /// Goal: however a key is spelled it names one series, in the request where it is new and after
    /// it is known, whether it comes in the expected order or not.
    @Test func `spellings of a key are one series`() {
        var known = LineSeriesTable()
        for (index, key) in ["m,a=1,b=2 v=", "m,a=1,b=2 w=", "n v="].enumerated() {
            let bytes = Array(key.utf8)
            let headCount = LineKey.headCount(ofName: bytes.span) ?? 0
            known.add(
                bytes.span,
                headCount: headCount,
                series: UInt32(index),
                sharesHead: index == 1
            )
        }
        let body = """
            m,a=1,b=2 v=1,w=2 0
            n v=3 0
            m,b=2,a=1 w=4,v=5 0
            m,b=2,a=1 new=6 0
            m,a=1,b=2 new=7 0
            n  v=8 0
            """
        let scan = LineScanner.scan(
            Array(body.utf8).span,
            known: known,
            precision: .seconds,
            receivedAt: Timestamp(microseconds: 0)
        )
        let numbers = scan.series.map { number in
            number & LineScan.newMark == 0
                ? number : scan.newSeries[Int(number & ~LineScan.newMark)].known ?? 99
        }
        #expect(numbers == [0, 1, 2, 1, 0, 99, 99, 2])
        #expect(scan.values == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(scan.newSeries.count == 3)
        #expect(scan.problems.isEmpty)
    }

    /// Goal: what any client may write comes back as it was meant. Method: random keys and numbers
    /// rendered with escapes, read against a table that knows some of them, by seed.
    @Test(arguments: 0..<60) func `random lines come back`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab ,=\"#é.")
        func text(_ random: inout SeededGenerator) -> String {
            let count = Int.random(in: 1...4, using: &random)
            let letters = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" }
            // A comment begins with a number sign, so no key does.
            return "k" + String(letters)
        }
        func escaped(_ text: String, equals: Bool) -> String {
            text.reduce(into: "") { result, letter in
                if letter == "," || letter == " " || equals && letter == "=" { result += "\\" }
                result.append(letter)
            }
        }
        var body = ""
        var expected: [String] = []
        for _ in 0..<50 {
            let measurement = escaped(text(&random), equals: false)
            var tags: [String: String] = [:]
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                tags[text(&random)] = text(&random)
            }
            let sent = tags.shuffled(using: &random).map { key, value in
                ",\(escaped(key, equals: true))=\(escaped(value, equals: true))"
            }
            let sorted = tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { ",\(escaped($0.key, equals: true))=\(escaped($0.value, equals: true))" }
            let time = Int64.random(in: -1_000_000...1_000_000, using: &random)
            let fields = Set((0..<Int.random(in: 1...3, using: &random)).map { _ in text(&random) })
            var rendered: [String] = []
            for field in fields {
                let value = Double.random(in: -1e6...1e6, using: &random)
                let key = escaped(field, equals: true)
                rendered.append("\(key)=\(value)")
                let head = measurement + sorted.joined()
                expected.append("\(head) \(key) @\(time) = \(value)")
            }
            body += "\(measurement)\(sent.joined()) \(rendered.joined(separator: ",")) \(time)\n"
        }
        let found = statements(body, .microseconds)
        #expect(found.problems == [])
        #expect(found.rows == expected)
    }

    /// Goal: no bytes trap the scanner, every line is counted once, and rows are whole. Method:
    /// random bytes of an alphabet that reaches deep, by seed.
    @Test(arguments: 0..<200) func `hostile bytes never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet: [UInt8] = Array("a=, \\\"\n\r\t#1.-+eiutT0f".utf8) + [0, 0xC3, 0xA9, 0xFF]
        let body = (0..<Int.random(in: 0..<600, using: &random)).map { _ in
            alphabet.randomElement(using: &random) ?? 0
        }
        var known = LineSeriesTable()
        known.add(Array("a a=".utf8).span, headCount: 1, series: 0, sharesHead: false)
        known.add(Array("a,a=a a=".utf8).span, headCount: 5, series: 1, sharesHead: false)
        let precision = LinePrecision.allCases.randomElement(using: &random) ?? .seconds
        let scan = LineScanner.scan(
            body.span,
            known: known,
            precision: precision,
            receivedAt: Timestamp(microseconds: 0)
        )
        #expect(scan.series.count == scan.values.count)
        #expect(scan.eventStarts.count == scan.values.count)
        #expect(scan.problems.count <= scan.lineCount)
        #expect(scan.values.allSatisfy { $0.isFinite })
        for number in scan.series {
            let isNew = number & LineScan.newMark != 0
            let count = isNew ? scan.newSeries.count : 2
            #expect(number & ~LineScan.newMark < count)
        }
    }
}
