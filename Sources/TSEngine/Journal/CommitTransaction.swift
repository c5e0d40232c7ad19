internal import Postgres

/// One group commit against Postgres, in two round trips.
///
/// The whole transaction is one script: number the segment, copy it, commit. The server answers the
/// first statement before it takes the copied data, so the number is checked in between: if another
/// process has committed or compacted meanwhile, the copy is abandoned and nothing happens.
enum CommitTransaction {
    enum Outcome: Equatable {
        case committed
        /// Another process was there first; nothing was committed.
        case behind
        /// The connection was lost after the data and the COMMIT were on their way.
        case unknown
    }

    /// Commits `payload` as segment `sequence.lastSegment + 1`.
    ///
    /// - Throws: when certainly nothing was committed.
    static func run(
        payload: [UInt8],
        valueCount: Int,
        writer: Int64,
        after sequence: CommitSequence,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Outcome {
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
            return .behind
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
        do {
            try connection.endCopy()
            while try connection.nextStep() != nil {}
            return .committed
        } catch .unavailable {
            return .unknown
        }
    }
}
