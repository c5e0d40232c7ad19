import TestSupport
import Testing

@testable import Catalog

@Suite struct VersionNumberTests {
    /// Goal: PEP 440's order. Method: its own example of a full order, every pair compared.
    @Test func `versions compare as PEP 440 orders them`() throws {
        let ascending = [
            "0.dev1", "0", "0.9", "1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456",
            "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456",
            "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5",
            "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1.2", "1.10", "2", "10",
            "1!0.1",
        ]
        let versions = try ascending.map { try #require(VersionNumber($0), "\($0)") }
        for (low, lower) in versions.enumerated() {
            for (high, higher) in versions.enumerated() {
                #expect((lower < higher) == (low < high), "\(ascending[low]) \(ascending[high])")
                #expect((lower == higher) == (low == high))
            }
        }
    }

    @Test(arguments: [
        ("1", "1.0.0"), ("v1.2", "1.2"), (" 1.2\n", "1.2"), ("1.0alpha1", "1.0a1"),
        ("1.0-Beta_2", "1.0b2"), ("1.0c1", "1.0rc1"), ("1.0preview", "1.0rc0"),
        ("1.0-3", "1.0.post3"),
        ("1.0rev4", "1.0.post4"), ("1.0-dev", "1.0.dev0"), ("01.002", "1.2"),
        ("1.0+a-1", "1.0+a.1"),
    ])
    func `spellings of one version are equal`(one: String, other: String) throws {
        #expect(try #require(VersionNumber(one)) == #require(VersionNumber(other)))
    }

    @Test func `no version counts as 0.0.0`() throws {
        #expect(VersionNumber("0.0.0") == .zero)
        #expect(try #require(VersionNumber("0.0.0.dev1")) < .zero)
    }

    @Test(arguments: [
        "", "v", "one", "1.", "1..2", "1.0x", "1!", "1.0+", "1.0+ä", "1.0 2", "١.٢", "1.2.3.4z",
        "9999999999999999999",
    ])
    func `other texts are no versions`(text: String) {
        #expect(VersionNumber(text) == nil)
    }

    /// Goal: no text traps the parser. Method: random texts of its alphabet, by seed.
    @Test(arguments: 0..<300) func `random texts never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789.-_+!vabcrdevpost ä")
        let text = String((0..<12).map { _ in alphabet.randomElement(using: &random) ?? "0" })
        if let version = VersionNumber(text) { #expect(version == version && !(version < version)) }
    }
}
