import TestSupport
import Testing

@testable import Auth

@Suite struct Base64Tests {
    /// Goal: the vectors of RFC 4648, section 10, and the URL-safe letters.
    @Test func `published vectors`() {
        #expect(Base64.standard(utf8("foobar")) == utf8("Zm9vYmFy"))
        #expect(Base64.standard(utf8("fooba")) == utf8("Zm9vYmE="))
        #expect(Base64.standard(utf8("foob")) == utf8("Zm9vYg=="))
        #expect(Base64.standard([0xFB, 0xFF]) == utf8("+/8="))
        #expect(Base64.url([0xFB, 0xFF]) == utf8("-_8"))
        #expect(Base64.standard([]) == [])
    }

    /// Goal: one text per byte string. Method: every text of one to three letters of an alphabet
    /// that has good, bad and padding letters; what decodes must encode to the same text.
    @Test func `only canonical texts decode`() {
        let letters = utf8("ABQgwxyz019-_+/=. \n") + [0, 0x80]
        var texts: [[UInt8]] = [[]]
        var decodedCount = 0
        for _ in 1...4 {
            texts = texts.flatMap { text in letters.map { text + [$0] } }
            for text in texts {
                guard let bytes = Base64.decodeURL(text[...]) else { continue }
                decodedCount += 1
                #expect(Base64.url(bytes) == text)
            }
        }
        #expect(decodedCount > 1_000)
        #expect(Base64.decodeURL([]) == nil)
    }

    @Test(arguments: 0..<100) func `bytes survive the round trip`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 1..<200, using: &random)).map { _ in
            UInt8.random(in: .min ... .max, using: &random)
        }
        #expect(Base64.decodeURL(Base64.url(bytes)[...]) == bytes, "seed \(seed)")
    }
}

@Suite struct DigestTests {
    /// Goal: the digests are the standard's. Method: FIPS 180-2 "abc", RFC 4231 test case 2.
    @Test func `published vectors`() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(hexText(SHA256Digest(of: utf8("abc").span).bytes) == abc)
        let (key, message) = (utf8("Jefe"), utf8("what do ya want for nothing?"))
        let sha256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        #expect(hexText(MessageAuthentication.sha256(key: key, message: message)) == sha256)
        let sha512 =
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
            + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        #expect(hexText(MessageAuthentication.sha512(key: key, message: message)) == sha512)
    }

    @Test func `equality looks at every byte and at the length`() {
        let bytes: [UInt8] = (0..<32).map { $0 }
        #expect(equalInConstantTime(bytes, bytes))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 1
            #expect(!equalInConstantTime(bytes, other))
        }
        #expect(!equalInConstantTime(bytes, Array(bytes.dropLast())))
        #expect(!equalInConstantTime(bytes, bytes + [0]))
        // A code that could not be computed is equal to nothing.
        #expect(!equalInConstantTime([], []))
    }
}

@Suite struct PublicIDTests {
    @Test func `one id has one spelling`() throws {
        let text = "00112233445566778899aabbccddeeff"
        let id = try #require(PublicID(digits: utf8(text)[...]))
        #expect(id.description == text)
        #expect(PublicID(bytes: (0..<16).map { UInt8($0) * 0x11 }) == id)
        #expect(PublicID(digits: utf8(text.uppercased())[...]) == nil)
        #expect(PublicID(digits: utf8(text + "0")[...]) == nil)
        #expect(PublicID(digits: utf8(String(text.dropLast()))[...]) == nil)
    }

    /// Goal (T19): ids do not repeat. Method: 100,000 of them; 64 bits would collide once in
    /// 4 billion runs, 32 bits almost surely.
    @Test func `ids differ`() {
        #expect(Set((0..<100_000).map { _ in PublicID.random() }).count == 100_000)
    }
}

@Suite struct SecretTests {
    @Test func `secrets print as placeholders`() throws {
        let secret = Secret("the-value")
        var dumped = ""
        dump([secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped] {
            #expect(!text.contains("the-value"))
            #expect(text.contains("(secret)"))
        }
        let key = try SecretKey(TestKeys.currentText)
        #expect(!"\(key) \(String(reflecting: key))".contains("0123456789"))
        let password = try Password(toCheck: "correct horse")
        #expect(!"\(password) \(String(reflecting: password))".contains("horse"))
    }
}

@Suite struct SecretKeyTests {
    /// Goal (T17): weak keys are refused with a reason, and the reason does not quote the key.
    @Test func `weak keys are refused`() {
        #expect(throws: SecretKeyError.empty) { try SecretKey("") }
        #expect(throws: SecretKeyError.known) { try SecretKey("secret") }
        #expect(throws: SecretKeyError.known) { try SecretKey("CHANGEME") }
        #expect(throws: SecretKeyError.short(byteCount: 8)) { try SecretKey("8f3Kq0Zx") }
        #expect(throws: SecretKeyError.short(byteCount: 31)) {
            try SecretKey("abcdefghijklmnopqrstuvwxyz01234")
        }
        #expect(throws: SecretKeyError.repetitive) {
            try SecretKey(String(repeating: "secret", count: 8))
        }
        #expect("\(SecretKeyError.short(byteCount: 8))".contains("openssl rand -hex 32"))
    }

    @Test func `generated keys are good and differ`() throws {
        let texts = (0..<100).map { _ in SecretKey.generateText() }
        #expect(Set(texts).count == 100)
        for text in texts { _ = try SecretKey(text) }
    }
}
