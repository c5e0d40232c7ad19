/// A password as it is stored: the columns `password_hash` and `password_key`.
struct StoredPassword: Sendable, Equatable {
    /// `$2b$<cost>$…`, 60 bytes of ASCII.
    let hash: Secret<[UInt8]>
    /// Which key the phrase was made with; see `PasswordKeys`.
    let keyID: [UInt8]
}

/// bcrypt (`$2b$`) over a keyed pre-hash. Every check costs the same, whether there is such a user
/// or not.
struct PasswordHasher: Sendable {
    /// What a check found.
    enum Verdict: Sendable, Equatable {
        case wrong
        case right
        /// Right, but stored with a lower cost, another version or a former key: `replacement` is
        /// the same password hashed as new ones are.
        case rightOutdated(replacement: StoredPassword)
    }

    private let executor: PasswordExecutor
    private let keys: PasswordKeys
    /// Binary logarithm of the rounds of new hashes.
    private let cost: Int

    init(executor: PasswordExecutor, keys: PasswordKeys, cost: Int) {
        (self.executor, self.keys, self.cost) = (executor, keys, cost)
    }

    /// Hashes a new password.
    ///
    /// - Throws: `.busy`.
    func hash(_ password: Password) async throws(AuthError) -> StoredPassword {
        let stored = try await executor.run { [self] scratch in
            makeHash(of: password, with: &scratch)
        }
        guard let stored else { throw .failed("libcrypt refuses bcrypt of cost \(cost)") }
        return stored
    }

    /// Compares a password with the stored one, in constant time. `stored` is nil if there is no
    /// such user: then a hash is computed all the same.
    ///
    /// - Throws: `.busy`.
    func check(
        _ password: Password,
        against stored: StoredPassword?
    ) async throws(AuthError) -> Verdict {
        try await executor.run { [self] scratch in
            guard let stored, let hash = BcryptHash(stored.hash.exposed),
                let phrase = keys.phrase(for: password, keyID: stored.keyID)
            else {
                spend(costs: [cost], on: password, with: &scratch)
                return .wrong
            }
            let computed = scratch.hash(phrase, setting: hash.bytes) ?? []
            guard equalInConstantTime(computed, hash.bytes) else {
                let padding = Self.paddingCosts(from: hash.cost, to: cost)
                spend(costs: padding, on: password, with: &scratch)
                return .wrong
            }
            guard hash.isOutdated(cost: cost) || stored.keyID != keys.currentID,
                let replacement = makeHash(of: password, with: &scratch)
            else { return .right }
            return .rightOutdated(replacement: replacement)
        }
    }

    /// The costs of the hashes that bring the work for a hash of cost `stored` to that of one of
    /// cost `target`: 2^s + (2^s + 2^(s+1) + … + 2^(t-1)) = 2^t. Without them the time of a refusal
    /// would tell that the user exists and has an old hash.
    static func paddingCosts(from stored: Int, to target: Int) -> [Int] {
        stored < target ? Array(stored..<target) : []
    }

    private func makeHash(
        of password: Password,
        with scratch: inout CryptScratch
    ) -> StoredPassword? {
        guard let setting = CryptScratch.freshSetting(method: "$2b$", cost: cost),
            let hash = scratch.hash(keys.phrase(for: password), setting: setting)
        else { return nil }
        return StoredPassword(hash: Secret(hash), keyID: keys.currentID)
    }

    /// Hashes with fresh salts and forgets the results.
    private func spend(costs: [Int], on password: Password, with scratch: inout CryptScratch) {
        let phrase = keys.phrase(for: password)
        for cost in costs {
            guard let setting = CryptScratch.freshSetting(method: "$2b$", cost: cost) else {
                continue
            }
            _ = scratch.hash(phrase, setting: setting)
        }
    }
}
