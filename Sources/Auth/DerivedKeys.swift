/// Keys for single purposes, derived from `SECRET_KEY` by HKDF-SHA256 (RFC 5869), so that what is
/// made for one purpose is good for no other.
struct DerivedKeys: Sendable {
    enum Purpose: String, Sendable, CaseIterable {
        /// AES-256 key of the authenticator apps' secrets.
        case totpSecret = "penstock-totp-secret"
        /// HMAC key of mailed codes.
        case mailedCode = "penstock-mailed-code"
        /// HMAC key of forms, see `FormToken`.
        case form = "penstock-form"
    }

    /// The current key first, then former ones.
    private let keys: [Purpose: [Secret<[UInt8]>]]

    init(_ signingKeys: SigningKeys) {
        let pairs = Purpose.allCases.map { purpose in
            let keys = signingKeys.all.map { key in
                Secret(HKDF.sha256(key.bytes.exposed, info: Array(purpose.rawValue.utf8)))
            }
            return (purpose, keys)
        }
        keys = Dictionary(uniqueKeysWithValues: pairs)
    }

    /// The current key first, 32 bytes each.
    func all(_ purpose: Purpose) -> [Secret<[UInt8]>] { keys[purpose] ?? [] }
}

/// HKDF (RFC 5869) for one block of output.
enum HKDF {
    /// 32 bytes.
    static func sha256(_ material: [UInt8], salt: [UInt8] = [], info: [UInt8]) -> [UInt8] {
        let salt = salt.isEmpty ? [UInt8](repeating: 0, count: 32) : salt
        let pseudorandom = MessageAuthentication.sha256(key: salt, message: material)
        return MessageAuthentication.sha256(key: pseudorandom, message: info + [1])
    }
}
