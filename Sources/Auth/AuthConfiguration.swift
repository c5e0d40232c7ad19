/// The settings of Auth.
package struct AuthConfiguration: Sendable {
    /// Keys of tokens: `SECRET_KEY` and `SECRET_KEY_FALLBACKS`.
    package var signingKeys: SigningKeys
    /// `SECURITY_PASSWORD_SALT`, the key of the passwords' pre-hash; default nil: the current
    /// signing key.
    package var passwordSalt: Secret<String>?
    /// `SECURITY_TOKEN_MAX_AGE`: how old a token may be, in seconds; default 21,600 (six hours).
    package var tokenAgeSecondsMax: Int64
    /// Cost of new bcrypt hashes, the binary logarithm of the rounds; default 12 (a quarter of a
    /// second of a core). The product keeps to 12...14; tests take 4.
    package var bcryptCost: Int
    /// Threads that hash passwords; default nil: half of the cores.
    package var passwordWorkerCount: Int?
    /// Passwords that may wait to be hashed, default 64; one more is refused as busy.
    package var passwordQueueCountMax: Int
    /// Which new passwords are refused; default: by the embedded words and rules only.
    package var passwordPolicy: PasswordPolicy
    /// How long logins in browsers last.
    package var sessions: SessionLimits
    /// How long the process trusts what it knows of the users.
    package var lease: LeaseLimits

    /// - Precondition: `tokenAgeSecondsMax` is positive and `bcryptCost` in 4...14; the caller that
    ///   reads settings checks them first.
    package init(
        signingKeys: SigningKeys,
        passwordSalt: Secret<String>? = nil,
        tokenAgeSecondsMax: Int64 = 21_600,
        bcryptCost: Int = 12,
        passwordWorkerCount: Int? = nil,
        passwordQueueCountMax: Int = 64,
        lease: LeaseLimits = LeaseLimits(),
        passwordPolicy: PasswordPolicy = .embedded,
        sessions: SessionLimits = SessionLimits()
    ) {
        precondition(tokenAgeSecondsMax > 0 && BcryptHash.costs.contains(bcryptCost))
        self.signingKeys = signingKeys
        self.passwordSalt = passwordSalt
        self.tokenAgeSecondsMax = tokenAgeSecondsMax
        self.bcryptCost = bcryptCost
        self.passwordWorkerCount = passwordWorkerCount
        self.passwordQueueCountMax = passwordQueueCountMax
        self.lease = lease
        self.passwordPolicy = passwordPolicy
        self.sessions = sessions
    }
}
