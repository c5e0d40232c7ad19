internal import Synchronization

/// How many connections each client address has.
final class ConnectionCounts: Sendable {
    private let countMax: Int
    private let exempt: TrustedProxies
    private let counts = Mutex<[IPAddress: Int]>([:])

    /// `countMax`: connections of one address. This machine and trusted proxies, which speak for
    /// many, may have any number.
    init(countMax: Int, exempt: TrustedProxies) {
        self.countMax = countMax
        self.exempt = exempt
    }

    /// Counts a connection.
    ///
    /// - Returns: false if the address has too many already.
    func admit(_ address: IPAddress) -> Bool {
        if isExempt(address) { return true }
        return counts.withLock { counts in
            let count = counts[address, default: 0]
            guard count < countMax else { return false }
            counts[address] = count + 1
            return true
        }
    }

    /// A connection that was admitted has ended.
    func release(_ address: IPAddress) {
        if isExempt(address) { return }
        counts.withLock { counts in
            let count = counts[address, default: 1] - 1
            counts[address] = count > 0 ? count : nil
        }
    }

    private func isExempt(_ address: IPAddress) -> Bool {
        address.isLoopback || exempt.contains(address)
    }
}
