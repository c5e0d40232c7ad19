/// The text of a named API token: `penstock_` and 48 letters of URL-safe base64.
///
/// The 36 bytes behind the letters are 256 random bits and the first 4 bytes of their SHA-256 under
/// a label: a mistyped token is told from an unknown one without asking anybody, and a scanner for
/// leaked secrets knows a token when it sees one. 36 bytes fill 48 letters without spare bits, so
/// every token has one spelling.
struct NamedTokenText: Sendable {
    static let prefix = Array("penstock_".utf8)
    static let byteCount = prefix.count + 48
    private static let randomByteCount = 32
    private static let checksumByteCount = 4
    private static let label = Array("penstock-named-token".utf8)

    /// The whole text.
    let bytes: Secret<[UInt8]>

    /// A new one.
    static func random() -> NamedTokenText {
        let random = RandomBytes.make(count: randomByteCount)
        return NamedTokenText(bytes: Secret(prefix + Base64.url(random + checksum(random))))
    }

    private init(bytes: Secret<[UInt8]>) { self.bytes = bytes }

    /// - Returns: nil for every text that `random` does not write.
    init?(_ text: [UInt8]) {
        guard text.count == Self.byteCount, text.starts(with: Self.prefix),
            let decoded = Base64.decodeURL(text[Self.prefix.count...]),
            decoded.count == Self.randomByteCount + Self.checksumByteCount
        else { return nil }
        let random = Array(decoded[..<Self.randomByteCount])
        let expected = Self.checksum(random)
        guard equalInConstantTime(expected, Array(decoded[Self.randomByteCount...])) else {
            return nil
        }
        bytes = Secret(text)
    }

    /// What is stored: SHA-256 of the text. The text has 256 random bits, so nothing slower is
    /// needed, and the database finds the row by it without comparing the secret itself.
    var hash: [UInt8] { SHA256Digest(of: bytes.exposed.span).bytes }

    private static func checksum(_ random: [UInt8]) -> [UInt8] {
        Array(SHA256Digest(of: (label + random).span).bytes.prefix(checksumByteCount))
    }
}
