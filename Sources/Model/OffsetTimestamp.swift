/// A moment together with the offset from UTC in which somebody wrote it, so that an answer can
/// show it in the same offset.
package struct OffsetTimestamp: Sendable, Hashable {
    package let timestamp: Timestamp
    /// Seconds east of UTC, less than a day either way.
    package let offsetSeconds: Int

    package init(timestamp: Timestamp, offsetSeconds: Int = 0) {
        self.timestamp = timestamp
        self.offsetSeconds = offsetSeconds
    }

    /// µs since 1970 UTC.
    package var microseconds: Int64 { timestamp.microseconds }

    /// The time that a clock in this offset shows, in µs since 1970-01-01T00:00:00 of that clock.
    package var wallMicroseconds: Int64 {
        timestamp.microseconds &+ Int64(offsetSeconds) * Microseconds.second
    }

    /// As API answers print it: whole seconds, `2026-03-02T00:00:00+01:00`. A fraction is cut off
    /// and UTC is `+00:00`, whichever way the request spelled it.
    package var echo: String {
        timestamp.iso8601(offsetSeconds: offsetSeconds, showsFraction: false)
    }
}
