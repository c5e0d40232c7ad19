import Testing

@testable import Auth

@Suite struct PasswordHasherTests {
    private let executor = PasswordExecutor(workerCount: 2)

    private func hasher(
        cost: Int = 4,
        salt: String? = "pepper-of-the-test",
        key: String = TestKeys.currentText,
        fallbacks: [String] = []
    ) throws -> PasswordHasher {
        let signingKeys = try TestKeys.signingKeys(key, fallbacks: fallbacks)
        let keys = PasswordKeys(passwordSalt: salt, signingKeys: signingKeys)
        return PasswordHasher(executor: executor, keys: keys, cost: cost)
    }

    private func verdict(
        _ typed: String,
        for stored: String
    ) async throws -> PasswordHasher.Verdict {
        let hasher = try hasher()
        let hash = try await hasher.hash(Password(toCheck: stored))
        return try await hasher.check(Password(toCheck: typed), against: hash)
    }

    /// Goal: hashes of Flask-Security verify. Method: the pre-hash and hash of Python's hmac,
    /// base64 and crypt for `pässwörd`, NUL, `x` with cost 4.
    @Test func `a foreign hash verifies`() async throws {
        let keys = PasswordKeys(
            passwordSalt: "pepper-of-the-test",
            signingKeys: try TestKeys.signingKeys()
        )
        let password = try Password(toCheck: "p\u{E4}ssw\u{F6}rd\u{0}x")
        let phrase = "FMsslgazEIWZaf6IP36UMQrOMw4sFVNRPOabVPGnYoGOeGoBxZFzGIOzv8MbH1ggDjhJ9EV1"
        #expect(keys.phrase(for: password) == utf8(phrase))
        let hash = "$2b$04$abcdefghijklmnopqrstuuqFxfvAq2jQAuD85RTP5h1OAKusnYcxS"
        let stored = StoredPassword(hash: Secret(utf8(hash)), keyID: keys.currentID)
        #expect(try await hasher().check(password, against: stored) == .right)
    }

    /// Goal (P12): what is stored is bcrypt of version b with the configured cost and a fresh salt.
    @Test func `stored hashes have one form`() async throws {
        let hasher = try hasher(cost: 12)
        let password = try Password(toStore: "correct horse")
        let first = try await hasher.hash(password)
        let second = try await hasher.hash(password)
        let text = String(decoding: first.hash.exposed, as: UTF8.self)
        #expect(text.wholeMatch(of: /\$2b\$12\$[.\/A-Za-z0-9]{53}/) != nil)
        #expect(first.hash != second.hash)
    }

    @Test func `right and wrong passwords`() async throws {
        #expect(try await verdict("correct horse", for: "correct horse") == .right)
        #expect(try await verdict("correct horsf", for: "correct horse") == .wrong)
        #expect(try await verdict("Correct horse", for: "correct horse") == .wrong)
        #expect(try await verdict("", for: "correct horse") == .wrong)
    }

    /// Goal (P06): bytes after the 72nd count.
    @Test func `long passwords differ at their ends`() async throws {
        let start = String(repeating: "a", count: 72)
        #expect(try await verdict(start + "x", for: start + "x") == .right)
        #expect(try await verdict(start + "y", for: start + "x") == .wrong)
        #expect(try await verdict(start, for: start + "x") == .wrong)
    }

    /// Goal (P07): NUL does not end a password.
    @Test func `NUL is a character like others`() async throws {
        #expect(try await verdict("abc\u{0}def", for: "abc\u{0}def") == .right)
        #expect(try await verdict("abc", for: "abc\u{0}def") == .wrong)
        #expect(try await verdict("abc\u{0}dex", for: "abc\u{0}def") == .wrong)
    }

    /// Goal (P09): the spellings of one password are one password. Method: precomposed, decomposed
    /// and compatibility characters.
    @Test func `Unicode spellings are equal`() async throws {
        let composed = "Pa\u{DF}w\u{F6}rt \u{FB01}n \u{212B}"
        let decomposed = "Pa\u{DF}wo\u{308}rt fin A\u{30A}"
        #expect(Array(composed.utf8) != Array(decomposed.utf8))
        #expect(try await verdict(decomposed, for: composed) == .right)
        #expect(try await verdict(composed, for: decomposed) == .right)
        #expect(try await verdict("Pa\u{DF}wort fin A", for: composed) == .wrong)
    }

    /// Goal (P08): what is too long is refused before it is hashed.
    @Test func `lengths are bounded`() throws {
        let most = String(repeating: "a", count: Password.byteCountMax)
        _ = try Password(toStore: most)
        let tooLong = AuthError.invalid([
            FieldProblem("password", "must have at most 4096 bytes")
        ])
        #expect(throws: tooLong) { try Password(toCheck: most + "a") }
        #expect(throws: tooLong) { try Password(toCheck: String(repeating: "a", count: 5_000_000)) }
        #expect(throws: AuthError.self) { try Password(toStore: "1234567") }
        _ = try Password(toStore: "\u{1F600}2345678")
        _ = try Password(toCheck: "")
    }

    /// Goal (P11): a login with an older cost, version or key yields a replacement that is current.
    @Test func `outdated hashes are replaced`() async throws {
        let password = try Password(toCheck: "correct horse")
        let wrong = try Password(toCheck: "wrong horse")
        let old = try await hasher(cost: 4, salt: nil).hash(password)
        let current = try hasher(cost: 5, salt: nil)
        guard case .rightOutdated(let replacement) = try await current.check(password, against: old)
        else { throw TestFailure("no replacement") }
        #expect(replacement.hash.exposed.starts(with: utf8("$2b$05$")))
        #expect(try await current.check(password, against: replacement) == .right)
        #expect(try await current.check(wrong, against: old) == .wrong)

        let versionA = StoredPassword(
            hash: Secret(utf8("$2a$") + old.hash.exposed.dropFirst(4)),
            keyID: old.keyID
        )
        guard case .rightOutdated = try await hasher(salt: nil).check(password, against: versionA)
        else { throw TestFailure("version a stays") }
    }

