internal import Glibc
internal import Synchronization

/// A password as it is stored: the columns `password_hash` and `password_key`.
struct StoredPassword: Sendable, Equatable {
    /// `$2b$<cost>$…`, 60 bytes of ASCII; an imported hash until its user logs in.
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
        /// Right, but stored in another way than today's: `replacement` is the same password hashed
        /// as new ones are.
        case rightOutdated(replacement: StoredPassword)
    }

    private let executor: PasswordExecutor
    private let keys: PasswordKeys
    /// Binary logarithm of the rounds of new hashes.
    private let cost: Int
    private let meter: WorkMeter

    init(executor: PasswordExecutor, keys: PasswordKeys, cost: Int) {
        (self.executor, self.keys, self.cost) = (executor, keys, cost)
        meter = WorkMeter(cost: cost)
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

    /// The columns of a hash that another system made.
    func stored(_ imported: ImportedPassword) -> StoredPassword {
        let keyID = imported.preHash == .keyed ? keys.currentID : PasswordKeys.unkeyedID
        return StoredPassword(hash: imported.hash, keyID: keyID)
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
            guard let stored, let hash = StoredHash(stored.hash.exposed),
                let phrase = keys.longPhrase(for: password, keyID: stored.keyID)
            else {
                spend(costs: [cost], on: password, with: &scratch)
                return .wrong
            }
            let start = WorkMeter.now()
            guard matches(phrase, hash, with: &scratch) else {
                let padding =
                    switch hash {
                    case .bcrypt(let hash): Self.paddingCosts(from: hash.cost, to: cost)
                    case .shaCrypt, .argon2: meter.paddingCosts(after: WorkMeter.now() - start)
                    }
                spend(costs: padding, on: password, with: &scratch)
                return .wrong
            }
            guard isOutdated(hash) || stored.keyID != keys.currentID,
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

    private func isOutdated(_ hash: StoredHash) -> Bool {
        if case .bcrypt(let hash) = hash { hash.isOutdated(cost: cost) } else { true }
    }

    private func matches(
        _ phrase: [UInt8],
        _ hash: StoredHash,
        with scratch: inout CryptScratch
    ) -> Bool {
        switch hash {
        case .bcrypt(let hash):
            let phrase = Array(phrase.prefix(BcryptHash.phraseByteCountMax))
            return equalInConstantTime(scratch.hash(phrase, setting: hash.bytes) ?? [], hash.bytes)
        case .shaCrypt(let bytes):
            return equalInConstantTime(scratch.hash(phrase, setting: bytes) ?? [], bytes)
        case .argon2(let hash, _): return hash.matches(phrase)
        }
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
            let start = WorkMeter.now()
            _ = scratch.hash(phrase, setting: setting)
            meter.note(cost: cost, nanoseconds: WorkMeter.now() - start)
        }
    }
}

/// Knows what bcrypt costs on this machine, to bring the refusal of an imported hash to the same
/// work: the time of a refusal must not tell that the user exists and has not logged in yet.
final class WorkMeter: Sendable {
    private let cost: Int
    /// Least thread time of one hash of `cost`, ns; before the first one a guess.
    private let nanoseconds: Atomic<Int64>

    init(cost: Int) {
        self.cost = cost
        // 230 ms at cost 12 on one core of 2026.
        nanoseconds = Atomic(Int64(230_000_000) >> Int64(max(0, 12 - cost)))
    }

    /// Processor time of the calling thread, ns.
    static func now() -> Int64 {
        var moment = timespec()
        // Fails only for a clock id that the kernel does not know.
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &moment)
        return Int64(moment.tv_sec) * 1_000_000_000 + Int64(moment.tv_nsec)
    }

    func note(cost: Int, nanoseconds spent: Int64) {
        if cost == self.cost, spent > 0 { nanoseconds.store(spent, ordering: .relaxed) }
    }

    /// Costs of bcrypt hashes that together take what is left of one hash of `cost`, to within the
    /// work of one of cost 4.
    func paddingCosts(after spent: Int64) -> [Int] {
        let whole = nanoseconds.load(ordering: .relaxed)
        guard whole > 0, spent < whole else { return [] }
        let units = Int64(1) << Int64(cost)
        let left = units - units * max(0, spent) / whole
        return (BcryptHash.costs.lowerBound...cost).filter { left & (1 << Int64($0)) != 0 }
    }
}
