internal import Model
internal import Postgres

/// Decodes all segments of the journal, page by page.
enum JournalVerification {
    /// Beliefs at a time; one more segment than that may be read.
    private static let pageValueCount = 1_000_000

    /// Adds to `findings` what there is and what is wrong.
    static func run(
        into findings: inout StoreFindings,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        let before = try CommitSequence.read(on: connection)
        var last = Int64.min
        while true {
            let rows = try page(after: last, on: connection)
            if rows.count == 0 { break }
            // Read later, so that a segment that was committed meanwhile is within it.
            let now = try CommitSequence.read(on: connection)
            for row in 0..<rows.count {
                last = try rows.int(row, 0)
                let table = rows.string(row, 3)
                let payload = rows.bytes(row, 2)
                findings.segmentCount += 1
                findings.byteCount += Int64(payload.count)
                var faults: [(StoreDamage.Kind, String)] = []
                if last <= before.compactedSegment {
                    faults.append((.sequence, "the segment is in blocks, and should be gone"))
                }
                if last > now.lastSegment {
                    faults.append((.sequence, "the number was not given out"))
                }
                if table != "journal_p\(last / Journal.partitionSegmentCount)" {
                    faults.append((.partition, "the segment is not of this partition"))
                }
                switch decoded(payload) {
                case .success(let segment):
                    findings.segmentValueCount += Int64(segment.valueCount)
                    if try rows.int(row, 1) != Int64(segment.valueCount) {
                        faults.append((.zoneMap, "the payload has another value_count"))
                    }
                    if let text = disorder(segment) { faults.append((.order, text)) }
                case .failure(let error): faults.append((.payload, "\(error)"))
                }
                for (kind, text) in faults {
                    findings.add(StoreDamage(kind, table: table, segment: last, text))
                }
            }
        }
    }

    private static func decoded(_ payload: [UInt8]) -> Result<Segment, CodecError> {
        Result { () throws(CodecError) in try SegmentCodec.decode(payload) }
    }

    private static func disorder(_ segment: Segment) -> String? {
        if Set(segment.series).count < segment.series.count { return "a series is there twice" }
        let columns = segment.columns
        for position in segment.series.indices {
            for row in segment.rows(at: position).dropFirst() {
                let (before, event) = (columns.eventStarts[row - 1], columns.eventStarts[row])
                let isAscending =
                    event > before
                    || event == before && columns.beliefTimes[row] > columns.beliefTimes[row - 1]
                if !isAscending { return "beliefs of a series do not ascend" }
            }
        }
        return nil
    }

    private static func page(
        after segment: Int64,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> PostgresRows {
        try connection.query(
            """
            SELECT segment, value_count, payload, part FROM (
                SELECT *, sum(value_count) OVER (ORDER BY segment) - value_count AS before
                FROM (
                    SELECT segment, value_count, payload, tableoid::regclass::text AS part
                    FROM journal WHERE shard = \(CommitSequence.shard) AND segment > \(segment)
                    ORDER BY segment LIMIT 256
                ) AS next
            ) AS counted
            WHERE before < \(pageValueCount) ORDER BY segment
            """
        )
    }
}
