/// The second part of a token's payload: sha256_crypt over the security stamp and the password
/// hash.
///
/// It is computed once, when the stamp is renewed, and stored in the user's row. So all processes
/// know the same text, checking a token is one comparison, and no request waits for the hash.
/// Whatever renews the stamp ends all tokens of the user.
struct TokenPart: Sendable, Equatable {
    /// `$5$…`, ASCII.
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The part for a new stamp.
    ///
    /// - Throws: `.failed` if libcrypt refuses, which needs a hash of more than 479 bytes.
    init(
        stamp: SecurityStamp,
        passwordHash: [UInt8],
        with scratch: inout CryptScratch
    ) throws(AuthError) {
        // In hexadecimal, because crypt(3) stops at NUL.
        let phrase = Array(hexText(stamp.bytes).utf8) + passwordHash
        guard let hash = Sha256Crypt.hash(phrase, with: &scratch) else {
            throw .failed("libcrypt refuses sha256_crypt of \(phrase.count) bytes")
        }
        bytes = hash
    }
}

/// 128 random bits of a user, renewed with everything that must end the user's tokens.
struct SecurityStamp: Sendable {
    let bytes: [UInt8]

    static func random() -> SecurityStamp { SecurityStamp(bytes: RandomBytes.make(count: 16)) }
}
