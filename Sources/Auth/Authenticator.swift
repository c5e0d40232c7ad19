internal import Logging
package import Model
package import Postgres

/// Auth's front door: turns tokens into principals, passwords into tokens, and keeps the users.
///
/// Start with `directory.load()`, then keep `run()` running; without it every check soon asks the
/// database, and after `LeaseLimits.staleSecondsMax` all are refused as unavailable.
package final class Authenticator: Sendable {
    package let directory: UserDirectory
    let pool: PostgresPool
    let hasher: PasswordHasher
    let logger: Logger
    private let executor: PasswordExecutor
    let format: TokenFormat
    let cache = TokenCache()
    /// Right passwords of a moment ago, see `principal(credentials:)`.
    let passwords = TokenCache()
    let namedTokenUses = NamedTokenUses()
    /// Sessions that were checked before, keyed by the SHA-256 of their ids.
    let sessions = TokenCache()
    let sessionUses = SessionUses()
    let sessionLimits: SessionLimits
    /// What forms on the pages prove themselves by.
    package let formToken: FormToken
    /// Where logins and changes of users are written down.
    package let audit: AuditLog
    /// Requests that clients have named, and their answers.
    package let requestKeys: RequestKeys
    let passwordPolicy: PasswordPolicy
    let secrets: DerivedKeys
    let passwordCacheKey = Secret(RandomBytes.make(count: 32))
    private let clock: any WallClock
    private let tokenAgeSecondsMax: Int64
    /// A token that fits no user counts as bad only if it is older than what the directory may
    /// lack: it may be of a user or stamp that another process made a moment ago.
    private let youngSeconds: Int64

    /// - Parameters:
    ///   - configuration: the settings.
    ///   - pool: connections for the user table; best a pool of its own, so that checks do not
    ///     queue behind other statements.
    ///   - clock: decides the age of tokens.
    ///   - steadyClock: decides the age of what is known of the users.
    package init(
        _ configuration: AuthConfiguration,
        pool: PostgresPool,
        clock: any WallClock = SystemWallClock(),
        steadyClock: any SteadyClock = SystemSteadyClock()
    ) {
        self.pool = pool
        self.clock = clock
        directory = UserDirectory(pool: pool, limits: configuration.lease, clock: steadyClock)
        executor = PasswordExecutor(
            workerCount: configuration.passwordWorkerCount,
            queueCountMax: configuration.passwordQueueCountMax
        )
        let keys = PasswordKeys(
            passwordSalt: configuration.passwordSalt?.exposed,
            signingKeys: configuration.signingKeys
        )
        hasher = PasswordHasher(executor: executor, keys: keys, cost: configuration.bcryptCost)
        format = TokenFormat(configuration.signingKeys)
        audit = AuditLog(pool: pool)
        requestKeys = RequestKeys(pool: pool)
        passwordPolicy = configuration.passwordPolicy
        secrets = DerivedKeys(configuration.signingKeys)
        formToken = FormToken(secrets)
        sessionLimits = configuration.sessions
        tokenAgeSecondsMax = configuration.tokenAgeSecondsMax
        youngSeconds = Int64(configuration.lease.staleSecondsMax.rounded(.up))
        logger = Logger(label: "penstock.auth")
    }

    /// Follows the user table, and writes what may be written later, until the task is cancelled.
    /// Once per authenticator.
    package func run() async {
        async let uses: Void = writeNamedTokenUses()
        async let sessionUses: Void = writeSessionUses()
        async let events: Void = audit.run()
        // What fails now is done at the next start.
        _ = try? await resealAppSecrets()
        await directory.run()
        await uses
        await sessionUses
        await events
    }

    /// Who sends this `Authorization` header, if that can be told without waiting: a token as it
    /// was issued, alone or after `Bearer` and one blank.
    ///
    /// - Returns: nil if the database must be asked; `principal(authorization:)` does that.
    /// - Throws: `.unauthenticated`; `.unavailable` if the database has been silent for too long.
    package func knownPrincipal(authorization: String) throws(AuthError) -> Principal? {
        switch try check(authorization) {
        case .known(let principal): principal
        case .mustAsk, .mustAskNamed: nil
        }
    }

    /// Who sends this `Authorization` header; asks the database where needed.
    ///
    /// - Throws: `.unauthenticated`; `.unavailable` if the database does not answer; `.failed`.
    package func principal(authorization: String) async throws(AuthError) -> Principal {
        switch try check(authorization) {
        case .known(let principal): return principal
        case .mustAsk(let token):
            try await directory.refresh(token.claims.user)
            guard let known = directory.known(token.claims.user), accepts(token, known) else {
                throw .unauthenticated
            }
            return remember(token, known)
        case .mustAskNamed(let text, let key):
            return try await principal(namedToken: text, key: key)
        }
    }

    /// Checks a token of its own making, which nobody gets to see: what a process does once, when the
    /// first token comes, is done when it returns.
    package func warmUp() {
        guard let user = directory.users().first(where: \.isActive) else { return }
        let token = makeToken(user: user.publicID, part: user.part.exposed)
        for _ in 0..<2 { _ = try? knownPrincipal(authorization: token) }
    }

    /// A token with a rightful signature and age.
    private struct SignedToken {
        let key: SHA256Digest
        let claims: TokenFormat.Claims
        let lifetime: TokenLifetime
    }

    private enum Check {
        case known(Principal)
        case mustAsk(SignedToken)
        case mustAskNamed(NamedTokenText, SHA256Digest)
    }

    private func check(_ authorization: String) throws(AuthError) -> Check {
        let header = authorization.utf8.span
        let start = tokenStart(header)
        guard header.count - start <= TokenFormat.byteCountMax, start < header.count else {
            throw .unauthenticated
        }
        let text = header.extracting(start..<header.count)
        let key = SHA256Digest(of: text)
        let second = nowSecond()
        let lease = directory.lease.state
        if lease == .fresh, let principal = cache.principal(key, second: second) {
            return .known(principal)
        }
        let bytes = [UInt8](capacity: text.count) { output in
            for index in text.indices { output.append(text[index]) }
        }
        if let named = NamedTokenText(bytes) {
            guard lease != .lost else { throw .unavailable }
            return .mustAskNamed(named, key)
        }
        guard let claims = format.claims(bytes),
            let lifetime = TokenLifetime(
                issuedAt: claims.issuedAt,
                ageMaxSeconds: tokenAgeSecondsMax
            ), lifetime.contains(second)
        else { throw .unauthenticated }
        let token = SignedToken(key: key, claims: claims, lifetime: lifetime)
        switch lease {
        case .lost: throw .unavailable
        case .stale: return .mustAsk(token)
        case .fresh: break
        }
        if let known = directory.known(claims.user), accepts(token, known) {
            return .known(remember(token, known))
        }
        guard second - claims.issuedAt <= youngSeconds else { throw .unauthenticated }
        return .mustAsk(token)
    }

    private func accepts(_ token: SignedToken, _ known: UserDirectory.Known) -> Bool {
        known.user.isActive
            && equalInConstantTime(token.claims.part.bytes, known.user.part.exposed.bytes)
    }

    private func remember(_ token: SignedToken, _ known: UserDirectory.Known) -> Principal {
        let entry = TokenCache.Entry(known, lifetime: token.lifetime)
        remember(token.key, entry)
        return entry.principal
    }

    func remember(_ key: SHA256Digest, _ entry: TokenCache.Entry) {
        cache.insert(key, entry, activeUserCount: directory.activeCount)
    }

    /// A token that is valid from this second on.
    func makeToken(user: PublicID, part: TokenPart) -> String {
        format.text(TokenFormat.Claims(user: user, part: part, issuedAt: nowSecond()))
    }

    func nowSecond() -> Int64 {
        let microseconds = clock.now().microseconds
        return microseconds / Microseconds.second - (microseconds % Microseconds.second < 0 ? 1 : 0)
    }
}

/// Where the token begins: after `Bearer` in any case and one blank, if that is there.
func tokenStart(_ header: Span<UInt8>) -> Int {
    let scheme: StaticString = "bearer "
    let length = scheme.utf8CodeUnitCount
    guard header.count > length else { return 0 }
    for index in 0..<length {
        let letter = unsafe scheme.utf8Start[index]
        // 0x20 makes ASCII letters lower case; the blank is compared as it is.
        let caseBit: UInt8 = letter == UInt8(ascii: " ") ? 0 : 0x20
        guard header[index] | caseBit == letter else { return 0 }
    }
    return length
}
