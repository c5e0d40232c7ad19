internal import Model
internal import Postgres

/// One compaction's work in Postgres: frozen beliefs into blocks, chunk by chunk, in the caller's
/// transaction.
struct Compaction: ~Copyable {
    /// Beliefs that are merged at a time: bounds the memory beside the memtable.
    private let chunkValueCountMax: Int
    /// Series that are merged at a time: bounds the statements' arrays.
    private static let chunkSeriesCountMax = 2_000

    let blocks: BlockReader
    private let generation: Int64
    /// Whether compactions follow one another: then half-full blocks are left for a quieter time.
    private let isBusy: Bool
    private var blockCount: Int64 = 0
    /// Scale of the last block written, which is tried first for the next: also for the next series,
    /// as a site's series mostly have the same number of digits.
    private var scale: BlockScale?
    /// Cache keys whose rows have changed.
    private(set) var touched: Set<BlockCache.Key> = []

    /// Partitions of the history table that are missing: most years have none, as making one takes
    /// some pages. If there are any, the work must be done again with them.
    private(set) var missingHistory: Set<PartitionWindow> = []

    /// `generation`: number of this compaction.
    init(
        generation: Int64,
        isBusy: Bool,
        chunkValueCountMax: Int,
        blocks: BlockReader
    ) {
        self.chunkValueCountMax = chunkValueCountMax
        self.generation = generation
        self.isBusy = isBusy
        self.blocks = blocks
    }

    /// Makes partitions that do not exist yet.
    ///
    /// Not in a compaction's transaction, as making one locks its parent table.
    static func ensurePartitions(
        _ windows: Set<PartitionWindow>,
        of table: BlockTable,
        blocks: BlockReader,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) {
        var isChanged = false
        for window in windows.sorted() where !blocks.hasWindow(window, of: table) {
            isChanged = true
            let year = window.year.map(Int64.init)
            try connection.query(
                "SELECT penstock_make_block_partition(\(table.rawValue), \(year)::integer)"
            )
        }
        if isChanged { try blocks.loadWindows(on: connection) }
    }

    /// Writes all of `layer` to blocks.
    mutating func write(
        _ layer: FrozenLayer,
        on connection: borrowing PostgresConnection
    ) throws {
        var chunk: [FrozenLayer.Part] = []
        var valueCount = 0
        try layer.forEachPart { part throws in
            chunk.append(part)
            valueCount += part.columns.count
            if valueCount >= chunkValueCountMax || chunk.count >= Self.chunkSeriesCountMax {
                try write(chunk, on: connection)
                (chunk, valueCount) = ([], 0)
            }
        }
        if !chunk.isEmpty { try write(chunk, on: connection) }
    }

    private mutating func write(
        _ parts: [FrozenLayer.Part],
        on connection: borrowing PostgresConnection
    ) throws {
        var byWindow: [PartitionWindow: [FrozenLayer.Part]] = [:]
        for part in parts {
            for (window, columns) in BlockSplit.windows(of: part.columns) {
                byWindow[window, default: []].append(
                    FrozenLayer.Part(series: part.series, columns: columns)
                )
            }
        }
        for (window, parts) in byWindow {
            // The current layer first: what it supersedes goes to history.
            let superseded = try writeCurrent(parts, window, on: connection)
            try writeHistory(superseded, window, on: connection)
        }
    }

    /// - Returns: what is not the latest belief of its event (any more).
    private mutating func writeCurrent(
        _ parts: [FrozenLayer.Part],
        _ window: PartitionWindow,
        on connection: borrowing PostgresConnection
    ) throws -> [FrozenLayer.Part] {
        let target = Target(table: .current, window: window, parts: parts)
        let zones = try ZoneEntry.read(
            of: target.sensors,
            table: .current,
            window: window,
            on: connection
        )
        let plans = parts.map {
            let zones = zones[$0.series] ?? []
            return ($0.series, RewritePlan.current($0.columns, into: zones, isBusy: isBusy))
        }
        var superseded: [FrozenLayer.Part] = []
        try rewrite(plans, target, on: connection) { series, old, new in
            let (current, rest) = BlockSplit.layers(of: old.merged(with: new))
            if !rest.isEmpty { superseded.append(FrozenLayer.Part(series: series, columns: rest)) }
            return current
        }
        return superseded
    }

    private mutating func writeHistory(
        _ parts: [FrozenLayer.Part],
        _ window: PartitionWindow,
        on connection: borrowing PostgresConnection
    ) throws {
        guard !parts.isEmpty else { return }
        guard blocks.hasWindow(window, of: .history) else {
            missingHistory.insert(window)
            return
        }
        var merged: [SeriesKey: BeliefColumns] = [:]
        for part in parts {
            merged[part.series] = merged[part.series]?.merged(with: part.columns) ?? part.columns
        }
        let target = Target(table: .history, window: window, parts: parts)
        let zones = try ZoneEntry.read(
            of: target.sensors,
            table: .history,
            window: window,
            on: connection
        )
        let plans = merged.sorted { $0.key < $1.key }
            .map { ($0.key, RewritePlan.history($0.value, into: zones[$0.key] ?? [])) }
        try rewrite(plans, target, on: connection) { _, old, new in old.merged(with: new) }
    }

    /// Where rows go.
    private struct Target {
        let table: BlockTable
        let window: PartitionWindow
        /// The sensors concerned, each once.
        let sensors: [SensorID]

        init(table: BlockTable, window: PartitionWindow, parts: [FrozenLayer.Part]) {
            self.table = table
            self.window = window
            sensors = Array(Set(parts.map(\.series.sensor))).sorted()
        }

