internal import Model
internal import Postgres

/// Decodes all blocks of one partition, some pages at a time.
///
/// Every statement stands alone: a transaction as long as this would hold up compactions. So what a
/// compaction rewrites meanwhile is seen before, after, twice or not at all; each page is whole.
struct BlockVerification {
    let table: BlockTable
    let window: PartitionWindow
    private var name: String { window.table(of: table) }

    /// Pages at a time: some MB of payloads.
    private static let pageCount = 256

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
        var last: Place?
        var pageCount = Self.pageCount
        // The group of sensors whose pages were met last.
        var group: Int64?
        while true {
            let rows: PostgresRows
            do throws(PostgresError) {
                rows = try pages(after: last, pageCount, on: connection)
            } catch .server(let sqlState, let message) where sqlState.hasPrefix("XX") {
                // Damaged pages of the table. One by one, to find the row.
                if pageCount > 1 {
                    pageCount = 1
                    continue
                }
                guard let bad = try place(after: last, on: connection) else { return blockIDMax }
                findings.add(damage(.unreadable, bad.lastSensor, bad.pageID, message))
                findings.blockCount += 1
                last = bad
                continue
            }
            for row in 0..<rows.count {
                let place = try Place(rows, row, column: 3)
                if let done = group, done != place.group {
                    try findOverlaps(in: done, into: &findings, on: connection)
                }
                group = place.group
                verify(rows, row, place, into: &findings, &blockIDMax)
                last = place
            }
            if rows.count < pageCount { break }
            pageCount = Self.pageCount
        }
        if let group { try findOverlaps(in: group, into: &findings, on: connection) }
        return blockIDMax
    }

    /// Each block with its zone map, and the row with both.
    private func verify(
        _ rows: PostgresRows,
        _ row: Int,
        _ place: Place,
        into findings: inout StoreFindings,
        _ blockIDMax: inout Int64
    ) {
        let page: BlockPage
        do {
            page = try BlockPage.read(rows, row)
            let sums = try PageSums(rows, row)
            let wrong = PageSums(page).columns(thatDifferFrom: sums)
            if !wrong.isEmpty {
                let names = wrong.joined(separator: ", ")
                let text = "the directory has another \(names)"
                findings.add(damage(.zoneMap, page.blocks.first?.zone, place.pageID, text))
            }
        } catch {
            findings.blockCount += 1
            findings.add(damage(.payload, place.lastSensor, place.pageID, "\(error)"))
            return
        }
        for block in page.blocks {
            findings.blockCount += 1
            findings.byteCount += Int64(block.payload.count)
            let (valueCount, faults) = BlockVerifier.verify(block, in: table, window)
            findings.blockValueCount += Int64(valueCount ?? 0)
            for fault in faults {
                findings.add(damage(fault.kind, block.zone, block.blockID, fault.text))
            }
            blockIDMax = max(blockIDMax, block.blockID)
        }
    }

    /// Current blocks of a series that overlap. One statement sees one moment, so a compaction cannot
    /// look like an overlap.
    private func findOverlaps(
        in group: Int64,
        into findings: inout StoreFindings,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        guard table == .current else { return }
        let (first, last) = (group << 8, group << 8 | (SensorGroup.size - 1))
        let rows: PostgresRows
        do throws(PostgresError) {
            rows = try connection.query(
                """
                SELECT page_id, directory FROM \(unescaped: name)
                WHERE last_sensor >= \(first) AND last_sensor <= \(last)
                """
            )
        } catch .server(let sqlState, _) where sqlState.hasPrefix("XX") {
            // Found before, row by row.
            return
        }
        var zones: [BlockZone] = []
        // What cannot be read was found before.
        for row in 0..<rows.count { zones += (try? BlockPage.zones(rows, row)) ?? [] }
        zones.sort { ($0.series, $0.firstEvent) < ($1.series, $1.firstEvent) }
        for (before, zone) in zip(zones, zones.dropFirst())
        where before.series == zone.series && before.lastEvent >= zone.firstEvent {
            findings.add(
                damage(.overlap, zone, zone.blockID, "overlaps block \(before.blockID)")
            )
        }
    }

    private func damage(
        _ kind: StoreDamage.Kind,
        _ zone: BlockZone?,
        _ block: Int64,
        _ text: String
    ) -> StoreDamage {
        StoreDamage(kind, table: name, series: zone?.series, block: block, text)
    }

    /// Of a page whose blocks cannot be told: by its last sensor.
    private func damage(
        _ kind: StoreDamage.Kind,
        _ sensor: SensorID,
        _ page: Int64,
        _ text: String
    ) -> StoreDamage {
        StoreDamage(kind, table: name, sensor: sensor, block: page, text)
    }

    // MARK: Pages

    private func pages(
        after last: Place?,
        _ count: Int,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> PostgresRows {
        try query(
            "\(BlockPage.sqlColumns), \(Place.sqlColumns), \(PageSums.sqlColumns)",
            after: last,
            count,
            on: connection
        )
    }

    private func query(
        _ columns: String,
        after last: Place?,
        _ count: Int,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> PostgresRows {
        var condition: SQL = "true"
        if let last {
            condition = """
                (last_sensor, first_sensor, page_id) > \
                (\(last.lastSensor.rawValue), \(last.firstSensor.rawValue), \(last.pageID))
                """
        }
        return try connection.query(
            """
            SELECT \(unescaped: columns) FROM \(unescaped: name) WHERE \(condition)
            ORDER BY last_sensor, first_sensor, page_id LIMIT \(count)
            """
        )
    }

    /// The next row's place, read without its payload.
    private func place(
        after last: Place?,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Place? {
        let rows = try query(Place.sqlColumns, after: last, 1, on: connection)
        return rows.count == 1 ? try Place(rows, 0, column: 0) : nil
    }
}

/// Where a page stands in the order of its partition.
private struct Place {
    let lastSensor: SensorID
    let firstSensor: SensorID
    let pageID: Int64

    var group: Int64 { SensorGroup.number(of: lastSensor) }

    static let sqlColumns = "last_sensor, first_sensor, page_id"

    init(_ rows: PostgresRows, _ row: Int, column: Int) throws(PostgresError) {
        lastSensor = SensorID(try rows.int(row, column))
        firstSensor = SensorID(try rows.int(row, column + 1))
        pageID = try rows.int(row, column + 2)
    }
}

/// What the columns of a page's row say of all its blocks.
private struct PageSums {
    private let numbers: [(name: String, value: Int64)]

    static let sqlColumns = "first_event, last_event, value_count"

    init(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
        let place = try Place(rows, row, column: 3)
        self.init(
            place.firstSensor.rawValue,
            place.lastSensor.rawValue,
            try rows.timestamp(row, 6),
            try rows.timestamp(row, 7),
            try rows.int(row, 8)
        )
    }

    init(_ page: BlockPage) {
        let zones = page.blocks.lazy.map(\.zone)
        self.init(
            zones.map(\.series.sensor.rawValue).min() ?? 0,
            zones.map(\.series.sensor.rawValue).max() ?? 0,
            zones.map(\.firstEvent).min() ?? 0,
            zones.map(\.lastEvent).max() ?? 0,
            zones.reduce(0) { $0 + Int64($1.valueCount) }
        )
    }

    private init(
        _ firstSensor: Int64,
        _ lastSensor: Int64,
        _ firstEvent: Int64,
        _ lastEvent: Int64,
        _ valueCount: Int64
    ) {
        numbers = [
            ("first_sensor", firstSensor), ("last_sensor", lastSensor),
            ("first_event", firstEvent), ("last_event", lastEvent), ("value_count", valueCount),
        ]
    }

    /// Names of the table's columns.
    func columns(thatDifferFrom other: PageSums) -> [String] {
        zip(numbers, other.numbers).filter { $0.value != $1.value }.map(\.0.name)
    }
}
