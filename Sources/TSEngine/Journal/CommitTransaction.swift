internal import Postgres

/// One group commit against Postgres, in two round trips.
///
/// The whole transaction is one script: number the segment, copy it, commit. The server answers the
/// first statement before it takes the copied data, so the number is checked in between: if another
/// process has committed or compacted meanwhile, the copy is abandoned and nothing happens. While
/// the server writes, the committer prepares its next group.
enum CommitTransaction {
    enum Outcome: Equatable {
        case committed
        /// The connection was lost after the data and the COMMIT were on their way.
        case unknown
    }

    /// Sends everything that commits `payload` as segment `sequence.lastSegment + 1`.
    ///
    /// - Returns: false if another process has committed; then nothing was. Otherwise `finish` must
    ///   follow.
    /// - Throws: when certainly nothing was committed.
    static func start(
        payload: [UInt8],
        valueCount: Int,
        writer: Int64,
        after sequence: CommitSequence,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Bool {
        try connection.start(
            """
            BEGIN;
            UPDATE commit_sequence SET last_segment = last_segment + 1
            WHERE shard = \(CommitSequence.shard) RETURNING last_segment, compacted_segment;
            COPY journal (shard, segment, writer, value_count, payload) FROM STDIN (FORMAT binary);
            COMMIT
            """
        )
        let segment = sequence.lastSegment + 1
        var isExpected = false
        while let step = try connection.nextStep() {
            guard case .rows(let rows) = step else { break }
            if rows.count == 1 {
                let (number, compacted) = (try rows.int(0, 0), try rows.int(0, 1))
                isExpected = number == segment && compacted == sequence.compactedSegment
            }
        }
        guard isExpected else {
            try connection.endCopy(abandoning: "behind")
            do {
                while try connection.nextStep() != nil {}
            } catch .server {
                // The abandoned COPY: it has ended the transaction's statements.
            }
            try connection.execute("ROLLBACK")
            return false
        }
        var copy = CopyBuffer(capacity: payload.count + 64)
        copy.beginRow(fields: 5)
        copy.append(Int32(CommitSequence.shard))
        copy.append(segment)
        copy.append(writer)
        copy.append(Int64(valueCount))
        copy.append(payload)
        copy.finish()
        try connection.putCopy(copy.bytes)
        // From here on nobody knows, if the connection is lost, before the journal is asked.
        _ = try? connection.endCopy()
        return true
    }

    /// Waits for the end of what `start` has sent.
    ///
    /// - Throws: when certainly nothing was committed.
    static func finish(
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Outcome {
        do {
            while try connection.nextStep() != nil {}
            return .committed
        } catch .unavailable {
            return .unknown
        }
    }
}
