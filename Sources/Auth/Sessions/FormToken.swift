/// Proof that a form was shown by this server to the browser that sends it: an HMAC over a cookie
/// that other sites can neither read nor set.
package struct FormToken: Sendable {
    /// Whose form it is.
    package enum Holder: Sendable {
        /// A session's id.
        case session(Secret<String>)
        /// The id of a browser that nobody has logged in with.
        case visitor(Secret<String>)
    }

    /// The current key first.
    private let keys: [Secret<[UInt8]>]

    init(_ keys: DerivedKeys) { self.keys = keys.all(.form) }

    /// A new id for the cookie of a visitor.
    package static func makeVisitor() -> Secret<String> { Secret(BearerID.random()) }

    /// For the hidden field of a form, or the header `X-CSRF-Token`: 43 letters.
    ///
    /// - Returns: nil if the holder's id is none.
    package func text(for holder: Holder) -> String? {
        guard let key = keys.first, let message = Self.message(holder) else { return nil }
        return Self.text(key, message)
    }

    /// Whether a text is the one for this holder; compared in constant time.
    package func accepts(_ text: String, from holder: Holder) -> Bool {
        guard let message = Self.message(holder) else { return false }
        let given = Array(text.utf8)
        // All keys are tried, so that the time does not tell which one it was.
        return keys.reduce(false) { isRight, key in
            equalInConstantTime(given, Array(Self.text(key, message).utf8)) || isRight
        }
    }

    private static func text(_ key: Secret<[UInt8]>, _ message: [UInt8]) -> String {
        let code = MessageAuthentication.sha256(key: key.exposed, message: message)
        return String(decoding: Base64.url(code), as: UTF8.self)
    }

    /// The two kinds never have a message in common.
    private static func message(_ holder: Holder) -> [UInt8]? {
        switch holder {
        case .session(let id): BearerID.hash(id.exposed).map { Array("session:".utf8) + $0 }
        case .visitor(let id): BearerID.hash(id.exposed).map { Array("visitor:".utf8) + $0 }
        }
    }
}
