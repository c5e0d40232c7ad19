internal import Glibc
internal import Synchronization

/// How long the process may trust what it last heard of the user table.
package struct LeaseLimits: Sendable {
    /// Up to this age the directory is trusted, default 2 s.
    package var freshSeconds: Double
    /// Beyond this age checks are refused as unavailable without asking, default 5 s
    /// (`auth_stale_max`).
    package var staleSecondsMax: Double

    package init(freshSeconds: Double = 2, staleSecondsMax: Double = 5) {
        self.freshSeconds = freshSeconds
        self.staleSecondsMax = staleSecondsMax
    }
}

/// A clock that only goes forward, in µs since any moment; an input, so that leases can be tested.
package protocol SteadyClock: Sendable {
    func microseconds() -> Int64
}

/// `CLOCK_BOOTTIME`: goes on while the machine sleeps, as others may change the table meanwhile.
package struct SystemSteadyClock: SteadyClock {
    package init() {}

    package func microseconds() -> Int64 {
        var moment = timespec()
        // Fails only for a clock id that the kernel does not know; Linux has it since 2.6.39.
        unsafe clock_gettime(CLOCK_BOOTTIME, &moment)
        return Int64(moment.tv_sec) * 1_000_000 + Int64(moment.tv_nsec) / 1_000
    }
}

/// The moment up to which the directory is known to hold all changes of the user table.
final class Lease: Sendable {
    /// What a check may do.
    enum State: Sendable, Equatable {
        /// Trust the directory.
        case fresh
        /// Ask the database about the user first.
        case stale
        /// Refuse: the database has been silent for too long.
        case lost
    }

    private let clock: any SteadyClock
    private let freshMicroseconds: Int64
    private let staleMicroseconds: Int64
    private let confirmedAt = Atomic<Int64>(Lease.never)
    /// Longer ago than any limit, and far enough from `Int64.min` that differences stay in range.
    private static let never = Int64.min / 4

    init(limits: LeaseLimits, clock: any SteadyClock) {
        self.clock = clock
        freshMicroseconds = Int64(limits.freshSeconds * 1_000_000)
        staleMicroseconds = Int64(limits.staleSecondsMax * 1_000_000)
    }

    /// Now, by the lease's clock.
    var now: Int64 { clock.microseconds() }

    var state: State {
        let age = now - confirmedAt.load(ordering: .acquiring)
        if age <= freshMicroseconds { return .fresh }
        return age <= staleMicroseconds ? .stale : .lost
    }

    /// The directory holds all that was committed up to `moment`.
    func confirm(upTo moment: Int64) {
        confirmedAt.max(moment, ordering: .acquiringAndReleasing)
    }

    /// A change is known to be missing from the directory: whoever checks must ask.
    func revoke() {
        confirmedAt.min(now - freshMicroseconds - 1, ordering: .acquiringAndReleasing)
    }
}
