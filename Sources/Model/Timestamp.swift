/// A moment, in microseconds since 1970-01-01T00:00:00Z. What Postgres' `timestamptz` can hold, and
/// what every column of times in the engine stores.
@frozen package struct Timestamp: Sendable, Hashable, Comparable {
    /// Unit µs since 1970 UTC.
    package let microseconds: Int64

    @inlinable package init(microseconds: Int64) { self.microseconds = microseconds }

    @inlinable package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The earliest moment that Penstock stores: 0001-01-01T00:00:00Z, the first day of ISO 8601's
    /// four-digit years that clients can write.
    package static let earliest = Timestamp(microseconds: -62_135_596_800_000_000)
    /// The latest moment that Penstock stores: 9999-12-31T23:59:59.999999Z.
    package static let latest = Timestamp(microseconds: 253_402_300_799_999_999)
}

/// Lengths of time in µs, the unit of every length in the engine.
package enum Microseconds {
    package static let second: Int64 = 1_000_000
    package static let minute: Int64 = 60 * second
    package static let hour: Int64 = 60 * minute
    package static let day: Int64 = 24 * hour
}
