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
    private var maker: BlockMaker
    /// Whether compactions follow one another: then half-full blocks are left for a quieter time.
    private let isBusy: Bool
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
        maker = BlockMaker(generation: generation)
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
        let zones = try target.zones(on: connection)
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
        let zones = try target.zones(on: connection)
        let plans = merged.map { series, columns in
            (series, RewritePlan.history(columns, into: zones[series] ?? []))
        }
        try rewrite(plans, target, on: connection) { _, old, new in old.merged(with: new) }
    }

    /// Which blocks are read and written.
    struct Target {
        let table: BlockTable
        let window: PartitionWindow
        /// The sensors concerned.
        let sensors: Set<SensorID>

        init(table: BlockTable, window: PartitionWindow, sensors: Set<SensorID>) {
            (self.table, self.window, self.sensors) = (table, window, sensors)
        }

        init(table: BlockTable, window: PartitionWindow, parts: [FrozenLayer.Part]) {
            self.init(table: table, window: window, sensors: Set(parts.lazy.map(\.series.sensor)))
        }

        var name: String { window.table(of: table) }

        /// The zone maps of the sensors' blocks, by series, in order of first event.
        func zones(
            on connection: borrowing PostgresConnection
        ) throws -> [SeriesKey: [PlacedZone]] {
            let found = try PlacedZone.read(
                of: sensors,
                in: table,
                window: window,
                on: connection
            )
            return Dictionary(grouping: found, by: \.zone.series)
                .mapValues { zones in
                    zones.sorted { ($0.firstEvent, $0.blockID) < ($1.firstEvent, $1.blockID) }
                }
        }

        /// Deletes the pages with some blocks.
        ///
        /// - Returns: those blocks by number, and the others, which were on the same pages and are to
        ///   be written again as they are: in the order of their series and events.
        func remove(
            _ zones: [PlacedZone],
            on connection: borrowing PostgresConnection
        ) throws -> (removed: [Int64: StoredBlock], others: [StoredBlock]) {
            guard !zones.isEmpty else { return ([:], []) }
            let pages = Set(zones.map(\.pageID)).sorted()
            let rows = try connection.query(
                SensorSpans(sensors).deletion(
                    BlockPage.sqlColumns,
                    of: name,
                    where: "page_id = ANY(\(.ints(pages)))"
                )
            )
            let wanted = Set(zones.map(\.zone))
            var (removed, others): ([Int64: StoredBlock], [StoredBlock]) = ([:], [])
            for row in 0..<rows.count {
                for block in try BlockPage.read(rows, row).blocks {
                    if wanted.contains(block.zone) {
                        removed[block.blockID] = block
                    } else {
                        others.append(block)
                    }
                }
            }
            // Every block that was named is gone from the table now, and must be written again.
            guard removed.count == zones.count else {
                throw EngineError(.corruption, "\(zones.count - removed.count) blocks are missing")
            }
            others.sort { ($0.series, $0.firstEvent) < ($1.series, $1.firstEvent) }
            return (removed, others)
        }
    }

    /// Reads the blocks that the plans name, deletes them, and writes what `merge` makes of each
    /// with its new beliefs.
    private mutating func rewrite(
        _ plans: [(SeriesKey, RewritePlan)],
        _ target: Target,
        on connection: borrowing PostgresConnection,
        merge: (SeriesKey, _ old: BeliefColumns, _ new: BeliefColumns) -> BeliefColumns
    ) throws {
        let rewritten = plans.flatMap { $0.1.steps.flatMap(\.blocks) }
        let (old, others) = try target.remove(rewritten, on: connection)
        var rest = others[...]
        var filler = PageFiller(target.table)
        for (series, plan) in plans.sorted(by: { $0.0 < $1.0 }) {
            touch(series.sensor, target.table, target.window)
            for step in plan.steps {
                var before = BeliefColumns()
                for block in step.blocks {
                    guard let block = old[block.blockID] else {
                        throw EngineError(.corruption, "block \(block.blockID) is missing")
                    }
                    before.merge(try block.columns())
                }
                let after = merge(series, before, step.columns)
                let event = after.eventStarts.first ?? .min
                while let other = rest.first, (other.series, other.firstEvent) < (series, event) {
                    filler.add(rest.removeFirst(), &maker)
                }
                write(after, of: series, target.table, isTail: step.isTail, to: &filler)
            }
        }
        for other in rest { filler.add(other, &maker) }
        try finish(&filler, target, on: connection)
    }

    mutating func finish(
        _ filler: inout PageFiller,
        _ target: Target,
        on connection: borrowing PostgresConnection
    ) throws {
        filler.finish(&maker)
        guard filler.pageCount > 0 else { return }
        try connection.copy(filler.copy, into: BlockPage.target(target.name))
    }

    /// Adds a block as it is.
    mutating func write(_ block: StoredBlock, to filler: inout PageFiller) {
        filler.add(block, &maker)
    }

    /// Adds the blocks of `columns`.
    mutating func write(
        _ columns: BeliefColumns,
        of series: SeriesKey,
        _ table: BlockTable,
        isTail: Bool,
        to filler: inout PageFiller
    ) {
        switch table {
        case .history:
            for block in historyBlocks(of: columns, series) { filler.add(block, &maker) }
        case .current where isTail: filler.add(tail: columns, of: series, &maker)
        case .current: for block in evenBlocks(of: columns, series) { filler.add(block, &maker) }
        }
    }

    /// Tiles that fill pages; how long they must be is seen when they are encoded.
    private mutating func historyBlocks(
        of columns: BeliefColumns,
        _ series: SeriesKey
    ) -> [StoredBlock] {
        let blocks = HistoryTiles.split(columns).map { maker.block(of: $0, series) }
        guard blocks.count > 1 || columns.count > BlockCodec.valueCountTarget else { return blocks }
        let countMax = HistoryTiles.tileValueCount(
            valueCount: columns.count,
            payloadByteCount: blocks.reduce(0) { $0 + $1.payload.count }
        )
        guard countMax < BlockCodec.valueCountMax else { return blocks }
        return HistoryTiles.split(columns, tileValueCountMax: countMax)
            .map { maker.block(of: $0, series) }
    }

    /// Blocks of equal length, so that each has room for late values.
    private mutating func evenBlocks(
        of columns: BeliefColumns,
        _ series: SeriesKey
    ) -> [StoredBlock] {
        let blocks = BlockSplit.even(columns, valueCountMax: BlockCodec.valueCountMax)
            .map { maker.block(of: $0, series) }
        let fitting = blocks.compactMap { $0.fittingCount(permille: 950) }.min()
        guard let fitting else { return blocks }
        return BlockSplit.even(columns, valueCountMax: fitting).map { maker.block(of: $0, series) }
    }

    mutating func touch(_ sensor: SensorID, _ table: BlockTable, _ window: PartitionWindow) {
        touched.insert(BlockCache.Key(sensor: sensor, table: table, window: window))
    }
}
