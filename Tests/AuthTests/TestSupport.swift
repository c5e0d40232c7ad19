import Dispatch
import Model
import Synchronization

@testable import Auth

/// SplitMix64. A seed names a run: the same seed gives the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

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
