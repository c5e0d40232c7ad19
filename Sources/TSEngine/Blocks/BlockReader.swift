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
        var rows: [BlockTable: [StoredBlock]]
        /// What must be fetched.
        let missing: [BlockCache.Key]
        let ticket: BlockCache.Ticket
    }

    /// `events`: starts of the events asked for, µs since 1970 UTC.
    func plan(_ sensor: SensorID, events: ClosedRange<Int64>) -> Plan {
        let ticket = cache.ticket()
        var rows: [BlockTable: [StoredBlock]] = [:]
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
    typealias Found = [BlockTable: [StoredBlock]]

    /// Completes a plan from Postgres. Blocking: for a connection's own thread.
    func complete(
        _ plan: Plan,
        on connection: borrowing PostgresConnection
    ) throws -> Found {
        try complete([plan], on: connection)[0]
    }

    /// Completes the plans of several sensors, in one round trip. Blocking, likewise.
    func complete(
        _ plans: [Plan],
        on connection: borrowing PostgresConnection
    ) throws -> [Found] {
        // What several plans lack is as fresh as the first of them asks for.
        guard let ticket = plans.first?.ticket else { return [] }
        let missing = Set(plans.lazy.flatMap(\.missing))
        let fetched = try fetch(Array(missing), ticket: ticket, on: connection)
        return plans.map { plan in
            var found = plan.rows
            for key in plan.missing { found[key.table, default: []] += fetched[key] ?? [] }
            return found
        }
    }

    /// Fetches blocks of many sensors in one round trip.
    ///
    /// - Parameters:
    ///   - keys: What is missing in the cache, of any sensors, tables and partitions; each once.
    ///   - ticket: Taken before the cache was asked.
    ///   - connection: Blocks its thread.
    /// - Returns: The blocks of each key, in the order of series and first event; also none. They
    ///   are in the cache too.
    /// - Throws: `PostgresError`; `CodecError` if a directory is damaged.
    func fetch(
        _ keys: [BlockCache.Key],
        ticket: BlockCache.Ticket,
        on connection: borrowing PostgresConnection
    ) throws -> [BlockCache.Key: [StoredBlock]] {
        let partitions = Dictionary(grouping: keys) {
            Partition(table: $0.table, window: $0.window)
        }
        .map { (partition: $0, sensors: Set($1.lazy.map(\.sensor))) }
        guard !partitions.isEmpty else { return [:] }
        var sql: SQL = ""
        for (index, (partition, sensors)) in partitions.enumerated() {
            let union: SQL = index == 0 ? "" : " UNION ALL "
            let rows = SensorSpans(sensors).distinctRows(
                "\(BlockPage.sqlColumns), \(index)::bigint AS part",
                of: partition.window.table(of: partition.table)
            )
            sql = "\(sql)\(union)\(rows)"
        }
        let result = try connection.query(sql)
        var fetched = partitions.map { _ in [SensorID: [StoredBlock]]() }
        for row in 0..<result.count {
            let part = Int(try result.int(row, 3))
            let page = try BlockPage.read(result, row, where: partitions[part].sensors.contains)
            for block in page.blocks {
                fetched[part][block.series.sensor, default: []].append(block)
            }
        }
        var found: [BlockCache.Key: [StoredBlock]] = [:]
        for ((partition, sensors), blocks) in zip(partitions, fetched) {
            for sensor in sensors {
                let key = BlockCache.Key(
                    sensor: sensor,
                    table: partition.table,
                    window: partition.window
                )
                let sorted = (blocks[sensor] ?? [])
                    .sorted { ($0.series, $0.firstEvent) < ($1.series, $1.firstEvent) }
                cache.fill(key, with: sorted, ticket: ticket)
                found[key] = sorted
            }
        }
        return found
    }

    /// Has a new session learn the partitions by a question without an answer: it reads their
    /// description when one is first asked for, which then need not be by a client.
    func acquaint(_ connection: borrowing PostgresConnection) throws(PostgresError) {
        let nobody = SensorSpans([SensorID(-1)])
        for table in BlockTable.allCases {
            for window in windows(of: table) {
                try connection.query(
                    nobody.distinctRows(BlockPage.sqlColumns, of: window.table(of: table))
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
