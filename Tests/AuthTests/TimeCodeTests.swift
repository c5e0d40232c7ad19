import Testing

@testable import Auth

@Suite struct TimeCodeTests {
    /// The published test vectors of RFC 6238, last six of their eight digits.
    @Test(
        arguments: [
            (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"),
            (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130"),
        ] as [(Int64, String)]
    ) func `codes of RFC 6238`(second: Int64, code: String) {
        let secret = utf8("12345678901234567890")
        #expect(TimeCode.code(secret, step: TimeCode.step(second: second)) == utf8(code))
    }

    /// Goal (F05): the window is one step each way, and no more.
    @Test func `the window has three steps`() {
        let secret = utf8("12345678901234567890")
        let now: Int64 = 1_795_456_889
        let step = TimeCode.step(second: now)
        for offset in -4...4 as ClosedRange<Int64> {
            let code = TimeCode.code(secret, step: step + offset)
            let found = TimeCode.matchingStep(code, secret, second: now)
            #expect(found == (abs(offset) <= 1 ? step + offset : nil), "\(offset)")
        }
        #expect(TimeCode.matchingStep(utf8("12345"), secret, second: now) == nil)
        #expect(TimeCode.matchingStep([], secret, second: 0) == nil)
    }

    @Test func `the URI is what apps read`() {
        let uri = TimeCode.uri(secret: utf8("12345678901234567890"), account: "a+b:c@x.example")
        #expect(
            uri == """
                otpauth://totp/Penstock:a%2Bb%3Ac%40x.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
                &issuer=Penstock&algorithm=SHA1&digits=6&period=30
                """
        )
        // RFC 4648, section 10.
        for (plain, text) in [("f", "MY"), ("fo", "MZXQ"), ("foobar", "MZXW6YTBOI"), ("", "")] {
            #expect(Base32.text(utf8(plain)) == text)
        }
    }
}

@Suite struct SealedSecretTests {
    private func box(_ keys: [String]) -> SealedSecret {
        SealedSecret(keys.map { Secret(SHA256Digest(of: utf8($0).span).bytes) })
    }

    /// RFC 5869, test case 1, first 32 bytes.
    @Test func `HKDF of RFC 5869`() {
        let key = HKDF.sha256(
            [UInt8](repeating: 0x0B, count: 22),
            salt: Array(0...12),
            info: Array(0xF0...0xF9)
        )
        #expect(
            hexText(key) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        )
    }

    /// Goal: opens with the label it was sealed for, under any configured key, and nothing else.
    @Test func `a secret opens for its owner only`() throws {
        let plain = RandomBytes.make(count: 20)
        let label = utf8("user 1")
        let sealed = try box(["a"]).seal(plain, label: label)
        #expect(sealed.count == 1 + 4 + 12 + 20 + 16)
        #expect(box(["a"]).open(sealed, label: label) == plain)
        #expect(box(["b", "a"]).open(sealed, label: label) == plain)
        #expect(box(["b"]).open(sealed, label: label) == nil)
        #expect(box(["a"]).open(sealed, label: utf8("user 2")) == nil)
        #expect(try box(["a"]).seal(plain, label: label) != sealed)
        for index in sealed.indices {
            var damaged = sealed
            damaged[index] ^= 1
            #expect(box(["a"]).open(damaged, label: label) == nil, "byte \(index)")
            #expect(box(["a"]).open(Array(sealed[..<index]), label: label) == nil)
        }
    }

    @Test func `purposes have keys of their own`() throws {
        let keys = DerivedKeys(try TestKeys.signingKeys(fallbacks: [TestKeys.formerText]))
        let all = DerivedKeys.Purpose.allCases.flatMap { keys.all($0).map(\.exposed) }
        #expect(
            Set(all).count == 2 * DerivedKeys.Purpose.allCases.count
                && all.allSatisfy { $0.count == 32 }
        )
    }
}

@Suite struct RecoveryCodeTests {
    @Test func `codes are read as people type them`() throws {
        let code = RecoveryCode.random()
        #expect(code.wholeMatch(of: /[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}/) != nil)
        let hash = try #require(RecoveryCode.hash(code, of: 1))
        let typed = code.uppercased().replacing("-", with: " ").replacing("0", with: "O")
            .replacing("1", with: "l")
        #expect(RecoveryCode.hash(typed, of: 1) == hash)
        #expect(RecoveryCode.hash(code, of: 2) != hash)
        #expect(Set((0..<1_000).map { _ in RecoveryCode.random() }).count == 1_000)
        for bad in ["", "abcd", code + "0", String(code.dropLast()), "uuuu-uuuu-uuuu-uuuu", "ä"] {
            #expect(RecoveryCode.hash(bad, of: 1) == nil)
        }
    }

    @Test func `ids of browsers have one spelling`() throws {
        let id = BearerID.random()
        #expect(BearerID.hash(id)?.count == 32)
        for bad in ["", id + "=", id + "A", String(id.dropLast()), String(id.dropLast()) + "!"] {
            #expect(BearerID.hash(bad) == nil)
        }
    }
}
