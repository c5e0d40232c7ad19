/// The keys of the HMAC that a password passes through before bcrypt.
///
/// bcrypt reads 72 bytes and stops at NUL. Base64 of an HMAC-SHA512 has neither problem, and it is
/// what Flask-Security does, so that bcrypt hashes imported from FlexMeasures verify.
///
/// Each stored hash names the key it was made with. So a rotation of `SECRET_KEY` does not cost
/// anyone the password: the former key verifies as long as it is configured, and the next login
/// stores a hash under the current one.
struct PasswordKeys: Sendable {
    private let keys: [(id: [UInt8], key: Secret<[UInt8]>)]

    /// - Parameters:
    ///   - passwordSalt: `SECURITY_PASSWORD_SALT`; without it the current signing key serves.
    ///   - signingKeys: these verify what was hashed before there was a password salt, or under a
    ///     former key.
    init(passwordSalt: String?, signingKeys: SigningKeys) {
        let salt = passwordSalt.flatMap { $0.isEmpty ? nil : Array($0.utf8) }
        let all = (salt.map { [$0] } ?? []) + signingKeys.all.map(\.bytes.exposed)
        keys = all.map { (Self.id(of: $0), Secret($0)) }
    }

    /// Names the key for new hashes; eight bytes.
    var currentID: [UInt8] { keys[0].id }

    /// In the place of a key's id: the hash is of the password itself (`ImportedPassword`).
    static let unkeyedID = Array("unkeyed.".utf8)

    /// All 88 base64 letters for `password`; bcrypt is given the first 72 of them. The password
    /// itself for `unkeyedID`.
    ///
    /// - Returns: nil if no configured key has this id.
    func longPhrase(for password: Password, keyID: [UInt8]) -> [UInt8]? {
        if keyID == Self.unkeyedID { return password.normalized.exposed }
        guard let entry = keys.first(where: { $0.id == keyID }) else { return nil }
        return Self.longPhrase(for: password, key: entry.key.exposed)
    }

    /// What bcrypt is given for `password` under the current key.
    func phrase(for password: Password) -> [UInt8] {
        let phrase = Self.longPhrase(for: password, key: keys[0].key.exposed)
        return Array(phrase.prefix(BcryptHash.phraseByteCountMax))
    }

    private static func longPhrase(for password: Password, key: [UInt8]) -> [UInt8] {
        Base64.standard(
            MessageAuthentication.sha512(key: key, message: password.normalized.exposed)
        )
    }

    /// Eight bytes are enough to tell a handful of keys apart.
    private static func id(of key: [UInt8]) -> [UInt8] {
        let label = Array("penstock-password-key-id".utf8)
        return Array(MessageAuthentication.sha256(key: key, message: label).prefix(8))
    }
}
