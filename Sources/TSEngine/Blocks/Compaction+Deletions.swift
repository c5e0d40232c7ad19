internal import Model
internal import Postgres

/// Carrying out deletions in blocks: what was only hidden is gone from the disk.
extension Compaction {
    /// Sensors that one statement names.
    private static let sensorCountMax = 2_000

    /// Removes from blocks what `deletions` say.
    mutating func carryOut(
        _ deletions: [Deletion],
        on connection: borrowing PostgresConnection
    ) throws {
        guard !deletions.isEmpty else { return }
        let bySensor = Dictionary(grouping: deletions, by: \.sensor)
        let sensors = bySensor.keys.sorted()
        for table in BlockTable.allCases {
            for window in blocks.windows(of: table) {
                if try empty(table, window, bySensor, on: connection) { continue }
                var rest = sensors[...]
                while !rest.isEmpty {
                    let chunk = Array(rest.prefix(Self.sensorCountMax))
                    rest = rest.dropFirst(Self.sensorCountMax)
                    try carryOut(bySensor, chunk, table, window, on: connection)
                }
            }
        }
    }

    /// Empties a partition as a whole if nothing is to stay in it: retention's way, which costs no
    /// more than the file's removal.
    private mutating func empty(
        _ table: BlockTable,
        _ window: PartitionWindow,
        _ deletions: [SensorID: [Deletion]],
        on connection: borrowing PostgresConnection
    ) throws -> Bool {
        guard let bounds = window.bounds else { return false }
        let emptied = deletions.filter { entry in
            entry.value.contains { deletion in
                deletion.source == nil && deletion.events.lowerBound <= bounds.lowerBound
                    && deletion.events.upperBound >= bounds.upperBound - 1
            }
        }
        guard !emptied.isEmpty else { return false }
        guard let ids = try ids(emptied: Set(emptied.keys), table, window, on: connection)
        else { return false }
        let isEmptied = try connection.query(
            """
            SELECT penstock_empty_block_partition(\(table.rawValue),
            \(window.year.map(Int64.init))::integer, \(.ints(ids.sorted())))
            """
        )
        guard try isEmptied.bool(0, 0) else { return false }
        for sensor in emptied.keys { touch(sensor, table, window) }
        return true
    }

    /// The ids of the sensors that may be on a partition's pages if only `sensors` are: they, and those
    /// between the first and the last one of a page, which are on none. Nil if others are.
    private func ids(
        emptied sensors: Set<SensorID>,
        _ table: BlockTable,
        _ window: PartitionWindow,
        on connection: borrowing PostgresConnection
    ) throws -> Set<Int64>? {
        var ids = Set(sensors.map(\.rawValue))
        let name = window.table(of: table)
        // Mostly there are others, which the first pages tell.
        let others = try connection.query(
            """
            SELECT EXISTS (SELECT FROM \(unescaped: name)
            WHERE first_sensor <> ALL(\(.ints(ids.sorted())))
            OR last_sensor <> ALL(\(.ints(ids.sorted()))))
            """
        )
        guard try !others.bool(0, 0) else { return nil }
        let rows = try connection.query(
            """
            SELECT page_id, directory, first_sensor, last_sensor FROM \(unescaped: name)
            WHERE first_sensor < last_sensor
            """
        )
        for row in 0..<rows.count {
            for zone in try BlockPage.zones(rows, row)
            where !sensors.contains(zone.series.sensor) { return nil }
            ids.formUnion(try rows.int(row, 2)...rows.int(row, 3))
        }
        return ids
    }

    private mutating func carryOut(
        _ deletions: [SensorID: [Deletion]],
        _ sensors: [SensorID],
        _ table: BlockTable,
        _ window: PartitionWindow,
        on connection: borrowing PostgresConnection
    ) throws {
        let target = Target(table: table, window: window, sensors: Set(sensors))
        let concerned = try target.zones(on: connection).values.joined()
            .filter { zone in
                deletions[zone.series.sensor]?.contains { deletion in
                    deletion.concerns(zone.series) && deletion.events.overlaps(zone.events)
                } ?? false
            }
        guard !concerned.isEmpty else { return }
        let (removed, others) = try target.remove(Array(concerned), on: connection)
        var blocks = others.map { (block: $0, isConcerned: false) }
        blocks += removed.values.map { (block: $0, isConcerned: true) }
        blocks.sort {
            ($0.block.series, $0.block.firstEvent) < ($1.block.series, $1.block.firstEvent)
        }
        var filler = PageFiller(target.table)
        for (block, isConcerned) in blocks {
            guard isConcerned else {
                write(block, to: &filler)
                continue
            }
            touch(block.series.sensor, table, window)
            let left = try block.columns()
                .applying(deletions[block.series.sensor] ?? [], to: block.series)
            write(left, of: block.series, table, isTail: false, to: &filler)
        }
        try finish(&filler, target, on: connection)
    }
}
