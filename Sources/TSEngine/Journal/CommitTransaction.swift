internal import Postgres

/// One group commit against Postgres, in one round trip.
///
/// A single statement, prepared once a session: it numbers the segment and stores it, if the sequence
/// is where this process believes it to be, and is a transaction by itself. If another process has
/// committed or compacted meanwhile, nothing happens. While the server writes, the committer prepares
/// its next group.
enum CommitTransaction {
    enum Outcome: Equatable {
        case committed
        /// Another process was faster: nothing was committed.
        case overtaken
        /// The connection was lost after the data were on their way.
        case unknown
    }

    /// Has a new session learn the statement.
    static func prepare(on connection: borrowing PostgresConnection) throws(PostgresError) {
        // An UPDATE that has waited for another commit looks at its condition again, with the row
        // that this one has left.
        try connection.prepare(
            statement,
            as: """
                WITH numbered AS (
                    UPDATE commit_sequence SET last_segment = last_segment + 1
                    WHERE shard = \(CommitSequence.shard)
                        AND last_segment = $1 AND compacted_segment = $2
                    RETURNING last_segment
                )
                INSERT INTO journal (shard, segment, writer, value_count, payload)
                SELECT \(CommitSequence.shard), last_segment, $3, $4, $5 FROM numbered
                RETURNING segment
                """,
            types: [.int, .int, .int, .int, .bytes]
        )
    }

    private static let statement = "penstock_commit"

    /// Sends what commits `payload` as segment `sequence.lastSegment + 1`; `finish` must follow.
    ///
    /// - Throws: when certainly nothing was committed.
    static func start(
        payload: [UInt8],
        valueCount: Int,
        writer: Int64,
        after sequence: CommitSequence,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        try connection.startPrepared(
            statement,
            [
                .int(sequence.lastSegment), .int(sequence.compactedSegment), .int(writer),
                .int(Int64(valueCount)), .bytes(payload),
            ]
        )
    }

    /// Waits for the end of what `start` has sent.
    ///
    /// - Throws: when certainly nothing was committed.
    static func finish(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Outcome {
        var rowCount = 0
        do {
            while let step = try connection.nextStep() {
                if case .rows(let rows) = step { rowCount = rows.count }
            }
        } catch .unavailable {
            return .unknown
        }
        return rowCount == 1 ? .committed : .overtaken
    }
}
