internal import Auth
internal import Synchronization

/// What was found out about a request on its way, for its answer's headers and for the log, also if
/// it is refused.
final class CallTrace: Sendable {
    private struct State {
        var principal: Principal?
        var standing: RateStanding?
    }

    private let state = Mutex(State())

    func note(_ principal: Principal) { state.withLock { $0.principal = principal } }

    /// A later limit replaces an earlier one.
    func note(_ standing: RateStanding) { state.withLock { $0.standing = standing } }

    /// Who asks; nil if that was not found out.
    var principal: Principal? { state.withLock(\.principal) }
    /// The limit that the request was counted against.
    var standing: RateStanding? { state.withLock(\.standing) }
}
