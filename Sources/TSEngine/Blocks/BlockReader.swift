internal import Model
internal import Postgres
internal import Synchronization

/// Finds the block rows of a sensor: from the cache, and what is missing there from Postgres in one
/// round trip.
final class BlockReader: Sendable {
    let cache: BlockCache
    /// Partitions that exist, by table, in order. The default partitions always do.
    private let windows = Mutex<[BlockTable: [PartitionWindow]]>([:])

    init(cache: BlockCache) { self.cache = cache }

    /// What a look into the cache gave.
    struct Plan: Sendable {
        var rows: [BlockTable: [BlockRow]]
        /// What must be fetched.
        let missing: [BlockCache.Key]
        let ticket: BlockCache.Ticket
    }

    /// `events`: starts of the events asked for, µs since 1970 UTC.
    func plan(_ sensor: SensorID, events: ClosedRange<Int64>) -> Plan {
        let ticket = cache.ticket()
        var rows: [BlockTable: [BlockRow]] = [:]
        var missing: [BlockCache.Key] = []
        for table in BlockTable.allCases {
            for window in existingWindows(of: table, in: events) {
                let key = BlockCache.Key(sensor: sensor, table: table, window: window)
                if let found = cache.rows(key) {
                    rows[table, default: []] += found
                } else {
                    missing.append(key)
                }
            }
        }
        return Plan(rows: rows, missing: missing, ticket: ticket)
    }

    /// Completes a plan from Postgres. Blocking: for a connection's own thread.
    func complete(
        _ plan: Plan,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [BlockTable: [BlockRow]] {
        guard let sensor = plan.missing.first?.sensor else { return plan.rows }
        var sql: SQL = ""
        for (index, key) in plan.missing.enumerated() {
            let union: SQL = index == 0 ? "" : " UNION ALL "
            sql = """
                \(sql)\(union)SELECT \(unescaped: BlockRow.sqlColumns), \(index)::bigint AS part \
                FROM \(unescaped: key.window.table(of: key.table)) \
                WHERE sensor_id = \(sensor.rawValue)
                """
        }
        let result = try connection.query(
            "\(sql) ORDER BY part, source_id, probability, first_event"
        )
        var found = [[BlockRow]](repeating: [], count: plan.missing.count)
        for row in 0..<result.count {
            found[Int(try result.int(row, 16))].append(try BlockRow(result, row))
        }
        var rows = plan.rows
        for (key, fetched) in zip(plan.missing, found) {
            cache.fill(key, with: fetched, ticket: plan.ticket)
            rows[key.table, default: []] += fetched
        }
        return rows
    }

    /// Reads which partitions exist.
    func loadWindows(on connection: borrowing PostgresConnection) throws(PostgresError) {
        let result = try connection.query(
            """
            SELECT parent.relname, child.relname FROM pg_inherits
            JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
            WHERE parent.oid IN ('current_block'::regclass, 'history_block'::regclass)
            """
        )
        var found: [BlockTable: [PartitionWindow]] = [:]
        for row in 0..<result.count {
            guard let table = BlockTable(rawValue: result.string(row, 0)) else { continue }
            let suffix = result.string(row, 1).dropFirst(table.rawValue.count + 2)
            if let year = Int(suffix) {
                found[table, default: []].append(PartitionWindow(year: year))
            }
        }
        for table in BlockTable.allCases { found[table]?.sort() }
        windows.withLock { $0 = found }
    }

    func hasWindow(_ window: PartitionWindow, of table: BlockTable) -> Bool {
        window.year == nil || windows.withLock { $0[table]?.contains(window) ?? false }
    }

    private func existingWindows(
        of table: BlockTable,
        in events: ClosedRange<Int64>
    ) -> [PartitionWindow] {
        let first = PartitionWindow.containing(event: events.lowerBound)
        let last = PartitionWindow.containing(event: events.upperBound)
        var result = windows.withLock { windows in
            (windows[table] ?? []).filter { window in
                guard let bounds = window.bounds else { return false }
                return bounds.lowerBound <= events.upperBound
                    && bounds.upperBound > events.lowerBound
            }
        }
        if first.year == nil || last.year == nil { result.append(PartitionWindow(year: nil)) }
        return result
    }
}
