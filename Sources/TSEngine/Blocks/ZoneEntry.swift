internal import Model
internal import Postgres

/// The part of a block's zone map by which a compaction finds the blocks that it must rewrite.
struct ZoneEntry: Sendable {
    let series: SeriesKey
    /// µs since 1970 UTC.
    let firstEvent: Int64
    let lastEvent: Int64
    let blockID: Int64
    let valueCount: Int

    /// The entries of some sensors in one partition, by series, in order of first event.
    static func read(
        of sensors: [SensorID],
        table: BlockTable,
        window: PartitionWindow,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [SeriesKey: [ZoneEntry]] {
        let rows = try connection.query(
            """
            SELECT sensor_id, source_id, probability, first_event, last_event, block_id, value_count
            FROM \(unescaped: window.table(of: table))
            WHERE sensor_id = ANY(\(.ints(sensors.map(\.rawValue))))
            ORDER BY sensor_id, source_id, probability, first_event, block_id
            """
        )
        var result: [SeriesKey: [ZoneEntry]] = [:]
        for row in 0..<rows.count {
            let series = SeriesKey(
                sensor: SensorID(try rows.int(row, 0)),
                source: SourceID(try rows.int(row, 1)),
                probability: try rows.double(row, 2)
            )
            let entry = ZoneEntry(
                series: series,
                firstEvent: try rows.timestamp(row, 3),
                lastEvent: try rows.timestamp(row, 4),
                blockID: try rows.int(row, 5),
                valueCount: Int(try rows.int(row, 6))
            )
            result[series, default: []].append(entry)
        }
        return result
    }
}

/// Which blocks of a series in one partition must be rewritten to take new beliefs, and with what.
struct RewritePlan {
    /// A block and the beliefs that belong into it; without a block they make new ones.
    struct Step {
        let block: ZoneEntry?
        let columns: BeliefColumns
    }

    let steps: [Step]

    /// For the current layer: each belief goes to the block whose events surround it, so that few
    /// blocks change; what comes after a full last block makes a new one.
    static func current(_ columns: BeliefColumns, into blocks: [ZoneEntry]) -> RewritePlan {
        guard let last = blocks.last else {
            return RewritePlan(steps: [Step(block: nil, columns: columns)])
        }
        var steps: [Step] = []
        var first = 0
        for (index, block) in blocks.enumerated() {
            let isLast = index + 1 == blocks.count
            // A block owns the events up to the next block's first one.
            var end = columns.count
            if !isLast {
                let upper = blocks[index + 1].firstEvent - 1
                end = columns.positions(ofEventsIn: .min...upper).upperBound
            } else if last.valueCount >= BlockCodec.valueCountTarget {
                end = columns.positions(ofEventsIn: .min...last.lastEvent).upperBound
            }
            if end > first {
                steps.append(Step(block: block, columns: columns.slice(first..<end)))
                first = end
            }
        }
        if first < columns.count {
            steps.append(Step(block: nil, columns: columns.slice(first..<columns.count)))
        }
        return RewritePlan(steps: steps)
    }

    /// For the history layer: the newest block is filled up, older ones stay as they are.
    static func history(_ columns: BeliefColumns, into blocks: [ZoneEntry]) -> RewritePlan {
        let newest = blocks.max { $0.blockID < $1.blockID }
        let open = newest.flatMap { $0.valueCount < BlockCodec.valueCountTarget ? $0 : nil }
        return RewritePlan(steps: [Step(block: open, columns: columns)])
    }
}
