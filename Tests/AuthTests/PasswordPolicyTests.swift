import Foundation
import Model
import Postgres
import Testing

@testable import Auth

@Suite struct PasswordPolicyTests {
    private let context = PasswordPolicy.Context(
        email: "frieda.muster@windpark-nord.example",
        username: "friedam"
    )

    private func problem(_ text: String) -> String? {
        PasswordPolicy.embedded.problem(of: text, for: context)
    }

    /// Goal (P10): what is guessed first is refused, however it is dressed up.
    @Test(
        arguments: [
            "12345678", "password", "Password1", "P@ssw0rd", "P4ssw0rd!", "passw0rd123", "iloveyou",
            "sunshine", "princess1", "football", "baseball1", "superman", "trustno1", "starwars",
            "letmein1", "welcome123", "qwertyui", "qwertyuiop", "1qaz2wsx", "asdfghjkl", "zxcvbnm1",
            "abcdefgh", "abcd1234", "87654321", "11111111", "aaaaaaaa", "abababab", "abcabcabc",
            "passwordpassword", "dragonmonkey", "Summer2026", "Sommer2026!", "19841984", "michael1",
            "jennifer", "michelle", "mustang1", "computer", "internet", "Penstock1", "penstock2026",
            "flexmeasures", "Flexmeasures1!", "!@#$%^&*", "1q2w3e4r", "q1w2e3r4", "123123123",
            "qwerty123", "asdf1234", "11223344", "00000000", "987654321", "123456789a",
            "frieda.muster", "muster2026", "friedam1", "windpark-nord", "FriedaMuster!",
            "frieda.muster@windpark-nord.example",
        ] as [String]
    ) func `refused`(text: String) { #expect(problem(text) != nil) }

    /// Goal: no rule about kinds of characters, and nothing against length (P10). Method: random
    /// texts, phrases, other scripts.
    @Test(
        arguments: [
            "tr0mbone-Quartz", "correct horse battery staple", "vkzqpwtm", "7391 0427 5518",
            "pw-ada-1234", "Ich gehe am Abend gern im Moor", "グリーンエネルギー株式", "another password",
            "kein Muster hat diese Frieda", "x7#Lq9!a", "correct-horse-9",
            "pw-site-admin-1234", "pw-c-consultant-1234", "blue river moon",
        ] as [String]
    ) func `accepted`(text: String) { #expect(problem(text) == nil) }

    @Test func `length is counted in NFKC and has no upper rule`() {
        #expect(problem("kqzvwtp") != nil)
        // Seven characters, however they are spelled.
        #expect(problem("o\u{308}u\u{308}a\u{308}kqzv") != nil)
        #expect(problem("o\u{308}u\u{308}a\u{308}kqzvx") == nil)
        let long = (0..<64).map { String(UnicodeScalar(97 + UInt8($0 * 7 % 26))) }.joined()
        #expect(problem(long) == nil)
        #expect(problem(String(repeating: "kqzv wtpm ", count: 400)) == nil)
    }

    @Test func `generated passwords pass`() {
        for _ in 0..<500 { #expect(problem(Password.generate().text) == nil) }
    }

    @Test func `lists are read where they are`() throws {
        let path = NSTemporaryDirectory() + "penstock-words-\(UUID().uuidString)"
        try "#!comment: kqzvwtpm1\nkqzvwtpm\nshort\nZorgvlietje\n".write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        defer { try? FileManager.default.removeItem(atPath: path) }
        let policy = PasswordPolicy(PasswordPolicy.Files(paths: [path, path + "-missing"]))
        #expect(policy.listedCount == 2)
        #expect(policy.problem(of: "KQZVWTPM", for: context) != nil)
        #expect(policy.problem(of: "zorgvlietje77", for: context) != nil)
        #expect(policy.problem(of: "kqzvwtpmrl", for: context) == nil)
        let bounded = PasswordPolicy(PasswordPolicy.Files(paths: [path], byteCountMax: 10))
        #expect(bounded.listedCount == 0)
    }

    /// Goal: every path that stores a password asks the policy.
    @Test func `new users and changes are checked`() async throws {
        let stand = try await AuthStand()
        await #expect(throws: AuthError.self) {
            try await stand.auth.createUser(
                email: "bob@example.com",
                username: "bob",
                password: "password123",
                account: AccountID(1)
            )
        }
        let ada = try await stand.addUser("ada")
        await #expect(throws: AuthError.self) {
            _ = try await stand.auth.setPassword(of: ada, to: "Sunshine1")
        }
        _ = try await stand.token("ada")
    }
}

@Suite struct ImportedPasswordTests {
    /// Goal: hashes of other systems verify, and the first login replaces them. Method: hashes that
    /// `openssl passwd` made and the published test vector of argon2id.
    @Test(
        arguments: [
            (
                "Hello world!",
                "$5$saltstring1$MwOrEPzaUET6mSpf1xkdF8TIFLP8XUjLBefTlv5HdB3",
                ImportedPassword.PreHash.none
            ),
            (
                "Hello world!",
                "$6$saltstring2$LYUG7kBSsZSan3tv59fXMvyhIA2F8kKoAQ4diLl1LIhqjbmZGdK4LvbzKQsc7BWn/bYIYvML23tBvxfbMUqMK0",
                .none
            ),
            (
                "password",
                "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                .none
            ),
            (
                "correct horse battery",
                "$6$fmsalt$MPdL1Ym5hH/W.2LqDR0bmd.f9GpaJ0o.GjKVbb4yzFdMa1xiehW05GoBRAkO43N8QRWjyHjLLyz6i0.BYI/VA0",
                .keyed
            ),
        ] as [(String, String, ImportedPassword.PreHash)]
    ) func `foreign hashes verify and are replaced`(
        password: String,
        hash: String,
        preHash: ImportedPassword.PreHash
    ) async throws {
        let hasher = PasswordHasher(
            executor: PasswordExecutor(workerCount: 1),
            keys: PasswordKeys(
                passwordSalt: "a-password-salt-of-the-tests",
                signingKeys: try TestKeys.signingKeys()
            ),
            cost: 4
        )
        let stored = hasher.stored(try ImportedPassword(hash, preHash: preHash))
        guard
            case .rightOutdated(let replacement) = try await hasher.check(
                Password(toCheck: password),
                against: stored
            )
        else { throw TestFailure("not accepted, or not marked") }
        #expect(replacement.hash.exposed.starts(with: utf8("$2b$04$")))
        #expect(try await hasher.check(Password(toCheck: password), against: replacement) == .right)
        let wrong = try Password(toCheck: password + "x")
        #expect(try await hasher.check(wrong, against: stored) == .wrong)
        let other = preHash == .none ? ImportedPassword.PreHash.keyed : .none
        let mistaken = hasher.stored(try ImportedPassword(hash, preHash: other))
        #expect(try await hasher.check(Password(toCheck: password), against: mistaken) == .wrong)
    }

