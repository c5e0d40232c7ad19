internal import Model
internal import Postgres

/// Decodes all blocks of one partition, page by page.
///
/// Every statement stands alone: a transaction as long as this would hold up compactions. So what a
/// compaction rewrites meanwhile is seen before, after, twice or not at all; each row is whole.
struct BlockVerification {
    let table: BlockTable
    let window: PartitionWindow
    private var name: String { window.table(of: table) }

    /// Rows at a time: some MB of payloads.
    private static let pageRowCount = 256

    init(_ table: BlockTable, _ window: PartitionWindow) {
        (self.table, self.window) = (table, window)
    }

    /// Adds to `findings` what there is and what is wrong.
    ///
    /// - Returns: the highest id of a block, 0 if there is none.
    func run(
        into findings: inout StoreFindings,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Int64 {
        var blockIDMax: Int64 = 0
        var last: BlockPlace?
        var rowCount = Self.pageRowCount
        while true {
            let rows: PostgresRows
            do throws(PostgresError) {
                rows = try page(BlockRow.sqlColumns, after: last, rowCount, on: connection)
            } catch .server(let sqlState, let message) where sqlState.hasPrefix("XX") {
                // Damaged pages of the table. One by one, to find the row.
                if rowCount > 1 {
                    rowCount = 1
                    continue
                }
                guard let bad = try place(after: last, on: connection) else { return blockIDMax }
                findings.add(damage(.unreadable, bad.series, bad.blockID, message))
                findings.blockCount += 1
                last = bad
                continue
            }
            for row in 0..<rows.count {
                let block = try BlockRow(rows, row)
                verify(block, into: &findings)
                blockIDMax = max(blockIDMax, block.blockID)
                last = BlockPlace(
                    series: block.series,
                    firstEvent: block.firstEvent,
                    blockID: block.blockID
                )
            }
            if rows.count < rowCount { break }
            rowCount = Self.pageRowCount
        }
        if table == .current { try findOverlaps(into: &findings, on: connection) }
        return blockIDMax
    }

    private func verify(_ row: BlockRow, into findings: inout StoreFindings) {
        findings.blockCount += 1
        findings.byteCount += Int64(row.payload.count)
        let (valueCount, faults) = BlockVerifier.verify(row, in: table, window)
        findings.blockValueCount += Int64(valueCount ?? 0)
        for fault in faults {
            findings.add(damage(fault.kind, row.series, row.blockID, fault.text))
        }
    }

    /// One statement sees one moment, so a compaction cannot look like an overlap.
    private func findOverlaps(
        into findings: inout StoreFindings,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        let rows = try connection.query(
            """
            SELECT sensor_id, source_id, probability, block_id, before_id FROM (
                SELECT sensor_id, source_id, probability, first_event, block_id,
                lag(last_event) OVER series AS before_last, lag(block_id) OVER series AS before_id
                FROM \(unescaped: name)
                WINDOW series AS (
                    PARTITION BY sensor_id, source_id, probability ORDER BY first_event
                )
            ) AS neighbours WHERE before_last >= first_event LIMIT \(StoreFindings.damageCountMax)
            """
        )
        for row in 0..<rows.count {
            findings.add(
                damage(
                    .overlap,
                    try BlockPlace.series(rows, row),
                    try rows.int(row, 3),
                    "overlaps block \(try rows.int(row, 4))"
                )
            )
        }
    }

    private func damage(
        _ kind: StoreDamage.Kind,
        _ series: SeriesKey,
        _ block: Int64,
        _ text: String
    ) -> StoreDamage {
        StoreDamage(kind, table: name, series: series, block: block, text)
    }

    // MARK: Pages

    private func page(
        _ columns: String,
        after last: BlockPlace?,
        _ rowCount: Int,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> PostgresRows {
        // A partition's columns may be NaN, but are never NULL.
        var condition: SQL = "true"
        if let last {
            let series = last.series
            condition = """
                (sensor_id, source_id, probability, first_event, block_id) > \
                (\(series.sensor.rawValue), \(series.source.rawValue), \(series.probability), \
                \(.timestamp(last.firstEvent)), \(last.blockID))
                """
        }
        return try connection.query(
            """
            SELECT \(unescaped: columns) FROM \(unescaped: name) WHERE \(condition)
            ORDER BY sensor_id, source_id, probability, first_event, block_id LIMIT \(rowCount)
            """
        )
    }

    /// The next row's place, read without its payload.
    private func place(
        after last: BlockPlace?,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> BlockPlace? {
        let columns = "sensor_id, source_id, probability, first_event, block_id"
        let rows = try page(columns, after: last, 1, on: connection)
        guard rows.count == 1 else { return nil }
        return BlockPlace(
            series: try BlockPlace.series(rows, 0),
            firstEvent: try rows.timestamp(0, 3),
            blockID: try rows.int(0, 4)
        )
    }
}

/// Where a block stands in the order of its partition.
private struct BlockPlace {
    let series: SeriesKey
    let firstEvent: Int64
    let blockID: Int64

    /// From a row that begins with a series' columns.
    static func series(_ rows: PostgresRows, _ row: Int) throws(PostgresError) -> SeriesKey {
        SeriesKey(
            sensor: SensorID(try rows.int(row, 0)),
            source: SourceID(try rows.int(row, 1)),
            probability: try rows.double(row, 2)
        )
    }
}
