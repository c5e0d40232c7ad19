import Glibc

/// The time of day as an input, so that expiry and belief times can be tested at their borders.
package protocol WallClock: Sendable {
    /// Now, in µs since 1970 UTC.
    func now() -> Timestamp
}

/// The machine's clock: `clock_gettime(CLOCK_REALTIME)`.
package struct SystemWallClock: WallClock {
    package init() {}

    package func now() -> Timestamp {
        var moment = timespec()
        // Fails only for a clock id that the kernel does not know, and this one is in POSIX.
        unsafe clock_gettime(CLOCK_REALTIME, &moment)
        return Timestamp(
            microseconds: Int64(moment.tv_sec) * Microseconds.second + Int64(moment.tv_nsec) / 1_000
        )
    }
}
