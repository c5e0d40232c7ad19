import TestSupport
import Testing

@testable import Gateway

/// Goal: what is taken for the canonical spelling is it, and what is not is looked at closely.
/// Method: random texts of the bytes that matter, against the reading that makes a spelling canonical.
@Suite struct LineKeyTests {
    @Test(arguments: UInt64(0)..<20)
    func `canonical heads are their own spelling`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var canonicalCount = 0
        for _ in 0..<5_000 {
            var head = "m"
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let parts = (0..<2).map { _ in Self.text(&random) }
                head += ",\(parts[0])=\(parts[1])"
            }
            let bytes = Array(head.utf8)
            guard LineKey.isCanonical(head: bytes.span) else { continue }
            canonicalCount += 1
            #expect((try? LineKey(head: bytes.span))?.head == bytes, "\(head)")
        }
        #expect(canonicalCount > 500)
    }

    @Test func `the usual spelling is canonical, others are not`() {
        func isCanonical(_ head: String) -> Bool {
            LineKey.isCanonical(head: Array(head.utf8).span)
        }
        #expect(["m", "cpu,host=a", "cpu,host=a,region=é", "m,a=1,ab=1"].allSatisfy(isCanonical))
        let others = [
            "", ",a=1", "m,b=1,a=2", "m,a=1,a=2", "m,a=", "m,=1", "m,a", "m,a=1=2", "m,a\\ b=1",
            "m,",
            "m=n", "m,ab=1,a=1",
        ]
        #expect(!others.contains(where: isCanonical))
        func isCanonicalField(_ field: String) -> Bool {
            let bytes = Array(field.utf8)
            return LineKey.isCanonical(field: bytes.span)
        }
        #expect(isCanonicalField("value"))
        #expect(!["", "a\\ b", "a,b", "a b"].contains(where: isCanonicalField))
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let alphabet = Array(Int.random(in: 0..<4, using: &random) == 0 ? "ab,= \\é" : "abc")
        let count = Int.random(in: 0...3, using: &random)
        return String((0..<count).map { _ in alphabet.randomElement(using: &random) ?? "a" })
    }
}
