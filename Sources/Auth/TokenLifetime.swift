/// From when until when a token is accepted, in whole seconds since 1970 UTC.
///
/// A token is accepted exactly while 0 <= age <= max age, where age = now - issued in whole seconds
/// (both rounded down). There is no leeway for clocks that run ahead.
struct TokenLifetime: Sendable, Equatable {
    let issuedAt: Int64
    /// The last second in which it is accepted.
    let lastSecond: Int64

    /// - Returns: nil if the sum is no `Int64`.
    init?(issuedAt: Int64, ageMaxSeconds: Int64) {
        let (lastSecond, isOverflow) = issuedAt.addingReportingOverflow(ageMaxSeconds)
        guard !isOverflow else { return nil }
        (self.issuedAt, self.lastSecond) = (issuedAt, lastSecond)
    }

    func contains(_ second: Int64) -> Bool { issuedAt <= second && second <= lastSecond }
}
