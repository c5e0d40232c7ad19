/// One of ten codes that let a user in without the second factor, each once: 80 random bits in 16
/// letters, written as `xxxx-xxxx-xxxx-xxxx`.
enum RecoveryCode {
    /// How many a user gets.
    static let count = 10
    private static let byteCount = 10
    private static let letterCount = 16
    /// Crockford's: no I, L, O, U.
    private static let letters = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new one.
    static func random() -> String {
        let text = Array(Base32.text(RandomBytes.make(count: byteCount), letters))
        return stride(from: 0, to: letterCount, by: 4).map { String(text[$0..<$0 + 4]) }
            .joined(separator: "-")
    }

    /// What is stored of it. 80 bits cannot be tried out, so nothing slower is needed; the user's id
    /// keeps equal codes of two users apart.
    ///
    /// - Returns: nil if the text cannot be a code. Capitals, blanks and hyphens do not matter, and
    ///   look-alikes are read as what they were.
    static func hash(_ text: String, of user: Int64) -> [UInt8]? {
        guard text.utf8.count <= 64 else { return nil }
        var code: [UInt8] = []
        for character in text.lowercased() where character != "-" && character != " " {
            guard let byte = character.asciiValue else { return nil }
            switch byte {
            case UInt8(ascii: "o"): code.append(UInt8(ascii: "0"))
            case UInt8(ascii: "i"), UInt8(ascii: "l"): code.append(UInt8(ascii: "1"))
            case let byte where letters.contains(byte): code.append(byte)
            default: return nil
            }
        }
        guard code.count == letterCount else { return nil }
        let message = Array("penstock-recovery-code:\(user):".utf8) + code
        return SHA256Digest(of: message.span).bytes
    }
}

/// Random ids that a browser keeps: of half-open logins and remembered devices. 256 bits in 43
/// letters; stored as SHA-256.
enum BearerID {
    static func random() -> String {
        String(decoding: Base64.url(RandomBytes.make(count: 32)), as: UTF8.self)
    }

    /// - Returns: nil if the text is none.
    static func hash(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        guard bytes.count == 43, Base64.decodeURL(bytes[...])?.count == 32 else { return nil }
        return SHA256Digest(of: bytes.span).bytes
    }
}

/// Codes of six digits by e-mail.
enum MailedCode {
    static let lifetimeSeconds: Int64 = 600

    static func random() -> String { RandomBytes.text(count: 6, of: "0123456789") }

    /// HMAC-SHA256 under a key of the server: six digits under a plain hash would be read from a
    /// stolen table by trying all. Bound to its login, so that it is no code of another.
    static func hash(_ code: String, login idHash: [UInt8], _ keys: DerivedKeys) -> [UInt8] {
        let key = keys.all(.mailedCode)[0].exposed
        return MessageAuthentication.sha256(key: key, message: idHash + Array(code.utf8))
    }
}
