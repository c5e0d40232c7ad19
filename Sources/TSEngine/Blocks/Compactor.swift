internal import Dispatch
internal import Logging
internal import Model
internal import Postgres
internal import Synchronization

/// Moves committed beliefs from the journal into blocks, in the background.
///
/// The memtable's frozen layer is exactly what the compacted segments hold, so nothing is read from
/// the journal. Blocks, the journal's end and the sequence change in one transaction; a crash leaves
/// the old state or the new one.
final class Compactor: Sendable {
    private let configuration: EngineConfiguration
    private let conninfo: String
    private let queue: CommitQueue
    private let memtable: Memtable
    private let blocks: BlockReader
    private let statistics: EngineStatistics
    private let logger: Logger
    /// One compaction at a time in this process; also the thread of its connection.
    private let thread = DispatchQueue(label: "compactor", qos: .utility)

    init(
        configuration: EngineConfiguration,
        conninfo: String,
        queue: CommitQueue,
        memtable: Memtable,
        blocks: BlockReader,
        statistics: EngineStatistics,
        logger: Logger
    ) {
        self.configuration = configuration
        self.conninfo = conninfo
        self.queue = queue
        self.memtable = memtable
        self.blocks = blocks
        self.statistics = statistics
        self.logger = logger
    }

    /// Compacts when enough has come together or enough time has passed, until cancelled.
    func run() async {
        var pauseMilliseconds = 100
        var pauseCount = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(pauseMilliseconds))
            pauseMilliseconds = 100
            pauseCount += 1
            // Well within a lease's time.
            if pauseCount % 2 == 0 { _ = queue.run { committer in committer.poll() } }
            guard let isBusy = isDue, !Task.isCancelled else { continue }
            do {
                try await compact(isBusy: isBusy)
            } catch let error as EngineError where error.code == .stopped {
                return
            } catch {
                logger.error("compaction failed; trying again", metadata: ["error": "\(error)"])
                pauseMilliseconds = 2_000
            }
        }
    }

    /// Whether the next compaction is a busy one; nil if none is due.
    private var isDue: Bool? {
        let now = statistics.snapshot
        if now.activeValueCount >= configuration.compactionValueCount { return true }
        if now.frozenValueCount > 0 { return false }
        let age = Double(DispatchTime.now().uptimeNanoseconds &- now.activeSince) / 1e9
        let isOld = age >= configuration.compactionAgeSeconds
        return (now.activeValueCount > 0 || now.deletionCount > 0) && isOld ? false : nil
    }

    /// What a compaction came to.
    enum Outcome: Equatable {
        /// This many beliefs are in blocks now.
        case moved(Int)
        /// The memtable was empty.
        case nothingToDo
        /// Another process has committed or compacted meanwhile; nothing was moved here.
        case overtaken
    }

    /// Compacts what is committed now, if no other process comes between.
    ///
    /// `isBusy`: see `RewritePlan.current`.
    @discardableResult
    func compact(isBusy: Bool = false) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            thread.async {
                continuation.resume(with: Result { try self.compactHere(isBusy: isBusy) })
            }
        }
    }

    private func compactHere(isBusy: Bool) throws -> Outcome {
        let frozen: CommitSequence
        switch try onCommitter({ try $0.freeze() }) {
        case .frozen(let sequence): frozen = sequence
        case .empty: return .nothingToDo
        case .overtaken: return .overtaken
        }
        let began = DispatchTime.now()
        memtable.mergeFrozen()
        let layer = FrozenLayer(memtable.snapshot, memtable.series)
        let connection = try PostgresConnection(
            conninfo,
            applicationName: "penstock-compactor",
            timeoutMilliseconds: 600_000
        )
        try Compaction.ensurePartitions(
            PartitionWindow.withNext(layer.windows, now: SystemWallClock().now()),
            of: .current,
            blocks: blocks,
            on: connection
        )
        while true {
            try connection.execute("BEGIN")
            // Held to the end, so that no other process compacts meanwhile. "compact" in ASCII.
            try connection.execute("SELECT pg_advisory_xact_lock(x'636f6d70616374'::bigint)")
            let now = try CommitSequence.read(on: connection)
            guard now.compactedSegment == frozen.compactedSegment else {
                try connection.execute("ROLLBACK")
                _ = try onCommitter { try $0.catchUp() }
                return .overtaken
            }
            // Another process may have made or emptied partitions.
            try blocks.loadWindows(on: connection)
            let generation = now.generation + 1
            var compaction = Compaction(
                generation: generation,
                isBusy: isBusy,
                chunkValueCountMax: configuration.compactionChunkValueCount,
                blocks: blocks
            )
            try compaction.carryOut(layer.deletions, on: connection)
            try compaction.write(layer, on: connection)
            guard compaction.missingHistory.isEmpty else {
                try connection.execute("ROLLBACK")
                try Compaction.ensurePartitions(
                    compaction.missingHistory,
                    of: .history,
                    blocks: blocks,
                    on: connection
                )
                continue
            }
            try finish(compaction.touched, frozen, generation: generation, on: connection)
            statistics.compacted(since: began)
            return .moved(layer.valueCount)
        }
    }

    /// Commits, while the committer stands still: it would wait for the sequence's row anyway, and
    /// so finds sequence, cache and memtable changed as one.
    private func finish(
        _ touched: Set<BlockCache.Key>,
        _ frozen: CommitSequence,
        generation: Int64,
        on connection: borrowing PostgresConnection
    ) throws {
        let (isStanding, isDone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let compacted = CommitSequence(
            lastSegment: frozen.lastSegment,
            compactedSegment: frozen.lastSegment,
            generation: generation
        )
        let committed = SharedFlag()
        let runs = queue.run { committer in
            isStanding.signal()
            isDone.wait()
            if committed.isSet { committer.dropFrozen(compacted) }
        }
        guard runs else { throw EngineError(.stopped, "the store is closing") }
        isStanding.wait()
        defer { isDone.signal() }
        try connection.query(
            """
            UPDATE commit_sequence SET compacted_segment = \(frozen.lastSegment),
            generation = \(generation) WHERE shard = \(CommitSequence.shard)
            """
        )
        try Journal.dropCompactedPartitions(on: connection)
        try connection.execute("COMMIT")
        blocks.cache.invalidate(touched)
        committed.set()
    }

    /// Runs `body` on the committer's thread and waits for it.
    private func onCommitter<R: Sendable>(
        _ body: @escaping @Sendable (Committer) throws -> R
    ) throws -> R {
        let done = DispatchSemaphore(value: 0)
        let result = MutexBox<Result<R, any Error>?>(nil)
        let runs = queue.run { committer in
            let outcome = Result { try body(committer) }
            result.withLock { $0 = outcome }
            done.signal()
        }
        guard runs else { throw EngineError(.stopped, "the store is closing") }
        done.wait()
        guard let outcome = result.withLock({ $0 }) else {
            preconditionFailure("set before the signal")
        }
        return try outcome.get()
    }
}

/// Set once, on one thread, before another is woken to read it.
private final class SharedFlag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { flag.load(ordering: .acquiring) }
    func set() { flag.store(true, ordering: .releasing) }
}
