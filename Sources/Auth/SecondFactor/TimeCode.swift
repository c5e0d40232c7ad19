/// The six digits of an authenticator app: TOTP (RFC 6238) with SHA-1 and steps of 30 seconds, the
/// parameters that all apps know.
enum TimeCode {
    static let digitCount = 6
    static let stepSeconds: Int64 = 30
    /// Bytes of a secret, as RFC 4226 recommends.
    static let secretByteCount = 20

    /// The step that a second since 1970 UTC lies in.
    static func step(second: Int64) -> Int64 { second / stepSeconds }

    /// The code of a step (RFC 4226, section 5.3).
    static func code(_ secret: [UInt8], step: Int64) -> [UInt8] {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> Int64(56 - 8 * $0)) }
        let digest = MessageAuthentication.sha1(key: secret, message: counter)
        guard digest.count == 20 else { return [] }
        let offset = Int(digest[19] & 15)
        let number = digest[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        var rest = number & 0x7FFF_FFFF
        var digits = [UInt8](repeating: 0, count: digitCount)
        for index in digits.indices.reversed() {
            digits[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return digits
    }

    /// The step around `second` (this one, the one before or after it) whose code this is. All are
    /// tried, so that the time does not tell which one fits.
    static func matchingStep(_ code: [UInt8], _ secret: [UInt8], second: Int64) -> Int64? {
        let now = step(second: second)
        var found: Int64?
        for step in now - 1...now + 1 where step >= 0 {
            if equalInConstantTime(Self.code(secret, step: step), code) { found = step }
        }
        return found
    }

    /// What an app reads from the QR code (the Key Uri Format of Google Authenticator).
    static func uri(secret: [UInt8], account: String, issuer: String = "Penstock") -> String {
        let (issuer, account) = (escaped(issuer), escaped(account))
        return "otpauth://totp/\(issuer):\(account)?secret=\(Base32.text(secret))&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=\(digitCount)&period=\(stepSeconds)"
    }

    private static func escaped(_ text: String) -> String {
        let kept = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
        return text.utf8.map { byte in
            kept.contains(byte) ? String(UnicodeScalar(byte)) : "%" + hexText([byte]).uppercased()
        }.joined()
    }
}

/// Base32 (RFC 4648, section 6) without padding, as apps want secrets typed.
enum Base32 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    static func text(_ bytes: [UInt8]) -> String { text(bytes, letters) }

    static func text(_ bytes: [UInt8], _ letters: [UInt8]) -> String {
        var (bits, bitCount) = (UInt32(0), 0)
        var text: [UInt8] = []
        for byte in bytes {
            bits = (bits << 8 | UInt32(byte)) & 0xFFFF
            bitCount += 8
            while bitCount >= 5 {
                bitCount -= 5
                text.append(letters[Int(bits >> UInt32(bitCount)) & 31])
            }
        }
        if bitCount > 0 { text.append(letters[Int(bits << UInt32(5 - bitCount)) & 31]) }
        return String(decoding: text, as: UTF8.self)
    }
}
