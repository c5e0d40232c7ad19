internal import Model
internal import Synchronization

/// Tokens that were checked before. Keyed by the token's SHA-256, so that memory holds no token.
///
/// Bounded in all and per user; there are no entries for bad tokens, so a flood of those displaces
/// nothing. A hit costs one lock, one lookup and one atomic load.
final class TokenCache: Sendable {
    /// Most tokens of one user that are remembered; the least used goes first.
    static let userTokenCountMax = 64
    /// Fewest tokens that are remembered in all, however few users there are.
    static let tokenCountMin = 256

    /// What was found when the token was checked.
    struct Entry: Sendable {
        let principal: Principal
        let lifetime: TokenLifetime
        let standing: Standing
        /// `standing`'s generation at the check. The entry holds as long as it is still that.
        let generation: UInt64
        /// Where uses of a named token are noted; nil for other tokens.
        var use: NamedTokenUse?

        init(_ known: UserDirectory.Known, lifetime: TokenLifetime) {
            principal = Principal(known.user)
            (self.lifetime, standing, generation) = (lifetime, known.standing, known.generation)
        }
    }

    private let state = Mutex(State())

    /// The principal of a remembered token that is accepted in this second (of the wall clock,
    /// since 1970 UTC), else nil.
    func principal(_ key: SHA256Digest, second: Int64) -> Principal? {
        state.withLock { state in
            guard let index = state.indices[key], let slot = state.slots[index] else { return nil }
            guard slot.entry.standing.generation == slot.entry.generation,
                slot.entry.lifetime.contains(second)
            else {
                state.remove(index)
                return nil
            }
            state.slots[index]?.isRecent = true
            slot.entry.use?.note(second)
            return slot.entry.principal
        }
    }

    /// Remembers a token. Twice as many are kept as there are active users, at least
    /// `tokenCountMin`.
    func insert(_ key: SHA256Digest, _ entry: Entry, activeUserCount: Int) {
        let countMax = max(Self.tokenCountMin, 2 * activeUserCount)
        state.withLock { state in
            if let index = state.indices[key] { state.remove(index) }
            state.makeRoom(for: entry.principal.user)
            while state.indices.count >= countMax { state.evictOne() }
            state.add(key, entry)
        }
    }

    /// Number of remembered tokens.
    var count: Int { state.withLock { $0.indices.count } }
}

private struct Slot {
    let key: SHA256Digest
    let entry: TokenCache.Entry
    /// Used since the hand last passed. A new entry is not: the hand, which has just passed its
    /// place, comes back last to it, and one that nobody uses goes before those in use.
    var isRecent = false
}

private struct State {
    var indices: [SHA256Digest: Int] = [:]
    var slots: [Slot?] = []
    private var free: [Int] = []
    private var indicesByUser: [UserID: [Int]] = [:]
    /// Where `evictOne` goes on: the clock algorithm, an LRU that needs no list.
    private var hand = 0

    mutating func add(_ key: SHA256Digest, _ entry: TokenCache.Entry) {
        let slot = Slot(key: key, entry: entry)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            slots[index] = slot
        } else {
            index = slots.count
            slots.append(slot)
        }
        indices[key] = index
        indicesByUser[entry.principal.user, default: []].append(index)
    }

    mutating func remove(_ index: Int) {
        guard let slot = slots[index] else { return }
        let user = slot.entry.principal.user
        indices[slot.key] = nil
        slots[index] = nil
        free.append(index)
        indicesByUser[user]?.removeAll { $0 == index }
        if indicesByUser[user]?.isEmpty == true { indicesByUser[user] = nil }
    }

    /// Drops one of the user's tokens if there are as many as may be: the first one that was not
    /// used since the last time, else the oldest.
    mutating func makeRoom(for user: UserID) {
        guard let own = indicesByUser[user], own.count >= TokenCache.userTokenCountMax else {
            return
        }
        let idle = own.first { slots[$0]?.isRecent != true }
        for index in own { slots[index]?.isRecent = false }
        remove(idle ?? own[0])
    }

    /// Drops the first entry that was not used since the hand last passed it. Ends within two
    /// rounds, as the first round clears all marks.
    ///
    /// - Precondition: the cache is not empty.
    mutating func evictOne() {
        precondition(!indices.isEmpty)
        while true {
            hand = hand + 1 < slots.count ? hand + 1 : 0
            guard let slot = slots[hand] else { continue }
            if !slot.isRecent { return remove(hand) }
            slots[hand]?.isRecent = false
        }
    }
}
