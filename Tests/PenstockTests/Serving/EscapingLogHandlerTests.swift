import Testing

@testable import penstock

@Suite struct EscapingLogHandlerTests {
    @Test(
        arguments: [
            ("plain ü", "plain ü"), ("a\r\nb", "a\\u{d}\\u{a}b"), ("\u{1B}[2J", "\\u{1b}[2J"),
            ("a\u{2028}b\u{85}", "a\\u{2028}b\\u{85}"),
        ] as [(String, String)]
    )
    func `I08 nothing that is logged begins a line`(text: String, expected: String) {
        #expect(EscapingLogHandler.escaped(text) == expected)
    }
}
