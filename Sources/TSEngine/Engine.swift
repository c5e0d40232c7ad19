package import Logging
package import Model
package import Postgres
internal import Synchronization

/// The store of beliefs: the module's front door. (`TSEngine` would hide the module's own name.)
///
/// An append that returns is committed by Postgres and visible to every query that starts later.
package final class Engine: Sendable {
    private let configuration: EngineConfiguration
    let pool: PostgresPool
    private let queue: CommitQueue
    private let series = SeriesTable()
    let memtable: Memtable
    let blocks: BlockReader
    private let committer: Committer
    let recentValues = LastValues()
    private let compactor: Compactor
    private let counters = EngineStatistics()
    let readIndex: ReadIndex

    /// Prepares an engine; `run` must be under way before anything is appended.
    package init(pool: PostgresPool, configuration: EngineConfiguration, logger: Logger) {
        self.configuration = configuration
        self.pool = pool
        memtable = Memtable(series: series)
        queue = CommitQueue(byteCountMax: configuration.queueByteCountMax)
        blocks = BlockReader(cache: BlockCache(byteCountMax: configuration.cacheByteCountMax))
        let lease = PeerLease(seconds: configuration.leaseSeconds)
        readIndex = ReadIndex(lease: lease, pool: pool, queue: queue)
        committer = Committer(
            configuration: configuration,
            conninfo: pool.conninfo,
            queue: queue,
            memtable: memtable,
            blocks: blocks,
            statistics: counters,
            lease: lease,
            recentValues: recentValues,
            logger: logger
        )
        compactor = Compactor(
            configuration: configuration,
            conninfo: pool.conninfo,
            queue: queue,
            memtable: memtable,
            blocks: blocks,
            statistics: counters,
            logger: logger
        )
    }

    /// Commits and compacts until the task is cancelled; then finishes what was accepted.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.committer.run() }
            group.addTask {
                if self.configuration.compactsInBackground { await self.compactor.run() }
            }
            await withTaskCancellationHandler {
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
            } onCancel: {
                queue.close()
            }
            await group.waitForAll()
        }
    }

    /// Opens the engine, lends it to `body`, and stops it: for a command that needs it once.
    ///
    /// - Throws: `EngineError`, or what `body` throws.
    package func whileRunning<R: Sendable>(
        _ body: (Engine) async throws -> R
    ) async throws -> R {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.run() }
            // The group must not wait for `run` if this throws.
            defer { group.cancelAll() }
            try await open()
            return try await body(self)
        }
    }

    /// Recovers: reads the journal into the memtable. Call once, with `run` under way, before
    /// serving queries.
    ///
    /// - Throws: `EngineError`.
    package func open() async throws {
        do {
            try await pool.withConnection { [blocks] connection in
                try blocks.loadWindows(on: connection)
                try blocks.acquaint(connection)
            }
            try await withCheckedThrowingContinuation { continuation in
                let runs = queue.run { committer in
                    continuation.resume(with: Result { try committer.open() })
                }
                if !runs {
                    continuation.resume(throwing: EngineError(.stopped, "the store is closing"))
                }
            } as Void
        } catch {
            throw Committer.engineError(error)
        }
    }

    /// Stores what the saving rules accept of `request`, whole or not at all.
    ///
    /// - Throws: `EngineError`; `.replacement`, `.overloaded` and `.stopped` mean that nothing was
    ///   stored.
    package func append(_ request: AppendRequest) async throws -> AppendOutcome {
        let slots = series.slots(of: request.batches.map(\.series))
        let batches = zip(slots, request.batches).map {
            CommitWork.SlottedBatch(slot: $0, batch: $1)
        }
        return try await queue.append(.batches(batches))
    }

    /// The numbers by which mixed batches name series; a new series gets one. They hold as long as
    /// the process runs.
    package func slots(of keys: [SeriesKey]) -> [SeriesSlot] {
        series.slots(of: keys).map { SeriesSlot($0) }
    }

    /// Stores each row as the newest belief about its event, unless it repeats the newest one.
    ///
    /// `batch`: no NaN; slots from `slots(of:)`. Of several rows about one event the last counts.
    /// `receivedAt`: since when the beliefs are held (for events of which nothing is stored:
    /// to the second, or since the event itself if that is later).
    ///
    /// - Throws: `EngineError`; `.overloaded` and `.stopped` mean that nothing was stored.
    package func append(
        _ batch: MixedBatch,
        receivedAt: Timestamp
    ) async throws -> AppendOutcome {
        try await queue.append(.mixed(batch, receivedAt: receivedAt.microseconds))
    }

    /// As `append`, for beliefs that are stored as they are; see `load(_:)`.
    func load(_ entries: [CommitWork.SlottedBatch]) async throws {
        _ = try await queue.append(.verbatim(entries))
    }

    /// Removes beliefs: at once from what is read, with the next compaction from the disk.
    ///
    /// - Throws: `EngineError`; nothing was removed.
    package func delete(_ deletions: [Deletion]) async throws {
        guard !deletions.isEmpty else { return }
        _ = try await queue.append(.deletions(deletions))
    }

    /// One belief per event.
    ///
    /// `ranks`: how sources rank among each other; asked only if several know an event.
    /// - Throws: `EngineError`.
    package func query(
        _ query: SeriesQuery,
        ranks: ([SourceID]) -> [SourceID: SourceRank]
    ) async throws -> SelectedBeliefs {
        do { try await readIndex.wait() } catch { throw Committer.engineError(error) }
        // Memtable first, then blocks: see `BeliefGatherer`.
        let snapshot = memtable.snapshot
        let recent = memtable.columns(of: query.sensor, ofEventsIn: query.events, in: snapshot)
        let plan = blocks.plan(query.sensor, events: query.events)
        do {
            var rows = plan.rows
            if !plan.missing.isEmpty {
                rows = try await pool.withConnection(retryingOnce: true) { [blocks] connection in
                    try blocks.complete(plan, on: connection)
                }
            }
            let series = try BeliefGatherer.gather(
                memtable: recent,
                blocks: rows,
                hiddenBy: snapshot.blockDeletions,
                events: query.events
            )
            return Selection.select(series, query, ranks: ranks)
        } catch {
            throw Committer.engineError(error)
        }
    }

    /// The sources that have recorded anything about a sensor, ascending.
    ///
    /// - Throws: `EngineError`.
    package func sources(of sensor: SensorID) async throws -> [SourceID] {
        do { try await readIndex.wait() } catch { throw Committer.engineError(error) }
        let recent = memtable.columns(of: sensor, ofEventsIn: .min ... .max).keys
        do {
            let stored = try await pool.withConnection(retryingOnce: true) { connection in
                try LastEvents.read(of: [sensor], on: connection)
            }
            return Set(recent.map(\.source)).union(stored.keys.map(\.source)).sorted()
        } catch { throw Committer.engineError(error) }
    }

    /// Moves all that is committed now into blocks, also what other processes have committed.
    ///
    /// - Returns: how many beliefs were moved by this process.
    package func compact() async throws -> Int {
        do {
            let target = try await sequence().lastSegment
            var movedCount = 0
            while true {
                switch try await compactor.compact() {
                case .nothingToDo: return movedCount
                case .moved(let count): movedCount += count
                // Another server writes or compacts at this moment: let it go first.
                case .overtaken: try await Task.sleep(for: .milliseconds(50))
                }
                if try await sequence().compactedSegment >= target { return movedCount }
            }
        } catch { throw Committer.engineError(error) }
    }

    private func sequence() async throws -> CommitSequence {
        try await pool.withConnection(retryingOnce: true) { connection in
            try CommitSequence.read(on: connection)
        }
    }

    /// Counters and gauges of this process.
    package var statistics: EngineStatistics.Snapshot {
        var snapshot = counters.snapshot
        let cache = blocks.cache.statistics
        snapshot.cacheHitCount = cache.hitCount
        snapshot.cacheMissCount = cache.missCount
        snapshot.cacheEvictionCount = cache.evictionCount
        snapshot.cacheByteCount = cache.byteCount
        (snapshot.queueByteCount, snapshot.queueRequestCount) = queue.depth
        return snapshot
    }
}
