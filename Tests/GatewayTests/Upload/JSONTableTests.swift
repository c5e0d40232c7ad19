import TestSupport
import Testing

@testable import Gateway

/// Goal: rows in JSON mean what the same rows mean in a table. Method: both forms of rows, each
/// mistake once, and random bytes, which never trap.
@Suite struct JSONTableTests {
    @Test func `rows are objects or arrays`() throws {
        let objects = try JSONTable.read(
            Array(
                #"""
                [{"event_start": "2026-06-01T00:00:00Z", "event_value": 1.5},
                 {"event_value": null, "event_start": "2026-06-01T00:15:00Z"}]
                """#.utf8
            )
        )
        #expect(objects.starts == [.text("2026-06-01T00:00:00Z"), .text("2026-06-01T00:15:00Z")])
        #expect(objects.values == [.number(1.5), .empty])
        #expect(objects.lines == [1, 2])
        let arrays = try JSONTable.read(
            Array(#"[["2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z", 7], ["x", "y", NaN]]"#.utf8)
        )
        #expect(arrays.beliefs == [.text("2026-06-02T00:00:00Z"), .text("y")])
        #expect(arrays.values == [.number(7), .empty])
        #expect(try JSONTable.read(Array(" [ ] ".utf8)).count == 0)
    }

    @Test(arguments: [
        ("", "line 1: expected a list of rows"), ("{}", "expected a list of rows"),
        ("[[\"a\", 1],\n [\"b\"]]", "line 2: expected 2 columns as in the header, found 1"),
        ("[[\"a\"]]", "found 1"), ("[1]", "a row is an object or an array"),
        ("[[1780264800000, 1]]", "is no time of ISO 8601"),
        ("[[\"a\", true]]", "a cell is a text or a number"),
        ("[[\"a\", 1e999]]", "out of range"), ("[[\"a\", 1],\n", "line 2: it is not JSON"),
        ("[{\"event_start\": \"a\"}]", "event_value is missing"),
        ("[{\"event_start\": \"a\", \"event_value\": 1, \"source\": 2}]", "`source` is none of"),
        ("[{\"event_start\": \"a\", \"event_start\": \"b\"}]", "stands twice"),
    ])
    func `mistakes name their line`(text: String, problem: String) {
        let fault = #expect(throws: UploadFault.self) { try JSONTable.read(Array(text.utf8)) }
        #expect(fault?.text.contains(problem) == true, "\(fault?.text ?? "-")")
    }

    @Test(arguments: 0..<200) func `hostile bytes never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("[]{}\",:1eE-.ntf \n\\u\u{FF}".utf8)
        let bytes = (0..<Int.random(in: 0..<80, using: &random)).map { _ in
            alphabet.randomElement(using: &random) ?? 0
        }
        _ = try? JSONTable.read([UInt8(ascii: "[")] + bytes)
    }
}