    /// Goal (T16): a rotation of SECRET_KEY costs nobody the password while the former key is
    /// configured.
    @Test func `passwords survive a key rotation`() async throws {
        let password = try Password(toCheck: "correct horse")
        let old = try await hasher(salt: nil, key: TestKeys.formerText).hash(password)
        let rotated = try hasher(salt: nil, fallbacks: [TestKeys.formerText])
        guard case .rightOutdated(let replacement) = try await rotated.check(password, against: old)
        else { throw TestFailure("the former key does not verify") }
        let removed = try hasher(salt: nil)
        #expect(try await removed.check(password, against: replacement) == .right)
        #expect(try await removed.check(password, against: old) == .wrong)
    }

    /// Goal: no row makes a login run for minutes or passes by another method. Method: foreign
    /// methods, costs outside the bounds, torn hashes.
    @Test func `stored hashes are bounded before they are used`() async throws {
        let hasher = try hasher()
        let password = try Password(toCheck: "correct horse")
        let good = try await hasher.hash(password)
        let text = String(decoding: good.hash.exposed, as: UTF8.self)
        #expect(BcryptHash(utf8(text))?.cost == 4)
        let bad = [
            text.replacing("$04$", with: "$15$"), text.replacing("$04$", with: "$31$"),
            text.replacing("$04$", with: "$03$"), text.replacing("$2b$", with: "$2x$"),
            text.replacing("$04$", with: "$0a$"), String(text.dropLast()), text + "a", "", "*0",
            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc8", "correct horse",
        ]
        for text in bad {
            #expect(BcryptHash(utf8(text)) == nil, "\(text)")
            let stored = StoredPassword(hash: Secret(utf8(text)), keyID: good.keyID)
            #expect(try await hasher.check(password, against: stored) == .wrong)
        }
        #expect(try await hasher.check(password, against: nil) == .wrong)
        let foreignKey = StoredPassword(hash: good.hash, keyID: [UInt8](repeating: 0, count: 8))
        #expect(try await hasher.check(password, against: foreignKey) == .wrong)
    }

    /// Goal (P02): refusing an old hash takes the work of a new one. Method: the sum of 2^cost.
    @Test func `refusals cost the same`() {
        for target in 4...14 {
            for stored in 4...target {
                let padding = PasswordHasher.paddingCosts(from: stored, to: target)
                let work = ([stored] + padding).reduce(0) { $0 + (1 << $1) }
                #expect(work == 1 << target)
            }
        }
        #expect(PasswordHasher.paddingCosts(from: 14, to: 12) == [])
    }

    @Test func `generated passwords are long and differ`() throws {
        let texts = (0..<1_000).map { _ in Password.generate().text }
        #expect(Set(texts).count == 1_000)
        #expect(texts.allSatisfy { $0.count == 24 })
        for text in texts { _ = try Password(toStore: text) }
    }
}

@Suite struct Sha256CryptTests {
    /// Goal: libcrypt's method 5 is sha256_crypt. Method: what `openssl passwd -5` makes of it,
    /// which is another implementation.
    @Test func `another implementation agrees`() {
        var scratch = CryptScratch()
        let hash = scratch.hash(utf8("Hello world!"), setting: utf8("$5$saltstring"))
        #expect(hash == utf8("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"))
    }

    @Test func `salts are fresh and have sixteen letters`() {
        var scratch = CryptScratch()
        let hashes = (0..<5).compactMap { _ in Sha256Crypt.hash(utf8("x"), with: &scratch) }
        #expect(Set(hashes).count == 5)
        for hash in hashes {
            let text = String(decoding: hash, as: UTF8.self)
            #expect(text.wholeMatch(of: /\$5\$[.\/A-Za-z0-9]{16}\$[.\/A-Za-z0-9]{43}/) != nil)
        }
    }

    @Test func `phrases that C would cut are refused`() {
        var scratch = CryptScratch()
        #expect(scratch.hash([65, 0, 66], setting: utf8("$5$saltstring")) == nil)
        #expect(scratch.hash([65], setting: utf8("$5$salt") + [0] + utf8("x")) == nil)
        let most = [UInt8](repeating: 65, count: CryptScratch.phraseByteCountMax)
        #expect(scratch.hash(most, setting: utf8("$5$saltstring")) != nil)
        #expect(scratch.hash(most + [65], setting: utf8("$5$saltstring")) == nil)
        #expect(scratch.hash([65], setting: utf8("$unknown$x")) == nil)
    }
}

@Suite struct PasswordExecutorTests {
    /// Goal (P14): the queue is bounded, refuses at once when full and works again afterwards.
    /// Method: one worker that waits at a gate, a queue of three, ten callers.
    @Test func `a full queue refuses`() async throws {
        let executor = PasswordExecutor(workerCount: 1, queueCountMax: 3)
        let gate = Gate()
        let refused = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        return try await executor.run { _ in
                            gate.wait()
                            return false
                        }
                    } catch {
                        return (error as? AuthError) == .busy
                    }
                }
            }
            // Only refusals can come before the gate opens.
            var refused = 0
            while refused < 6, await group.next() == true { refused += 1 }
            gate.open()
            for await isRefused in group where isRefused { refused += 1 }
            return refused
        }
        #expect(refused == 6)
        #expect(try await executor.run { _ in 7 } == 7)
    }
}
