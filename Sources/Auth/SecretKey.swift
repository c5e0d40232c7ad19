/// The server's signing secret (`SECRET_KEY`), checked for quality.
///
/// A weak key is refused everywhere: in production, which is every server that listens beyond the
/// loopback addresses, and on loopback alike. Trying Penstock out needs no key of one's own, because
/// a data directory makes itself a good one.
package struct SecretKey: Sendable, CustomStringConvertible {
    /// The fewest bytes that a key may have: what HMAC-SHA256 can make use of.
    package static let byteCountMin = 32
    /// The fewest different bytes: thirty-two times one letter is no key.
    private static let distinctByteCountMin = 8

    /// The text's UTF-8 bytes.
    let bytes: Secret<[UInt8]>

    /// Takes a key from a setting or a file, as it is written there.
    ///
    /// - Throws: `SecretKeyError`, whose text says what to do and never quotes the key.
    package init(_ text: String) throws(SecretKeyError) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw .empty }
        guard !Self.known.contains(text.lowercased()) else { throw .known }
        guard bytes.count >= Self.byteCountMin else { throw .short(byteCount: bytes.count) }
        guard Set(bytes).count >= Self.distinctByteCountMin else { throw .repetitive }
        self.bytes = Secret(bytes)
    }

    /// The text of a new key with 256 random bits, for a file that only the server can read.
    package static func generateText() -> String { hexText(RandomBytes.make(count: 32)) }

    package var description: String { bytes.description }

    /// Placeholders of manuals and example files, in lower case. Most are short as well; naming
    /// them gives the better message.
    private static let known: Set<String> = [
        "secret", "secret-key", "secret_key", "secretkey", "changeme", "change-me", "change_me",
        "changethis", "dev", "development", "test", "testing", "password", "default", "none",
        "null", "mysecretkey", "my-secret-key", "super-secret-key", "supersecretkey",
        "something-secret", "something-secure", "please-change-me", "insert-your-secret-key-here",
        "your-secret-key", "your-secret-key-here", "replace-this-with-your-own-secret-key",
        "i-am-a-secret-key-please-change-me",
    ]
}

/// Why a key is refused.
package enum SecretKeyError: Error, Hashable, CustomStringConvertible {
    case empty
    case known
    case short(byteCount: Int)
    case repetitive

    package var description: String {
        let reason =
            switch self {
            case .empty: "it is empty"
            case .known: "it is a placeholder from a manual"
            case .short(let byteCount):
                "it has \(byteCount) bytes, at least \(SecretKey.byteCountMin) are needed"
            case .repetitive: "it repeats a few characters"
            }
        return "SECRET_KEY is refused: \(reason); `openssl rand -hex 32` makes a good one"
    }
}

/// The keys that tokens may be signed with: one for new tokens, and former ones that are accepted
/// until they are taken out of `SECRET_KEY_FALLBACKS`.
package struct SigningKeys: Sendable {
    package let current: SecretKey
    package let fallbacks: [SecretKey]

    package init(current: SecretKey, fallbacks: [SecretKey] = []) {
        self.current = current
        self.fallbacks = fallbacks
    }

    /// The key for new signatures first.
    var all: [SecretKey] { [current] + fallbacks }
}
