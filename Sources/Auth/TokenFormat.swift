/// The access token's text: `payload.time.signature`, each in canonical URL-safe base64.
///
/// - payload: `["<32 hex digits>","$5$<salt>$<digest>"]`, the user's public id and `TokenPart`.
/// - time: seconds since 2011-01-01T00:00:00Z as a big-endian number without leading zero bytes.
/// - signature: HMAC-SHA256 over `payload.time`; key = SHA-256(label + "signer" + SECRET_KEY).
///
/// It is what itsdangerous' `URLSafeTimedSerializer` writes with `salt=label`, the digest SHA-256
/// and its former epoch. The label is this format's own: text signed for another purpose with the
/// same SECRET_KEY is no token, and a token is nothing else.
struct TokenFormat: Sendable {
    /// Longest text that is looked at; a token has 187 bytes.
    static let byteCountMax = 512
    /// 2011-01-01T00:00:00Z in seconds since 1970.
    static let epoch: Int64 = 1_293_840_000
    private static let label = "penstock-page-token"

    /// The signing key first, then those that are accepted only.
    private let keys: [Secret<[UInt8]>]

    init(_ signingKeys: SigningKeys) {
        keys = signingKeys.all.map { key in
            let material = Array((Self.label + "signer").utf8) + key.bytes.exposed
            return Secret(SHA256Digest(of: material.span).bytes)
        }
    }

    /// What a token says.
    struct Claims: Sendable, Equatable {
        let user: PublicID
        let part: TokenPart
        /// Seconds since 1970 UTC.
        let issuedAt: Int64
    }

    /// Writes a token.
    ///
    /// - Precondition: `issuedAt` is 2011 or later.
    func text(_ claims: Claims) -> String {
        precondition(claims.issuedAt > Self.epoch, "the clock is before 2011")
        let payload =
            Self.opening + Array(claims.user.description.utf8) + Self.middle
            + claims.part.bytes + Self.closing
        let time = minimalBytes(UInt64(claims.issuedAt - Self.epoch))
        let signed = Base64.url(payload) + [Self.dot] + Base64.url(time)
        let signature = MessageAuthentication.sha256(key: keys[0].exposed, message: signed)
        return String(decoding: signed + [Self.dot] + Base64.url(signature), as: UTF8.self)
    }

    /// Reads a token. The signature is checked before anything else is looked at.
    ///
    /// - Returns: nil for every text but one that `text(_:)` wrote under one of the keys.
    func claims(_ token: [UInt8]) -> Claims? {
        guard let fields = TokenFields(token) else { return nil }
        // All keys are tried, so that the time does not tell which one signed.
        var isSigned = false
        for key in keys {
            let expected = MessageAuthentication.sha256(
                key: key.exposed,
                message: Array(fields.signed)
            )
            if equalInConstantTime(expected, fields.signature) { isSigned = true }
        }
        guard isSigned, let issuedAt = fields.issuedAt, let (user, part) = fields.userAndPart,
            let user = PublicID(digits: user)
        else { return nil }
        return Claims(user: user, part: TokenPart(Array(part)), issuedAt: issuedAt)
    }

    fileprivate static let dot = UInt8(ascii: ".")
    fileprivate static let opening = Array("[\"".utf8)
    fileprivate static let middle = Array("\",\"".utf8)
    fileprivate static let closing = Array("\"]".utf8)
}

/// A token taken apart, not yet trusted.
struct TokenFields {
    /// `payload.time`, as it came.
    let signed: ArraySlice<UInt8>
    let payload: [UInt8]
    let time: [UInt8]
    let signature: [UInt8]

    /// - Returns: nil unless there are exactly three parts in canonical base64 and the whole has at
    ///   most `TokenFormat.byteCountMax` bytes.
    init?(_ token: [UInt8]) {
        guard token.count <= TokenFormat.byteCountMax else { return nil }
        let parts = token.split(
            separator: TokenFormat.dot,
            maxSplits: 3,
            omittingEmptySubsequences: false
        )
        guard parts.count == 3, let payload = Base64.decodeURL(parts[0]),
            let time = Base64.decodeURL(parts[1]), let signature = Base64.decodeURL(parts[2])
        else { return nil }
        signed = token[..<parts[1].endIndex]
        (self.payload, self.time, self.signature) = (payload, time, signature)
    }

    /// Seconds since 1970 UTC; nil for a number with leading zero bytes or beyond `Int64`.
    var issuedAt: Int64? {
        guard time.count <= 8, time.first != 0 else { return nil }
        let sinceEpoch = time.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let seconds = Int64(exactly: sinceEpoch) else { return nil }
        let (sum, isOverflow) = seconds.addingReportingOverflow(TokenFormat.epoch)
        return isOverflow ? nil : sum
    }

    /// The two strings of the payload's list. Only the compact form without escapes is read, as no
    /// other is written.
    var userAndPart: (user: ArraySlice<UInt8>, part: ArraySlice<UInt8>)? {
        let (opening, closing) = (TokenFormat.opening, TokenFormat.closing)
        guard payload.starts(with: opening), payload.suffix(closing.count).elementsEqual(closing),
            payload.count >= opening.count + closing.count
        else { return nil }
        let inner = payload[opening.count..<(payload.count - closing.count)]
        let quote = UInt8(ascii: "\"")
        guard let end = inner.firstIndex(of: quote),
            inner[end...].starts(with: TokenFormat.middle)
        else { return nil }
        let part = inner[(end + TokenFormat.middle.count)...]
        let backslash = UInt8(ascii: "\\")
        let isPlain = { (byte: UInt8) in
            (0x21...0x7E).contains(byte) && byte != quote && byte != backslash
        }
        guard inner[..<end].allSatisfy(isPlain), part.allSatisfy(isPlain) else { return nil }
        return (inner[..<end], part)
    }
}

/// The bytes of a number, highest first, without leading zeros; none for 0.
private func minimalBytes(_ value: UInt64) -> [UInt8] {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
    return Array(bytes.drop { $0 == 0 })
}