        var name: String { window.table(of: table) }
    }

    /// Reads the blocks that the plans name, deletes them, and writes what `merge` makes of each
    /// with its new beliefs.
    private mutating func rewrite(
        _ plans: [(SeriesKey, RewritePlan)],
        _ target: Target,
        on connection: borrowing PostgresConnection,
        merge: (SeriesKey, _ old: BeliefColumns, _ new: BeliefColumns) -> BeliefColumns
    ) throws {
        let rewritten = plans.flatMap { $0.1.steps.flatMap { $0.blocks.map(\.blockID) } }
        var old: [Int64: BlockRow] = [:]
        if !rewritten.isEmpty {
            let rows = try connection.query(
                """
                DELETE FROM \(unescaped: target.name)
                WHERE sensor_id = ANY(\(.ints(target.sensors.map(\.rawValue))))
                AND block_id = ANY(\(.ints(rewritten))) RETURNING \(unescaped: BlockRow.sqlColumns)
                """
            )
            for row in 0..<rows.count {
                let block = try BlockRow(rows, row)
                old[block.blockID] = block
            }
        }
        var copy = CopyBuffer()
        for (series, plan) in plans {
            touched.insert(
                BlockCache.Key(sensor: series.sensor, table: target.table, window: target.window)
            )
            for step in plan.steps {
                var before = BeliefColumns()
                for block in step.blocks {
                    if let row = old[block.blockID] { before.merge(try row.columns()) }
                }
                let after = merge(series, before, step.columns)
                write(after, of: series, target.table, isTail: step.isTail, to: &copy)
            }
        }
        copy.finish()
        let columns = BlockRow.sqlColumns
        try connection.copy(copy, into: "\(target.name) (\(columns))")
    }

    /// Appends the blocks of `columns` to what is copied.
    mutating func write(
        _ columns: BeliefColumns,
        of series: SeriesKey,
        _ table: BlockTable,
        isTail: Bool,
        to copy: inout CopyBuffer
    ) {
        switch table {
        case .history:
            for row in historyRows(of: columns, series) { row.write(to: &copy) }
        case .current:
            for row in isTail ? filledRows(of: columns, series) : evenRows(of: columns, series) {
                row.write(to: &copy)
            }
        }
    }

    /// One full block after the other, as more is to follow.
    ///
    /// Rows that do not fit into a page go to the TOAST table in chunks, which costs up to a fifth
    /// more: a block is full when it fills a page, unless that makes it too small.
    private mutating func filledRows(
        of columns: BeliefColumns,
        _ series: SeriesKey
    ) -> [BlockRow] {
        var rows: [BlockRow] = []
        var (first, countMax) = (0, BlockCodec.valueCountMax)
        while first < columns.count {
            var count = min(countMax, columns.count - first)
            var next = row(of: columns.slice(first..<first + count), series)
            while let fitting = next.fittingCount(percent: 98), fitting < count {
                count = fitting
                next = row(of: columns.slice(first..<first + count), series)
            }
            // The next one is much like this one.
            countMax = next.fittingCount(percent: 99) ?? BlockCodec.valueCountMax
            rows.append(next)
            first += count
        }
        guard let last = rows.popLast() else { return rows }
        // What is left over may leave much of a page empty; in parts it shares pages with others.
        let partCount = last.pageFriendlyPartCount
        guard partCount > 1 else { return rows + [last] }
        let rest = columns.slice(columns.count - last.valueCount..<columns.count)
        let countMaxOfParts = (rest.count + partCount - 1) / partCount
        return rows
            + BlockSplit.even(rest, valueCountMax: countMaxOfParts).map { row(of: $0, series) }
    }

    /// Tiles whose rows fill pages; how long they must be is seen when they are encoded.
    private mutating func historyRows(
        of columns: BeliefColumns,
        _ series: SeriesKey
    ) -> [BlockRow] {
        let rows = HistoryTiles.split(columns).map { row(of: $0, series) }
        guard rows.count > 1 || columns.count > BlockCodec.valueCountTarget else { return rows }
        let countMax = HistoryTiles.tileValueCount(
            valueCount: columns.count,
            payloadByteCount: rows.reduce(0) { $0 + $1.payload.count }
        )
        guard countMax < BlockCodec.valueCountMax else { return rows }
        return HistoryTiles.split(columns, tileValueCountMax: countMax)
            .map { row(of: $0, series) }
    }

    /// Blocks of equal length, so that each has room for late values.
    private mutating func evenRows(of columns: BeliefColumns, _ series: SeriesKey) -> [BlockRow] {
        let rows = BlockSplit.even(columns, valueCountMax: BlockCodec.valueCountMax)
            .map { row(of: $0, series) }
        let fitting = rows.compactMap { $0.fittingCount(percent: 95) }.min()
        guard let fitting else { return rows }
        return BlockSplit.even(columns, valueCountMax: fitting).map { row(of: $0, series) }
    }

    private mutating func row(of columns: BeliefColumns, _ series: SeriesKey) -> BlockRow {
        blockCount += 1
        // 2^24 blocks a compaction is more than a memtable holds beliefs.
        return BlockRow(
            series: series,
            columns: columns,
            blockID: generation << 24 | blockCount,
            scale: &scale
        )
    }

    mutating func touch(_ sensor: SensorID, _ table: BlockTable, _ window: PartitionWindow) {
        touched.insert(BlockCache.Key(sensor: sensor, table: table, window: window))
    }
}
