internal import Postgres

/// The row that orders all commits of a shard, also those of several processes.
struct CommitSequence: Sendable, Equatable {
    /// The shard that all sensors are in.
    static let shard = 0

    /// The newest segment number that was given out. Numbers ascend and may have gaps.
    var lastSegment: Int64
    /// All segments up to this one are in blocks.
    var compactedSegment: Int64
    /// How many compactions there were.
    var generation: Int64

    static func read(
        on connection: borrowing PostgresConnection,
        forUpdate: Bool = false
    ) throws(PostgresError) -> CommitSequence {
        let lock = forUpdate ? " FOR UPDATE" : ""
        let rows = try connection.query(
            """
            SELECT last_segment, compacted_segment, generation FROM commit_sequence
            WHERE shard = \(shard)\(unescaped: lock)
            """
        )
        guard rows.count == 1 else { throw .unexpected("commit_sequence has no row") }
        return CommitSequence(
            lastSegment: try rows.int(0, 0),
            compactedSegment: try rows.int(0, 1),
            generation: try rows.int(0, 2)
        )
    }
}
