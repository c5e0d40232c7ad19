/// A password hash that another system made: it verifies, and the next login replaces it by one of
/// Penstock's own.
package struct ImportedPassword: Sendable {
    /// What was hashed.
    package enum PreHash: Sendable, Hashable {
        /// Base64 of HMAC-SHA512 of the password under `SECURITY_PASSWORD_SALT` (else the secret
        /// key), as FlexMeasures does. The key must be the one that Penstock is configured with.
        case keyed
        /// The password itself, as in `/etc/shadow`.
        case none
    }

    let hash: Secret<[UInt8]>
    let preHash: PreHash

    /// Takes bcrypt (`$2a$`, `$2b$`, `$2y$`), sha256_crypt (`$5$`), sha512_crypt (`$6$`) and argon2id
    /// in their usual texts.
    ///
    /// - Throws: a problem of the field `password` for other kinds and for costs out of bounds.
    package init(_ text: String, preHash: PreHash = .keyed) throws(AuthError) {
        guard let kind = StoredHash(Array(text.utf8)) else {
            throw .invalid([FieldProblem("password", "is no hash of a kind that is supported")])
        }
        hash = Secret(kind.bytes)
        self.preHash = preHash
    }
}

/// A stored hash of any kind that verifies, bounded.
enum StoredHash: Sendable, Equatable {
    case bcrypt(BcryptHash)
    /// `$5$` or `$6$`, which libcrypt reads itself.
    case shaCrypt(bytes: [UInt8])
    case argon2(Argon2Hash, bytes: [UInt8])

    /// Rounds of `$5$` and `$6$` that are accepted; passlib takes up to 656,000 by default, and a
    /// million of `$5$` are half a second of a core.
    static let roundsMax = 1_000_000

    init?(_ bytes: [UInt8]) {
        if let hash = BcryptHash(bytes) {
            self = .bcrypt(hash)
        } else if let hash = Argon2Hash(bytes) {
            self = .argon2(hash, bytes: bytes)
        } else if Self.isShaCrypt(bytes) {
            self = .shaCrypt(bytes: bytes)
        } else {
            return nil
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .bcrypt(let hash): hash.bytes
        case .shaCrypt(let bytes), .argon2(_, let bytes): bytes
        }
    }

    /// `$5$[rounds=N$]<salt>$<43 letters>`, or `$6$` with 86.
    private static func isShaCrypt(_ bytes: [UInt8]) -> Bool {
        let isLetter = { (byte: UInt8) in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        var fields = bytes.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard bytes.count <= 128, fields.count >= 4, fields.removeFirst().isEmpty else {
            return false
        }
        let method = fields.removeFirst()
        let digestCount: Int
        switch Array(method) {
        case [UInt8(ascii: "5")]: digestCount = 43
        case [UInt8(ascii: "6")]: digestCount = 86
        default: return false
        }
        let rounds = String(decoding: fields[0], as: UTF8.self)
        if rounds.hasPrefix("rounds=") {
            guard let count = Int(rounds.dropFirst(7)), (1_000...roundsMax).contains(count) else {
                return false
            }
            fields.removeFirst()
        }
        return fields.count == 2 && fields[0].count <= 16 && fields[0].allSatisfy(isLetter)
            && fields[1].count == digestCount && fields[1].allSatisfy(isLetter)
    }
}
