import Dispatch
import Model
import Synchronization

@testable import Auth

/// Wall time that the test sets, in whole seconds since 1970 and µs beyond.
final class ManualWallClock: WallClock {
    private let microseconds: Mutex<Int64>

    init(second: Int64) { microseconds = Mutex(second * 1_000_000) }

    func now() -> Timestamp { Timestamp(microseconds: microseconds.withLock { $0 }) }
    func set(second: Int64, microsecond: Int64 = 0) {
        microseconds.withLock { $0 = second * 1_000_000 + microsecond }
    }
    func advance(seconds: Int64) { microseconds.withLock { $0 += seconds * 1_000_000 } }
}

/// Steady time that the test sets.
final class ManualSteadyClock: SteadyClock {
    private let value = Mutex<Int64>(1_000_000_000)

    func microseconds() -> Int64 { value.withLock { $0 } }
    func advance(milliseconds: Int64) { value.withLock { $0 += milliseconds * 1_000 } }
}

enum TestKeys {
    static let currentText = "0123456789abcdef0123456789abcdef-golden"
    static let formerText = "fedcba9876543210fedcba9876543210-former"

    static func signingKeys(
        _ current: String = currentText,
        fallbacks: [String] = []
    ) throws -> SigningKeys {
        SigningKeys(
            current: try SecretKey(current),
            fallbacks: try fallbacks.map { text in try SecretKey(text) }
        )
    }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a test throws when it cannot go on.
struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Holds threads until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }
    func open() { semaphore.signal() }
}
