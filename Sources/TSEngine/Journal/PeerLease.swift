internal import Dispatch
internal import Postgres
internal import Synchronization

/// Whether this process is the only one that commits to the database, for as long as that is certain.
///
/// Every committer's connection holds one advisory lock, shared. Who sees that nobody else holds it
/// may read without asking for one lease's time, because whoever comes takes the lock first and then
/// waits that long before its first commit. (Leases as in Gray and Cheriton, 1989: only durations are
/// compared, never two processes' clocks.)
final class PeerLease: Sendable {
    /// "committer" shortened to what fits, in ASCII.
    private static let lock = SQL(stringLiteral: "x'636f6d6d69747465'::bigint")

    private let nanoseconds: UInt64
    /// End of the lease, in monotonic ns; 0 if there is none.
    private let soleUntil = Atomic<UInt64>(0)
    /// When this process may commit, in monotonic ns.
    private let commitsFrom = Atomic<UInt64>(.max)

    init(seconds: Double) { nanoseconds = UInt64(seconds * 1e9) }

    /// Whether no other process can have committed anything that this one has not applied.
    var isSole: Bool {
        DispatchTime.now().uptimeNanoseconds < soleUntil.load(ordering: .acquiring)
    }

    /// Makes this process known. Once for each connection of the committer.
    func join(on connection: borrowing PostgresConnection) throws(PostgresError) {
        revoke()
        try connection.query("SELECT pg_advisory_lock_shared(\(Self.lock))")
        let now = DispatchTime.now().uptimeNanoseconds
        commitsFrom.store(now + nanoseconds, ordering: .releasing)
    }

    /// Looks whether others are there. The caller then applies what they have committed so far.
    ///
    /// - Returns: what to pass to `begin` after that.
    func look(on connection: borrowing PostgresConnection) throws(PostgresError) -> Observation {
        let began = DispatchTime.now().uptimeNanoseconds
        let rows = try connection.query(
            """
            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32 | objid::bigint) = \(Self.lock) AND objsubid = 1
            """
        )
        return Observation(isSole: try rows.int(0, 0) == 1, began: began)
    }

    struct Observation {
        fileprivate let isSole: Bool
        fileprivate let began: UInt64
    }

    /// Everything that was committed up to the observation is applied.
    func begin(_ observation: Observation) {
        let end = observation.isSole ? observation.began + nanoseconds : 0
        soleUntil.store(end, ordering: .releasing)
    }

    func revoke() { soleUntil.store(0, ordering: .releasing) }

    /// Blocks until this process may commit.
    func waitUntilKnown() {
        let (now, from) = (
            DispatchTime.now().uptimeNanoseconds, commitsFrom.load(ordering: .acquiring)
        )
        guard now < from else { return }
        // Nobody signals it: it only waits.
        let deadline = DispatchTime(uptimeNanoseconds: from)
        _ = DispatchSemaphore(value: 0).wait(timeout: deadline)
    }
}
