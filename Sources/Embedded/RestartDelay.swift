/// How long to wait before a server that ended is started again. A value: no clock in it.
///
/// The first time at once, since each moment without the server fails requests. If it does not stay
/// up, 50 ms, then twice as long each time up to 10 s: it may be the disk that is full, and a loop
/// of starts helps nobody. Never gives up, as the reason may pass.
struct RestartDelay: Sendable, Hashable {
    static let first: Duration = .milliseconds(50)
    static let longest: Duration = .seconds(10)
    /// A server that ran this long was fine.
    static let steadyAfter: Duration = .seconds(10)

    /// What to wait if the next run is short, too.
    private var nextDelay: Duration = .zero

    /// - Parameter uptime: how long the server ran; zero if it did not start.
    /// - Returns: what to wait before this start.
    mutating func next(afterUptime uptime: Duration) -> Duration {
        let delay = uptime >= Self.steadyAfter ? .zero : nextDelay
        nextDelay = delay == .zero ? Self.first : min(delay * 2, Self.longest)
        return delay
    }
}
