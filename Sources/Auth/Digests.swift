internal import COpenSSL

/// A SHA-256 digest, as four numbers so that it is compared and copied without an allocation.
struct SHA256Digest: Sendable, Hashable {
    private let words: InlineWords

    private struct InlineWords: Sendable, Hashable {
        var first: UInt64 = 0
        var second: UInt64 = 0
        var third: UInt64 = 0
        var fourth: UInt64 = 0
    }

    /// The digest of `bytes`.
    init(of bytes: Span<UInt8>) {
        var context = SHA256_CTX()
        var words = InlineWords()
        unsafe SHA256_Init(&context)
        unsafe bytes.withUnsafeBytes { bytes in
            _ = unsafe SHA256_Update(&context, bytes.baseAddress, bytes.count)
        }
        unsafe withUnsafeMutableBytes(of: &words) { words in
            let start = unsafe words.baseAddress?.assumingMemoryBound(to: UInt8.self)
            _ = unsafe SHA256_Final(start, &context)
        }
        self.words = words
    }

    /// One word is enough: the bits of a digest are as good as random, and the seed is secret.
    func hash(into hasher: inout Hasher) { hasher.combine(words.first) }

    /// The 32 bytes of the digest.
    var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { unsafe Array($0) } }
}

/// HMAC (RFC 2104) by OpenSSL.
enum MessageAuthentication {
    /// HMAC-SHA1, 20 bytes: what authenticator apps speak (RFC 6238).
    static func sha1(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe compute(EVP_sha1(), key: key, message: message)
    }

    /// HMAC-SHA256, 32 bytes.
    static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe compute(EVP_sha256(), key: key, message: message)
    }

    /// HMAC-SHA512, 64 bytes.
    static func sha512(key: [UInt8], message: [UInt8]) -> [UInt8] {
        unsafe compute(EVP_sha512(), key: key, message: message)
    }

    @unsafe private static func compute(
        _ algorithm: OpaquePointer?,
        key: [UInt8],
        message: [UInt8]
    ) -> [UInt8] {
        [UInt8](capacity: Int(EVP_MAX_MD_SIZE)) { output in
            var length: UInt32 = 0
            unsafe output.withUnsafeMutableBufferPointer { buffer, count in
                // Fails only if memory runs out; an empty result equals no signature.
                _ = unsafe HMAC(
                    algorithm,
                    key,
                    Int32(key.count),
                    message,
                    message.count,
                    buffer.baseAddress,
                    &length
                )
                count = Int(length)
            }
        }
    }
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count, !left.isEmpty else { return false }
    return unsafe CRYPTO_memcmp(left, right, left.count) == 0
}