    @Test(
        arguments: [
            "", "plaintext", "$1$abc$xyz", "$5$salt$short", "$5$rounds=999$salt$",
            "$6$rounds=99999999$fmsalt$MPdL1Ym5hH/W.2LqDR0bmd.f9GpaJ0o.GjKVbb4yzFdMa1xiehW05GoBRAkO43N8QRWjyHjLLyz6i0.BYI/VA0",
            "$argon2id$v=19$m=999999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=65536,t=99,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$argon2id$v=19$m=8,t=2,p=4$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
            "$2b$31$abcdefghijklmnopqrstuuqFxfvAq2jQAuD85RTP5h1OAKusnYcxS",
        ] as [String]
    ) func `other kinds and costs are refused`(text: String) {
        #expect(throws: AuthError.self) { try ImportedPassword(text) }
    }

    /// Goal: after a login the row holds bcrypt, and the token of that login stays good.
    @Test func `a login replaces an imported hash in the row`() async throws {
        let stand = try await AuthStand()
        let ada = try await stand.addUser("ada")
        let hash = "$5$saltstring1$MwOrEPzaUET6mSpf1xkdF8TIFLP8XUjLBefTlv5HdB3"
        try await stand.auth.importPassword(of: ada, ImportedPassword(hash, preHash: .none))
        await #expect(throws: AuthError.wrongCredentials) { try await stand.token("ada") }
        let token = try await stand.auth.issueToken(
            email: "ada@example.com",
            password: "Hello world!"
        ).token.exposed
        let rows = try await stand.database.pool.read("SELECT password_hash FROM app_user")
        #expect(rows.string(0, 0).hasPrefix("$2b$04$"))
        #expect(try await stand.auth.principal(authorization: token).user == ada)
    }

    /// Goal (P02): the refusal of an imported hash takes the work of one of Penstock's own. Method:
    /// the sum of 2^cost against what is left.
    @Test func `padding fills up to the whole`() {
        let meter = WorkMeter(cost: 12)
        meter.note(cost: 12, nanoseconds: 4_096_000)
        for spent in [0, 1_000, 16_000, 1_234_567, 4_000_000, 4_080_000] as [Int64] {
            let work = meter.paddingCosts(after: spent).reduce(0) { $0 + (1 << $1) }
            let left = 4_096 - Int(spent / 1_000)
            #expect(work <= left && left - work <= 16, "\(spent)")
        }
        #expect(meter.paddingCosts(after: 5_000_000) == [])
        #expect(meter.paddingCosts(after: 0) == [12])
    }
}
