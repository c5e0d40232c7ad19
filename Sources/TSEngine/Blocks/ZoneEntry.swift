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
    /// Bytes.
    let payloadCount: Int

    /// Whether `count` more values would make the block too large: for a block at all, or for the
    /// page that it nearly fills.
    func isFull(with count: Int) -> Bool {
        if valueCount + count > BlockCodec.valueCountMax { return true }
        return payloadCount > BlockRow.payloadByteCountMax * 3 / 4
            && payloadCount * (valueCount + count) / valueCount > BlockRow.payloadByteCountMax
    }

    /// The entries of some sensors in one partition, by series, in order of first event.
    static func read(
        of sensors: [SensorID],
        table: BlockTable,
        window: PartitionWindow,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [SeriesKey: [ZoneEntry]] {
        let rows = try connection.query(
            """
            SELECT sensor_id, source_id, probability, first_event, last_event, block_id,
            value_count, length(payload)
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
                valueCount: Int(try rows.int(row, 6)),
                payloadCount: Int(try rows.int(row, 7))
            )
            result[series, default: []].append(entry)
        }
        return result
    }
}
