import TestSupport
import Testing

@testable import Auth

@Suite struct TokenFormatTests {
    private static let part = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8"
    private static let digits = "00112233445566778899aabbccddeeff"
    private static let issuedAt: Int64 = 1_795_456_889
    /// Made with Python's hmac, hashlib and base64 from the description of the format.
    private static let golden =
        "WyIwMDExMjIzMzQ0NTU2Njc3ODg5OWFhYmJjY2RkZWVmZiIsIiQ1JHNhbHRzdHJpbmckNUI4dllZaVkuQ1Z0MVJs"
        + "VFRmOEtiWEJIM2hzeFkvR05vb1phQkJHV0VjOCJd.HeYQ-Q"
        + ".DOdZfPBOsNzVj0a8TtlTOjJFkrmKk8dx0_Lz_rVMdjE"

    private func format(
        _ key: String = TestKeys.currentText,
        fallbacks: [String] = []
    ) throws -> TokenFormat { TokenFormat(try TestKeys.signingKeys(key, fallbacks: fallbacks)) }

    private func claims() throws -> TokenFormat.Claims {
        TokenFormat.Claims(
            user: try #require(PublicID(digits: utf8(Self.digits)[...])),
            part: TokenPart(utf8(Self.part)),
            issuedAt: Self.issuedAt
        )
    }

    /// Signs any payload and time as this format does, with any label.
    private func signed(
        _ payload: String,
        time: [UInt8],
        label: String = "penstock-page-token",
        key: String = TestKeys.currentText
    ) -> [UInt8] {
        let derived = SHA256Digest(of: utf8(label + "signer" + key).span).bytes
        let text = Base64.url(utf8(payload)) + utf8(".") + Base64.url(time)
        let signature = MessageAuthentication.sha256(key: derived, message: text)
        return text + utf8(".") + Base64.url(signature)
    }

    private var payload: String { "[\"\(Self.digits)\",\"\(Self.part)\"]" }
    private let time: [UInt8] = [0x1D, 0xE6, 0x10, 0xF9]

    /// Goal: the format to the byte. Method: a token made by other software.
    @Test func `the golden token`() throws {
        #expect(try format().text(claims()) == Self.golden)
        #expect(try format().claims(utf8(Self.golden)) == claims())
        #expect(signed(payload, time: time) == utf8(Self.golden))
    }

    /// Goal: the parts lie as in the page's time. Method: the token of an older server, whose list
    /// and epoch are read although its signature is another one.
    @Test func `the page's layout is read`() throws {
        let old =
            "WyI5IiwiJDUkcm91bmRzPTUzNTAwMCRpaDlUeElwU0NSM3ZPd1BLJEg0WlNldi5xRG5Rd3Y0YzdES25N"
            + "S0hhYzR4Wm1xcFpzVFl6aXdkTG5STEIiXQ.HeYQ-Q.200UECSRxc9KNffJbqe_dKp8czc"
        let fields = try #require(TokenFields(utf8(old)))
        let (user, part) = try #require(fields.userAndPart)
        #expect(Array(user) == utf8("9"))
        #expect(part.starts(with: utf8("$5$rounds=535000$ih9TxIpSCR3vOwPK$")))
        #expect(fields.issuedAt == 1_795_456_889)
        #expect(fields.signature.count == 20)
        #expect(try format().claims(utf8(old)) == nil)
    }

