import TestSupport
import Testing

@testable import Gateway

/// Goal: heads without escapes, which are read in place, come to the same as by the general way.
/// Method: random texts of the bytes that matter, by both.
@Suite struct LineKeyTests {
    @Test(arguments: UInt64(0)..<20)
    func `plain heads are read as all others`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var plainCount = 0
        for _ in 0..<5_000 {
            var head = Self.text(&random)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                head += "," + Self.text(&random)
                if Int.random(in: 0..<9, using: &random) > 0 { head += "=" + Self.text(&random) }
            }
            let bytes = Array(head.utf8)
            let expected = Result { () throws(LineProblem) in
                try LineKey.unescapedHead(bytes.span)
            }
            let plain = Result { () throws(LineProblem) in try LineKey.plainHead(bytes.span) }
            switch (plain, expected) {
            case (.success(let found?), .success(let wanted)):
                #expect(found == wanted, "\(head)")
                plainCount += 1
            case (.success(nil), _): #expect(head.contains("\\"))
            case (.failure(let found), .failure(let wanted)): #expect(found == wanted, "\(head)")
            default: Issue.record("\(head): \(plain) instead of \(expected)")
            }
        }
        #expect(plainCount > 500)
    }

    @Test func `tags are put in order`() throws {
        func head(_ text: String) throws -> String {
            let bytes = Array(text.utf8)
            return String(decoding: try LineKey(head: bytes.span).head, as: UTF8.self)
        }
        #expect(try head("cpu,site=1,sensor=2,a=é") == "cpu,a=é,sensor=2,site=1")
        #expect(try head("c=p,ab=1,a=2") == "c=p,a=2,ab=1")
        #expect(throws: LineProblem.duplicateTag) { try head("m,b=1,a=1,b=2") }
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let alphabet = Array(Int.random(in: 0..<9, using: &random) == 0 ? "ab,=\\é" : "abc")
        let count =
            Int.random(in: 0...9, using: &random) == 0 ? 0 : Int.random(in: 1...3, using: &random)
        return String((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }
}
