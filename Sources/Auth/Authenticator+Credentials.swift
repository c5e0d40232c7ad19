internal import Model

/// What clients of line protocol and other foreign programs send to say who they are.
package enum Credentials: Sendable {
    /// A Penstock token.
    case token(Secret<String>)
    /// A name and a secret: a token with any name, or a user's e-mail and password.
    case pair(name: String, secret: Secret<String>)

    /// Reads an `Authorization` header: `Token X`, `Bearer X`, X alone, `Token NAME:SECRET`, or
    /// `Basic` with the base64 of `NAME:SECRET`. Schemes in any case, blanks around X ignored.
    ///
    /// - Returns: nil if the header holds no credentials.
    package init?(authorization header: String) {
        let text = header.trimmed
        let scheme = text.prefix { $0 != " " }
        let rest = text.dropFirst(scheme.count).drop { $0 == " " }
        switch (scheme.lowercased(), rest.isEmpty) {
        case ("basic", false):
            guard let bytes = BasicCredentials.decode(rest.utf8) else { return nil }
            self.init(joined: String(decoding: bytes, as: UTF8.self))
        case ("token", false), ("bearer", false): self.init(tokenOrPair: String(rest))
        case (_, true) where !text.isEmpty: self = .token(Secret(text))
        default: return nil
        }
    }

    /// A token has no colon; older clients of InfluxDB join name and password by one.
    private init?(tokenOrPair text: String) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            self.init(joined: text)
        } else {
            self = .token(Secret(text))
        }
    }

    private init?(joined text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        self = .pair(
            name: String(text[..<colon]),
            secret: Secret(String(text[text.utf8.index(after: colon)...]))
        )
    }
}

extension Authenticator {
    /// Who sends these credentials, if that can be told without waiting.
    ///
    /// - Returns: nil if the database must be asked; `principal(credentials:)` does that.
    /// - Throws: `.unauthenticated`; `.unavailable` if the database has been silent for too long.
    package func knownPrincipal(credentials: Credentials) throws(AuthError) -> Principal? {
        switch credentials {
        case .token(let token): return try knownPrincipal(authorization: token.exposed)
        case .pair(let name, let secret):
            if isToken(secret.exposed) { return try knownPrincipal(authorization: secret.exposed) }
            return rememberedPassword(name: name, password: secret.exposed)
        }
    }

    /// Who sends these credentials; asks the database and hashes a password where needed.
    ///
    /// A password that was right is remembered for `passwordSecondsMax`, by a keyed hash of e-mail
    /// and password together, until the user changes. One that was wrong is not.
    ///
    /// - Throws: `.unauthenticated` for whatever is wrong; `.busy`, `.unavailable`, `.failed`.
    package func principal(
        credentials: Credentials,
        by origin: AuditOrigin = AuditOrigin(.anonymous)
    ) async throws(AuthError) -> Principal {
        switch credentials {
        case .token(let token): return try await principal(authorization: token.exposed)
        case .pair(let name, let secret):
            if isToken(secret.exposed) {
                return try await principal(authorization: secret.exposed)
            }
            if let known = rememberedPassword(name: name, password: secret.exposed) { return known }
            do throws(AuthError) {
                return try await checkedPassword(name: name, password: secret.exposed, by: origin)
            } catch {
                switch error {
                case .wrongCredentials, .invalid: throw .unauthenticated
                default: throw error
                }
            }
        }
    }

    /// Whether a pair's secret is checked as a password, which takes time, and not as a token.
    package func isPassword(_ secret: Secret<String>) -> Bool { !isToken(secret.exposed) }

    /// A name that nobody can read, the same in all processes with this `SECRET_KEY`: 32
    /// hexadecimal digits of an HMAC.
    package func hashedName(_ text: String) -> String {
        let key = secrets.all(.limitName).first?.exposed ?? []
        let code = MessageAuthentication.sha256(key: key, message: Array(text.utf8))
        return hexText(Array(code.prefix(16)))
    }

    /// How long a right password counts without being hashed again, seconds.
    static let passwordSecondsMax: Int64 = 60

    /// Whether the text is of a token's shape and signed by this server. A user's password that
    /// happens to be one would be a token that was given away.
    private func isToken(_ text: String) -> Bool {
        guard text.utf8.count <= TokenFormat.byteCountMax else { return false }
        let bytes = Array(text.utf8)
        return format.claims(bytes) != nil || NamedTokenText(bytes) != nil
    }

    private func rememberedPassword(name: String, password: String) -> Principal? {
        guard directory.lease.state == .fresh else { return nil }
        return passwords.principal(passwordKey(name, password), second: nowSecond())
    }

    private func checkedPassword(
        name: String,
        password: String,
        by origin: AuditOrigin
    ) async throws(AuthError) -> Principal {
        let second = nowSecond()
        let credentials = try await checkPassword(email: name, password: password, by: origin)
        // What is remembered hangs on the user as the directory has it: that must be the user whose
        // password was checked, not one that changed meanwhile.
        if directory.lease.state != .fresh
            || directory.known(credentials.publicID)?.user.part.exposed != credentials.part
        {
            try await directory.refresh(credentials.publicID)
        }
        guard let known = directory.known(credentials.publicID), known.user.isActive,
            known.user.part.exposed == credentials.part
        else { throw .wrongCredentials }
        if let lifetime = TokenLifetime(issuedAt: second, ageMaxSeconds: Self.passwordSecondsMax) {
            let entry = TokenCache.Entry(known, lifetime: lifetime)
            passwords.insert(
                passwordKey(name, password),
                entry,
                activeUserCount: directory.activeCount
            )
        }
        return Principal(known.user)
    }

    /// HMAC-SHA256 of both texts under a key that only this process has. The length of the first
    /// keeps the border between them.
    private func passwordKey(_ name: String, _ password: String) -> SHA256Digest {
        let message = Array("\(name.utf8.count):\(name)\(password)".utf8)
        let code = MessageAuthentication.sha256(key: passwordCacheKey.exposed, message: message)
        return SHA256Digest(of: code.span)
    }
}

/// The base64 of HTTP's Basic credentials (RFC 7617).
private enum BasicCredentials {
    /// Longest text that is looked at: a name and a password of 4 KiB each.
    private static let byteCountMax = 11_000

    /// Standard base64 with or without padding; nil for anything else.
    static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
        guard text.count <= byteCountMax else { return nil }
        var letters = Array(text)
        while letters.last == UInt8(ascii: "="), text.count - letters.count < 2 {
            letters.removeLast()
        }
        for index in letters.indices {
            switch letters[index] {
            case UInt8(ascii: "+"): letters[index] = UInt8(ascii: "-")
            case UInt8(ascii: "/"): letters[index] = UInt8(ascii: "_")
            case UInt8(ascii: "-"), UInt8(ascii: "_"): return nil
            default: break
            }
        }
        return Base64.decodeURL(letters[...])
    }
}

extension String {
    fileprivate var trimmed: String {
        guard let first = firstIndex(where: { $0 != " " }),
            let last = lastIndex(where: { $0 != " " })
        else { return "" }
        return String(self[first...last])
    }
}