    /// Goal (T02): every byte of the signature counts, and its length.
    @Test func `cut and longer signatures are refused`() throws {
        let format = try format()
        let token = utf8(Self.golden)
        for count in 1...43 { #expect(format.claims(Array(token.dropLast(count))) == nil) }
        for count in 1...8 {
            for letter in utf8("A_-=") {
                let longer = token + [UInt8](repeating: letter, count: count)
                #expect(format.claims(longer) == nil)
            }
        }
    }

    /// Goal (T03): one token, one text. Method: every change of every byte, insertions of blanks
    /// and padding, parts too many and too few.
    @Test func `no other text is accepted`() throws {
        let format = try format()
        let token = utf8(Self.golden)
        for index in token.indices {
            for byte in UInt8.min ... .max where byte != token[index] {
                var other = token
                other[index] = byte
                #expect(format.claims(other) == nil, "byte \(index) as \(byte)")
            }
        }
        for index in 0...token.count {
            for extra in utf8("= .\n\tA") {
                var other = token
                other.insert(extra, at: index)
                #expect(format.claims(other) == nil, "\(extra) before \(index)")
            }
        }
        let parts = Self.golden.split(separator: ".")
        for text in [
            "", ".", "..", "...", "\(parts[0]).\(parts[1])", Self.golden + ".",
            "." + Self.golden, "\(parts[0])..\(parts[2])", "\(parts[1]).\(parts[0]).\(parts[2])",
        ] { #expect(format.claims(utf8(text)) == nil, "\(text)") }
    }

    /// Goal (T01): tokens of other kinds are refused.
    @Test func `JSON web tokens are refused`() throws {
        for algorithm in ["none", "None", "HS256", "HS512", "RS256"] {
            let header = Base64.url(utf8("{\"alg\":\"\(algorithm)\",\"typ\":\"JWT\"}"))
            let body = Base64.url(utf8("{\"sub\":\"\(Self.digits)\"}"))
            let text = header + utf8(".") + body + utf8(".")
            let key = utf8(TestKeys.currentText)
            let code = MessageAuthentication.sha256(key: key, message: Array(text.dropLast()))
            #expect(try format().claims(text) == nil)
            #expect(try format().claims(text + Base64.url(code)) == nil)
        }
    }

    /// Goal (T04): parts of two tokens do not mix.
    @Test func `swapped parts are refused`() throws {
        let format = try format()
        let first = try claims()
        let second = TokenFormat.Claims(
            user: .random(),
            part: first.part,
            issuedAt: first.issuedAt + 1
        )
        let texts = [first, second].map { format.text($0).split(separator: ".") }
        for mix in 0..<8 {
            let text = (0..<3).map { texts[(mix >> $0) & 1][$0] }.joined(separator: ".")
            let expected = mix == 0 ? first : mix == 7 ? second : nil
            #expect(format.claims(utf8(text)) == expected)
        }
    }

    /// Goal (T05, T06): what is signed with the same key for another purpose is no token, nor is
    /// another payload under the right label.
    @Test func `other labels and payloads are refused`() throws {
        let format = try format()
        for label in ["", "remember-salt", "reset-salt", "confirm-salt", "cookie-session"] {
            #expect(format.claims(signed(payload, time: time, label: label)) == nil)
        }
        let digits = Self.digits
        for other in [
            "{\"ver\":\"5\",\"uid\":\"\(digits)\",\"fs_paa\":1795457436.2,\"exp\":0}",
            "[\"\(digits)\"]", "[\"\(digits)\",\"\(Self.part)\",\"x\"]", "[\"1\",\"\(Self.part)\"]",
            "[\"\(digits.uppercased())\",\"\(Self.part)\"]", "[\"\(digits)\", \"\(Self.part)\"]",
            " [\"\(digits)\",\"\(Self.part)\"]", "[\"\(digits)\",\"\(Self.part)\"] ",
            "[\"\(digits)\",\"\\u0024\"]", "[\"\",\"\"]", "[\"\",\"]", "[\"]", "[]", "\"]", "x",
            "[\"\(digits)\",\"a\"b\"]", "[\"\(digits)\",\"a\u{0}b\"]",
        ] { #expect(format.claims(signed(other, time: time)) == nil, "\(other)") }
    }

    /// Goal (T08): hostile times neither trap nor wrap. Method: rightly signed times.
    @Test func `times outside the range are refused`() throws {
        let format = try format()
        for time in [
            [0x7F] + [UInt8](repeating: 0xFF, count: 7), [0x80] + [UInt8](repeating: 0, count: 7),
            [UInt8](repeating: 0xFF, count: 8), [1] + [UInt8](repeating: 0, count: 8),
            [0x00], [0x00, 0x1D, 0xE6, 0x10, 0xF9], [], [UInt8](repeating: 1, count: 100),
        ] { #expect(format.claims(signed(payload, time: time)) == nil, "\(time)") }
        // 2^40 and 2^62 are numbers; that they lie in the future is for the age to say.
        let far = format.claims(signed(payload, time: [1, 0, 0, 0, 0, 0]))
        #expect(far?.issuedAt == Int64(1 << 40) + TokenFormat.epoch)
        let farther = format.claims(signed(payload, time: [0x40, 0, 0, 0, 0, 0, 0, 0]))
        #expect(farther?.issuedAt == Int64(1 << 62) + TokenFormat.epoch)
    }

    /// Goal (T16): former keys verify until they are removed; new tokens are signed by the new one.
    @Test func `keys rotate`() throws {
        let former = try format(TestKeys.formerText)
        let rotated = try format(fallbacks: [TestKeys.formerText])
        let removed = try format()
        let old = utf8(former.text(try claims()))
        let new = utf8(rotated.text(try claims()))
        #expect(try former.claims(old) == claims())
        #expect(try rotated.claims(old) == claims())
        #expect(removed.claims(old) == nil)
        #expect(try removed.claims(new) == claims())
        #expect(former.claims(new) == nil)
    }

    @Test func `overlong texts are not looked at`() throws {
        let long = "[\"\(Self.digits)\",\"\(String(repeating: "a", count: 400))\"]"
        let token = signed(long, time: time)
        #expect(token.count > TokenFormat.byteCountMax)
        #expect(try format().claims(token) == nil)
    }

    /// Goal: no bytes trap the reader. Method: random edits of a good token, by seed.
    @Test(arguments: 0..<200) func `hostile bytes never trap`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var token = utf8(Self.golden)
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            let index = Int.random(in: 0..<token.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: token[index] = UInt8.random(in: .min ... .max, using: &random)
            case 1: token.insert(UInt8(ascii: "."), at: index)
            default: token.removeSubrange(index..<min(token.count, index + 3))
            }
            if token.isEmpty { break }
        }
        if token != utf8(Self.golden) {
            #expect(try format().claims(token) == nil, "seed \(seed)")
        }
        _ = TokenFields(token)?.userAndPart
        _ = TokenFields(token)?.issuedAt
    }
}

@Suite struct TokenLifetimeTests {
    /// Goal (T07): accepted exactly while 0 <= age <= max age.
    @Test func `the border is inclusive`() throws {
        let lifetime = try #require(TokenLifetime(issuedAt: 1_000, ageMaxSeconds: 21_600))
        let accepted = (990...23_000).filter { lifetime.contains($0) }
        #expect(accepted.first == 1_000)
        #expect(accepted.last == 22_600)
        #expect(accepted.count == 21_601)
    }

    /// Goal (T08): the end of time does not wrap.
    @Test func `sums beyond the range are refused`() {
        #expect(TokenLifetime(issuedAt: .max, ageMaxSeconds: 1) == nil)
        #expect(TokenLifetime(issuedAt: .max - 1, ageMaxSeconds: 1)?.contains(.max) == true)
        #expect(TokenLifetime(issuedAt: 1 << 62, ageMaxSeconds: 21_600)?.contains(0) == false)
    }
}
