internal import Synchronization

/// Lets a few logins of one network at a time to the password check, in the order they came: a burst
/// of guesses is counted before the next ones are looked at, and a burst of honest logins is served.
final class LoginTurns: Sendable {
    /// Logins of one network at a time.
    static let countMax = 4
    /// Logins of one network that may wait: half a minute of hashing on a small machine.
    static let waitingCountMax = 96

    private struct Line {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let lines = Mutex<[String: Line]>([:])

    /// Waits for a turn; `leave` ends it.
    ///
    /// - Returns: false if too many wait.
    func enter(_ network: String) async -> Bool {
        let isFree: Bool? = lines.withLock { lines in
            let line = lines[network] ?? Line()
            if line.count < Self.countMax {
                lines[network, default: Line()].count += 1
                return true
            }
            return line.waiting.count < Self.waitingCountMax ? false : nil
        }
        guard let isFree else { return false }
        if isFree { return true }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isFreeNow = lines.withLock { lines in
                // The line may have emptied meanwhile.
                if lines[network]?.count ?? 0 < Self.countMax {
                    lines[network, default: Line()].count += 1
                    return true
                }
                lines[network]?.waiting.append(continuation)
                return false
            }
            if isFreeNow { continuation.resume() }
        }
        return true
    }

    func leave(_ network: String) {
        let next = lines.withLock { lines -> CheckedContinuation<Void, Never>? in
            guard var line = lines[network] else { return nil }
            if !line.waiting.isEmpty {
                // The turn is handed on.
                let next = line.waiting.removeFirst()
                lines[network] = line
                return next
            }
            line.count -= 1
            lines[network] = line.count > 0 ? line : nil
            return nil
        }
        next?.resume()
    }

    /// Networks with logins under way.
    var count: Int { lines.withLock(\.count) }
}
