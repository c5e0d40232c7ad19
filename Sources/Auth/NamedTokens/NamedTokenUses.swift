internal import Synchronization

/// When a named token was last used; noted at each check by one atomic store.
final class NamedTokenUse: Sendable {
    let id: Int64
    private let second = Atomic<Int64>(0)

    init(id: Int64) { self.id = id }

    /// Seconds since 1970 UTC.
    var lastSecond: Int64 { second.load(ordering: .relaxed) }

    func note(_ second: Int64) { self.second.max(second, ordering: .relaxed) }
}

/// The last uses that the database does not know yet.
final class NamedTokenUses: Sendable {
    private struct Known {
        let use: NamedTokenUse
        var writtenSecond: Int64 = 0
    }

    private let state = Mutex<[Int64: Known]>([:])
    private let lookupCount = Atomic(0)
    /// Lookups of unknown tokens that may wait for the database at once: a flood of made-up tokens
    /// must not hold up logins.
    static let lookupCountMax = 128

    /// - Returns: false if too many lookups are under way.
    func beginLookup() -> Bool {
        guard lookupCount.wrappingAdd(1, ordering: .relaxed).newValue <= Self.lookupCountMax else {
            lookupCount.wrappingSubtract(1, ordering: .relaxed)
            return false
        }
        return true
    }

    func endLookup() { lookupCount.wrappingSubtract(1, ordering: .relaxed) }

    /// The one place where uses of this token are noted.
    func use(of id: Int64) -> NamedTokenUse {
        state.withLock { known in
            if let use = known[id]?.use { return use }
            let use = NamedTokenUse(id: id)
            known[id] = Known(use: use)
            return use
        }
    }

    /// What is to be written, at most `countMax`.
    func pending(countMax: Int = 4_096) -> [(id: Int64, second: Int64)] {
        state.withLock { known in
            Array(
                known.values.lazy.filter { $0.use.lastSecond > $0.writtenSecond }
                    .map { ($0.use.id, $0.use.lastSecond) }.prefix(countMax)
            )
        }
    }

    /// These are in the database.
    func wrote(_ uses: [(id: Int64, second: Int64)]) {
        state.withLock { known in
            for (id, second) in uses { known[id]?.writtenSecond = second }
        }
    }
}
