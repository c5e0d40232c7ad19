internal import Synchronization

/// Bytes that may be in memory for one purpose, over all requests: here the bodies that are being
/// read or wait for their commit.
final class ByteBudget: Sendable {
    private let byteCountMax: Int
    private let used = Mutex(0)

    init(byteCountMax: Int) { self.byteCountMax = byteCountMax }

    /// Bytes in use.
    var byteCount: Int { used.withLock { $0 } }

    /// Takes `count` more bytes.
    ///
    /// - Returns: false if they are not free now; then nothing is taken. One request that is larger
    ///   than the whole budget goes through when nothing else does.
    func take(_ count: Int, beside own: Int = 0) -> Bool {
        used.withLock { used in
            guard used + count <= byteCountMax || used == own else { return false }
            used += count
            return true
        }
    }

    /// Whether `take` would succeed now.
    func has(_ count: Int, beside own: Int = 0) -> Bool {
        used.withLock { $0 + count <= byteCountMax || $0 == own }
    }

    func release(_ count: Int) { used.withLock { $0 -= count } }
}

/// One request's part of a budget, given back when the last holder lets go of it.
final class BudgetShare: Sendable {
    private let budget: ByteBudget
    private let taken = Mutex(0)

    init(_ budget: ByteBudget) { self.budget = budget }

    deinit { budget.release(taken.withLock { $0 }) }

    /// Whether `grow` would succeed now.
    func mayGrow(to byteCount: Int) -> Bool {
        taken.withLock { byteCount <= $0 || budget.has(byteCount - $0, beside: $0) }
    }

    /// Makes the share at least `byteCount` large.
    ///
    /// - Returns: false if the budget does not allow it now.
    func grow(to byteCount: Int) -> Bool {
        taken.withLock { taken in
            guard byteCount > taken else { return true }
            guard budget.take(byteCount - taken, beside: taken) else { return false }
            taken = byteCount
            return true
        }
    }
}
