package import Logging
package import Model
package import Postgres
internal import Synchronization

/// What there is: accounts, assets, sensors and sources, in memory over the database.
///
/// Look-ups take one lock and no I/O. They show what `load()`, this process' own writes and, while
/// `run()` is running, the writes of all other processes have left in the database.
package final class CatalogStore: Sendable {
    let pool: PostgresPool
    let clock: any WallClock
    let log: Logger
    private let sourceOrder: SourceOrder
    /// How this store signs what it shows without reading it (`BulkSensorsMigration`).
    let writer = String(UInt64.random(in: .min ... .max), radix: 16)
    private let live: Mutex<Live>
    let queue = CatalogRefreshQueue()

    /// Reads of rows, to tell whether one overlapped with something.
    struct ReadCount: Equatable {
        var begun = 0
        var ended = 0
    }

    private struct Live {
        var tables = CatalogTables()
        var lastHeard: Timestamp?
        var reads = ReadCount()

        mutating func heard(_ mark: Timestamp?) {
            guard let mark else { return }
            lastHeard = max(lastHeard ?? mark, mark)
        }
    }

    /// The pool is of the database that has the catalog's tables (`CatalogMigrations`).
    package init(
        pool: PostgresPool,
        clock: any WallClock = SystemWallClock(),
        sourceOrder: SourceOrder = .versionFirst,
        log: Logger = Logger(label: "penstock.catalog")
    ) {
        (self.pool, self.clock, self.log) = (pool, clock, log)
        self.sourceOrder = sourceOrder
        live = Mutex(Live())
    }

    /// Reads everything. Look-ups find nothing before, and go on with the old state meanwhile.
    ///
    /// - Throws: `.unavailable`, or `.unexpected` when the tables are missing.
    package func load() async throws(CatalogError) {
        try await refresh(.everything)
    }

    /// What the database held before this moment is in memory, by whomever it was written. Nil
    /// before the first load. Moves on about every second while `run()` runs and hears.
    package var lastHeard: Timestamp? { live.withLock { $0.lastHeard } }

    // MARK: one row

    package func account(_ id: AccountID) -> Account? { tables { $0.accounts[id] } }
    package func assetType(_ id: AssetTypeID) -> AssetType? { tables { $0.assetTypes[id] } }
    package func asset(_ id: AssetID) -> Asset? { tables { $0.assets[id] } }
    package func sensor(_ id: SensorID) -> Sensor? { tables { $0.sensors[id] } }
    package func source(_ id: SourceID) -> DataSource? { tables { $0.sources[id] } }
    /// The source of type `user` through which a user speaks, if there is one already.
    package func source(of user: UserID) -> DataSource? { tables { $0.source(of: user) } }

    /// To whom a sensor belongs; nil if there is no such sensor. Cost: one lock, no allocation.
    package func owner(of sensor: SensorID) -> SensorOwnership? {
        tables { $0.owner(of: sensor) }
    }

    // MARK: rows of something, by ascending id

    /// The assets of an account; of nobody (the public ones) for nil.
    package func assets(of account: AccountID?) -> [Asset] { tables { $0.assets(of: account) } }
    package func children(of asset: AssetID) -> [Asset] { tables { $0.children(of: asset) } }
    /// All assets below `asset`, nearest first, without itself.
    package func offspring(of asset: AssetID) -> [Asset] { tables { $0.offspring(of: asset) } }
    package func sensors(of asset: AssetID) -> [Sensor] { tables { $0.sensors(of: asset) } }
    /// At most `limit` of an asset's sensors with ids above `id`: there may be a million.
    package func sensors(of asset: AssetID, after id: SensorID?, limit: Int) -> [Sensor] {
        tables { $0.sensors(of: asset, after: id, limit: limit) }
    }
    package func sensorCount(of asset: AssetID) -> Int { tables { $0.sensorCount(of: asset) } }
    /// A number that grows when a sensor of the asset goes, moves or changes, and when the asset
    /// does; not when sensors are added. Nil if there is no such asset. Cost: one lock.
    package func sensorGeneration(of asset: AssetID) -> UInt64? {
        tables { $0.sensorGeneration(of: asset) }
    }

    /// Where the given sources stand among each other; sources that do not exist are left out.
    package func ranks(of sources: some Sequence<SourceID>) -> [SourceID: SourceRank] {
        let known = tables { tables in sources.compactMap { tables.sources[$0] } }
        return SourceRank.ranks(of: known, sourceOrder)
    }

    // MARK: all rows, by ascending id

    package func accountRoles() -> [AccountRole] { all { $0.accountRoles } }
    package func accounts() -> [Account] { all { $0.accounts } }
    package func assetTypes() -> [AssetType] { all { $0.assetTypes } }
    package func assets() -> [Asset] { all { $0.assets } }
    package func sources() -> [DataSource] { all { $0.sources } }

    /// At most `limit` sensors with ids above `id`: there may be a million.
    package func sensors(after id: SensorID? = nil, limit: Int) -> [Sensor] {
        tables { $0.sensors.rows(after: id, limit: limit) }
    }

    // MARK: keeping up

    /// Reads changed rows again and puts them into the tables, after all reads under way.
    func refresh(_ changes: CatalogChanges) async throws(CatalogError) {
        try await queue.refresh(changes) { changes throws(CatalogError) in try await read(changes) }
    }

    /// Shows rows that are known to be committed, where the tables have nothing of that id.
    func showIfAbsent(_ rows: CatalogRows) {
        live.withLock { $0.tables.insertIfAbsent(rows) }
    }

    /// What to hand to `show(_:committedAfter:)`.
    var readCount: ReadCount { live.withLock { $0.reads } }

    /// Shows rows that were committed after `count` was taken, as `showIfAbsent`.
    ///
    /// - Returns: false if a read of rows was under way meanwhile: as it may have seen an older
    ///   state, or a newer one, the rows must be read.
    func show(_ rows: CatalogRows, committedAfter count: ReadCount) -> Bool {
        live.withLock { live in
            live.tables.insertIfAbsent(rows)
            return count.begun == count.ended && live.reads == count
        }
    }

    private func read(_ changes: CatalogChanges) async throws(CatalogError) {
        let rowReads = changes.hasRows ? 1 : 0
        live.withLock { $0.reads.begun += rowReads }
        defer { live.withLock { $0.reads.ended += rowReads } }
        var changes = changes
        if !changes.isEverything {
            let asked = changes
            let (found, wider) = try await onConnection(retryingOnce: true) { connection in
                var wider = asked
                let reader = try CatalogReader.changed(&wider, connection)
                return (reader, wider)
            }
            changes = wider
            if !changes.isEverything {
                report(found.unreadable)
                live.withLock { live in
                    live.tables.apply(found.rows, for: changes)
                    live.heard(changes.mark)
                }
                return
            }
        }
        let start = clock.now()
        let (tables, unreadable) = try await onConnection(retryingOnce: true) { connection in
            try CatalogReader.everything(connection)
        }
        report(unreadable)
        var replaced = tables
        live.withLock { live in
            replaced.succeed(live.tables)
            swap(&live.tables, &replaced)
            live.heard(start)
        }
        // The old tables are freed here, outside of the lock.
        _ = consume replaced
    }

    /// Lends a connection, and says what went wrong in the catalog's words.
    func onConnection<R: Sendable>(
        retryingOnce: Bool = false,
        _ body: @escaping @Sendable (borrowing PostgresConnection) throws -> R
    ) async throws(CatalogError) -> R {
        do {
            return try await pool.withConnection(retryingOnce: retryingOnce, body)
        } catch let error as CatalogError {
            throw error
        } catch let error as PostgresError {
            throw CatalogError(error)
        } catch {
            throw .unexpected(cause: .unexpected("\(error)"))
        }
    }

    private func report(_ unreadable: UnreadableRows) {
        guard let first = unreadable.first else { return }
        log.error("left \(unreadable.count) rows out that are not understood, the first: \(first)")
    }

    private func tables<R>(_ body: (borrowing CatalogTables) -> R) -> R {
        live.withLock { body($0.tables) }
    }

    /// Rows a lock is held for: well below a millisecond.
    private static let rowsPerLock = 1_024

    private func all<Row>(_ table: (borrowing CatalogTables) -> CatalogTable<Row>) -> [Row] {
        var found: [Row] = []
        while true {
            let next = tables { tables in
                table(tables).rows(after: found.last?.id, limit: Self.rowsPerLock)
            }
            found += next
            if next.count < Self.rowsPerLock { return found }
        }
    }
}
