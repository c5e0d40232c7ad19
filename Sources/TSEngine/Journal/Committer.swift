internal import Dispatch
internal import Logging
internal import Model
internal import Postgres
internal import Synchronization

/// Takes groups of requests from the queue, applies the saving rules, commits each group as one
/// segment, makes it visible in the memtable, and only then answers the requests.
///
/// Runs on one thread of its own, on which all of its state is touched: `@unchecked Sendable` for
/// that reason. Others reach it by errands in the queue. What it does is spread over
/// `Committer+Preparing`, `+Following` and `+Compaction`.
final class Committer: @unchecked Sendable {
    let configuration: EngineConfiguration
    private let conninfo: String
    private let queue: CommitQueue
    let memtable: Memtable
    let blocks: BlockReader
    let statistics: EngineStatistics
    let lease: PeerLease
    let logger: Logger
    let rules: SavingRules
    private let thread = DispatchQueue(label: "committer", qos: .userInitiated)

    private var connection: PostgresConnection?
    /// What this process has applied.
    var sequence: CommitSequence
    /// What is stored of each series, by slot.
    var marks = HighWaterMarks()
    /// Every series' key, by slot: a copy of what the series table has.
    var keys: [SeriesKey] = []
    /// No sensor with a higher id has blocks.
    var sensorMaxInBlocks: Int64 = .max
    /// Highest segment of the frozen layer, if there is one.
    var frozenSegment: Int64?

    init(
        configuration: EngineConfiguration,
        conninfo: String,
        queue: CommitQueue,
        memtable: Memtable,
        blocks: BlockReader,
        statistics: EngineStatistics,
        lease: PeerLease,
        logger: Logger
    ) {
        self.configuration = configuration
        self.conninfo = conninfo
        self.queue = queue
        self.memtable = memtable
        self.blocks = blocks
        self.statistics = statistics
        self.lease = lease
        self.logger = logger
        rules = SavingRules(allowsOverwrite: configuration.allowsOverwrite)
        sequence = CommitSequence(lastSegment: 0, compactedSegment: 0, generation: 0)
    }

    /// Works until the queue is closed and empty.
    func run() async {
        await withCheckedContinuation { continuation in
            thread.async {
                while let next = self.queue.next(
                    valueCountMax: self.configuration.groupValueCountMax
                ) {
                    for errand in next.errands { errand(self) }
                    if !next.group.isEmpty { self.commit(next.group) }
                }
                self.connection = nil
                continuation.resume()
            }
        }
    }

    /// Recovers the memtable from the journal.
    func open() throws { try connect() }

    // MARK: Groups

    private func commit(_ group: [CommitQueue.Waiting]) {
        let began = DispatchTime.now()
        let isDeletion = group.first?.work.isDeletion ?? false
        // A deletion makes room, and is let through.
        guard isDeletion || statistics.memtableValueCount < configuration.memtableValueCountMax
        else {
            fail(group, EngineError(.overloaded, "the memtable is full until the next compaction"))
            return
        }
        do {
            // A second try after catching up with another process; its commits may change what
            // the saving rules say, so they are applied anew.
            for _ in 0..<8 {
                try connect()
                let (content, outcomes) = try prepare(group)
                if try content.isEmpty || store(content) {
                    statistics.committed(content.valueCount, group.count, since: began)
                    answer(group, outcomes)
                    return
                }
                try catchUp()
            }
            fail(group, EngineError(.overloaded, "other servers commit without pause"))
        } catch {
            let error = Self.engineError(error)
            logger.error("commit failed", metadata: ["error": "\(error)"])
            fail(group, error)
            if error.code == .unavailable {
                disconnect()
                fail(queue.drain(), error)
            }
        }
    }

    /// What a group comes to.
    struct Content {
        var deletions: [Deletion] = []
        var run = SortedRun.empty

        var valueCount: Int { run.count }
        var isEmpty: Bool { deletions.isEmpty && run.count == 0 }
    }

    // MARK: Postgres

    /// - Returns: false if another process has committed meanwhile.
    private func store(_ content: Content) throws -> Bool {
        var segment = content.run.segment(keys: keys)
        segment.deletions = content.deletions
        let payload = SegmentCodec.encode(segment)
        lease.waitUntilKnown()
        let writer = Int64.random(in: .min ... .max)
        if (sequence.lastSegment + 1) % Journal.partitionSegmentCount == 0 {
            try withConnection { connection in
                try Journal.ensurePartition(holding: sequence.lastSegment + 1, on: connection)
            }
        }
        let outcome = try withConnection { connection in
            try CommitTransaction.run(
                payload: payload,
                valueCount: content.valueCount,
                writer: writer,
                after: sequence,
                on: connection
            )
        }
        switch outcome {
        case .committed:
            sequence.lastSegment += 1
            apply(content)
            return true
        case .behind: return false
        case .unknown:
            logger.warning("connection lost during a commit; asking what became of it")
            disconnect()
            let number = sequence.lastSegment + 1
            // Waits for the lost session's transaction, as that holds the sequence's row.
            connection = try PostgresConnection(conninfo, applicationName: "penstock-committer")
            try withConnection { connection in try lease.join(on: connection) }
            if try catchUp(lookingFor: writer) { return true }
            guard sequence.compactedSegment < number else {
                throw EngineError(.unavailable, "the outcome of a commit is not known")
            }
            throw EngineError(.unavailable, "the connection was lost before the commit")
        }
    }

    /// Makes what was committed visible.
    func apply(_ content: Content) {
        if !content.deletions.isEmpty {
            memtable.apply(content.deletions)
            let snapshot = memtable.snapshot
            statistics.setActive(
                snapshot.activeValueCount,
                deletionCount: snapshot.blockDeletions.count
            )
        }
        if content.run.count > 0 {
            memtable.append(content.run)
            statistics.addToMemtable(content.run.count)
        }
    }

    func connect() throws {
        if let open = connection.take() {
            let isIdle = open.isIdle
            connection = consume open
            if isIdle { return }
        }
        disconnect()
        connection = try PostgresConnection(
            conninfo,
            applicationName: "penstock-committer",
            timeoutMilliseconds: 6_000
        )
        try withConnection { connection in try lease.join(on: connection) }
        try catchUp()
    }

    var isConnected: Bool { connection != nil }

    func disconnect() {
        lease.revoke()
        connection = nil
    }

    func withConnection<R>(
        _ body: (borrowing PostgresConnection) throws -> R
    ) throws -> R {
        guard let open = connection.take() else {
            throw EngineError(.unavailable, "no connection to Postgres")
        }
        do {
            let result = try body(open)
            connection = consume open
            return result
        } catch {
            connection = consume open
            throw error
        }
    }

    // MARK: Answers

    private func answer(
        _ group: [CommitQueue.Waiting],
        _ outcomes: [Result<AppendOutcome, EngineError>]
    ) {
        for (waiting, outcome) in zip(group, outcomes) {
            waiting.continuation.resume(with: outcome)
        }
    }

    private func fail(_ group: [CommitQueue.Waiting], _ error: EngineError) {
        for waiting in group { waiting.continuation.resume(throwing: error) }
    }

    static func engineError(_ error: any Error) -> EngineError {
        switch error {
        case let error as EngineError: error
        case let error as PostgresError where error.isRetryable:
            EngineError(.unavailable, "the database did not answer", underlying: error)
        case let error as CodecError:
            EngineError(.corruption, "stored bytes are damaged", underlying: error)
        default: EngineError(.unavailable, "the database refused", underlying: error)
        }
    }
}
