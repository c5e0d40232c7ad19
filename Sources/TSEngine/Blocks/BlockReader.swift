internal import Model
internal import Postgres
internal import Synchronization

/// Finds the block rows of sensors: from the cache, and what is missing there from Postgres in one
/// round trip.
final class BlockReader: Sendable {
    let cache: BlockCache
    /// Partitions that exist, by table, in order.
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

    /// A sensor's blocks, by table.
    typealias Found = [BlockTable: [BlockRow]]

    /// Completes a plan from Postgres. Blocking: for a connection's own thread.
    func complete(
        _ plan: Plan,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> Found {
        try complete([plan], on: connection)[0]
    }

    /// Completes the plans of several sensors, in one round trip. Blocking, likewise.
    func complete(
        _ plans: [Plan],
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [Found] {
        var found = plans.map(\.rows)
        // What is missing, by partition: which plan it is for, by sensor.
        var missing: [Partition: [SensorID: [Int]]] = [:]
        for (index, plan) in plans.enumerated() {
            for key in plan.missing {
                let partition = Partition(table: key.table, window: key.window)
                missing[partition, default: [:]][key.sensor, default: []].append(index)
            }
        }
        guard !missing.isEmpty else { return found }
        let partitions = Array(missing)
        var sql: SQL = ""
        for (index, (partition, sensors)) in partitions.enumerated() {
            let union: SQL = index == 0 ? "" : " UNION ALL "
            let ids = sensors.keys.map(\.rawValue).sorted()
            sql = """
                \(sql)\(union)SELECT \(unescaped: BlockRow.sqlColumns), \(index)::bigint AS part \
                FROM \(unescaped: partition.window.table(of: partition.table)) \
                WHERE sensor_id = ANY(\(.ints(ids)))
                """
        }
        let result = try connection.query(
            "\(sql) ORDER BY part, sensor_id, source_id, probability, first_event"
        )
        var fetched = partitions.map { _ in [SensorID: [BlockRow]]() }
        for row in 0..<result.count {
            let block = try BlockRow(result, row)
            fetched[Int(try result.int(row, 16))][block.series.sensor, default: []].append(block)
        }
        for ((partition, sensors), blocks) in zip(partitions, fetched) {
            for (sensor, indices) in sensors {
                let rows = blocks[sensor] ?? []
                let key = BlockCache.Key(
                    sensor: sensor,
                    table: partition.table,
                    window: partition.window
                )
                for (count, index) in indices.enumerated() {
                    if count == 0 { cache.fill(key, with: rows, ticket: plans[index].ticket) }
                    found[index][partition.table, default: []] += rows
                }
            }
        }
        return found
    }

    /// Has a new session learn the partitions by a question without an answer: it reads their
    /// description when one is first asked for, which then need not be by a client.
    func acquaint(_ connection: borrowing PostgresConnection) throws(PostgresError) {
        for table in BlockTable.allCases {
            for window in windows(of: table) {
                try connection.query(
                    """
                    SELECT \(unescaped: BlockRow.sqlColumns) \
                    FROM \(unescaped: window.table(of: table)) WHERE sensor_id = ANY(\(.ints([])))
                    """
                )
            }
        }
    }

    private struct Partition: Hashable {
        let table: BlockTable
        let window: PartitionWindow
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
            } else {
                // The default partition: its name ends in another way.
                found[table, default: []].append(PartitionWindow(year: nil))
            }
        }
        for table in BlockTable.allCases { found[table]?.sort() }
        windows.withLock { $0 = found }
    }

    /// Every partition of a table, the default one last.
    func windows(of table: BlockTable) -> [PartitionWindow] {
        windows.withLock { $0[table] ?? [] }
    }

    func hasWindow(_ window: PartitionWindow, of table: BlockTable) -> Bool {
        windows.withLock { $0[table]?.contains(window) ?? false }
    }

    private func existingWindows(
        of table: BlockTable,
        in events: ClosedRange<Int64>
    ) -> [PartitionWindow] {
        let isBeyond =
            PartitionWindow.containing(event: events.lowerBound).year == nil
            || PartitionWindow.containing(event: events.upperBound).year == nil
        return windows.withLock { windows in
            (windows[table] ?? []).filter { window in
                guard let bounds = window.bounds else { return isBeyond }
                return bounds.lowerBound <= events.upperBound
                    && bounds.upperBound > events.lowerBound
            }
        }
    }
}
