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
    let recentValues: LastValues
    let logger: Logger
    let rules: SavingRules
    private let thread = DispatchQueue(label: "committer", qos: .userInitiated)

    private var connection: PostgresConnection?
    private(set) var inFlight: InFlight?
    /// Groups that another process' commit went before: they are prepared anew.
    private var overtaken: [(group: [CommitQueue.Waiting], tryCount: Int)] = []
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
        recentValues: LastValues,
        logger: Logger
    ) {
        self.configuration = configuration
        self.conninfo = conninfo
        self.queue = queue
        self.memtable = memtable
        self.blocks = blocks
        self.statistics = statistics
        self.lease = lease
        self.recentValues = recentValues
        self.logger = logger
        rules = SavingRules(allowsOverwrite: configuration.allowsOverwrite)
        sequence = CommitSequence(lastSegment: 0, compactedSegment: 0, generation: 0)
    }

    /// Works until the queue is closed and empty.
    func run() async {
        await withCheckedContinuation { continuation in
            thread.async {
                while let next = self.next() {
                    if !next.errands.isEmpty {
                        self.settle()
                        for errand in next.errands { errand(self) }
                    }
                    if !next.group.isEmpty { self.commit(next.group) }
                }
                self.connection = nil
                continuation.resume()
            }
        }
    }

    /// What to do next; meanwhile a group that is on its way to the disk is finished.
    private func next() -> CommitQueue.Next? {
        let countMax = configuration.groupValueCountMax
        while true {
            if !overtaken.isEmpty {
                let (group, tryCount) = overtaken.removeFirst()
                commit(group, tryCount: tryCount)
                continue
            }
            guard inFlight != nil else { return queue.next(valueCountMax: countMax) }
            if let next = queue.nextIfAny(valueCountMax: countMax) { return next }
            settle(withinMicroseconds: 50)
        }
    }

    /// Recovers the memtable from the journal.
    func open() throws { try connect() }

    // MARK: Groups

    /// What a group comes to.
    struct Content {
        var deletions: [Deletion] = []
        var run = SortedRun.empty

        var valueCount: Int { run.count }
        var isEmpty: Bool { deletions.isEmpty && run.count == 0 }
    }

    /// A group whose transaction is sent and not yet answered by Postgres.
    struct InFlight {
        let content: Content
        let group: [CommitQueue.Waiting]
        let outcomes: Outcomes
        /// The number by which the commit is known again.
        let writer: Int64
        let began: DispatchTime
        /// How often it has been tried before.
        let tryCount: Int
    }

    /// Thrown while a group is prepared: the group in flight, whose beliefs it builds upon, has
    /// failed.
    struct Superseded: Error {}

    /// Tries of one group, while other processes go before it.
    private static let tryCountMax = 8

    /// Prepares a group, while the one before it is on its way to the disk; then sends it.
    private func commit(_ group: [CommitQueue.Waiting], tryCount: Int = 0) {
        let began = DispatchTime.now()
        let isDeletion = group.first?.work.isDeletion ?? false
        // A deletion makes room, and is let through.
        guard isDeletion || statistics.memtableValueCount < configuration.memtableValueCountMax
        else {
            fail(group, EngineError(.overloaded, "the memtable is full until the next compaction"))
            return
        }
        do {
            // Another try after the failure of the group before, or after catching up with another
            // process, whose commits may change what the saving rules say.
            for tryCount in tryCount..<Self.tryCountMax {
                if isDeletion { settle() }
                if inFlight == nil { try connect() }
                let prepared: (Content, Outcomes)
                do { prepared = try prepare(group) } catch is Superseded { continue }
                let (content, outcomes) = prepared
                // Its requests need not wait while this group is encoded; if it failed, this one must
                // not count on it.
                guard settle(withinMicroseconds: 0) else { continue }
                let payload = content.isEmpty ? [] : encoded(content)
                // What a group builds upon must be on the disk before anybody is told of it.
                guard settle() else { continue }
                if content.isEmpty {
                    statistics.committed(0, group.count, since: began)
                    answer(group, outcomes)
                    return
                }
                let writer = Int64.random(in: .min ... .max)
                let before = sequence
                try makeReadyToSend()
                // Connecting anew may have brought other commits.
                guard sequence == before else { continue }
                try send(payload, valueCount: content.valueCount, writer: writer)
                inFlight = InFlight(
                    content: content,
                    group: group,
                    outcomes: outcomes,
                    writer: writer,
                    began: began,
                    tryCount: tryCount + 1
                )
                return
            }
            fail(group, EngineError(.overloaded, "other servers commit without pause"))
        } catch {
            failed(group, error)
        }
    }

    private func failed(_ group: [CommitQueue.Waiting], _ error: any Error) {
        let error = Self.engineError(error)
        logger.error("commit failed", metadata: ["error": "\(error)"])
        fail(group, error)
        if error.code == .unavailable {
            disconnect()
            fail(queue.drain(), error)
            for (group, _) in overtaken { fail(group, error) }
            overtaken = []
        }
    }

    // MARK: Postgres

    private func encoded(_ content: Content) -> [UInt8] {
        var segment = content.run.segment(keys: keys)
        segment.deletions = content.deletions
        return SegmentCodec.encode(segment)
    }

    /// Makes sure of the connection, and of the journal's next partition.
    private func makeReadyToSend() throws {
        lease.waitUntilKnown()
        try connect()
        if (sequence.lastSegment + 1) % Journal.partitionSegmentCount == 0 {
            try withConnection { connection in
                try Journal.ensurePartition(holding: sequence.lastSegment + 1, on: connection)
            }
        }
    }

    private func send(_ payload: [UInt8], valueCount: Int, writer: Int64) throws {
        try withConnection { connection in
            try CommitTransaction.start(
                payload: payload,
                valueCount: valueCount,
                writer: writer,
                after: sequence,
                on: connection
            )
        }
    }

    /// Brings the group in flight to its end, if that comes within some time.
    ///
    /// - Returns: false if it failed, or other commits came with it, so that what was prepared
    ///   meanwhile must be prepared anew.
    @discardableResult
    func settle(withinMicroseconds patience: Int? = nil) -> Bool {
        guard let flying = inFlight else { return true }
        // Whoever prepares meanwhile counts on this group and on no others.
        var isForeseen = true
        do {
            if let patience {
                let isReady = try lend { try $0.isStepReady(withinMicroseconds: patience) }
                guard isReady else { return true }
            }
            inFlight = nil
            switch try lend({ try CommitTransaction.finish(on: $0) }) {
            case .committed:
                sequence.lastSegment += 1
                apply(flying.content)
            case .overtaken:
                try catchUp()
                overtaken.append((flying.group, flying.tryCount))
                return false
            case .unknown:
                try findOut(flying.writer)
                isForeseen = false
            }
            statistics.committed(flying.content.valueCount, flying.group.count, since: flying.began)
            answer(flying.group, flying.outcomes)
            return isForeseen
        } catch {
            inFlight = nil
            failed(flying.group, error)
            return false
        }
    }

    /// Asks the journal what became of a commit whose connection was lost.
    ///
    /// - Throws: if it did not happen, or nobody can say.
    private func findOut(_ writer: Int64) throws {
        logger.warning("connection lost during a commit; asking what became of it")
        disconnect()
        let number = sequence.lastSegment + 1
        // Waits for the lost session's transaction, as that holds the sequence's row.
        connection = try PostgresConnection(conninfo, applicationName: "penstock-committer")
        try lend { connection in
            try lease.join(on: connection)
            try CommitTransaction.prepare(on: connection)
        }
        if try catchUp(lookingFor: writer) { return }
        guard sequence.compactedSegment < number else {
            throw EngineError(.unavailable, "the outcome of a commit is not known")
        }
        throw EngineError(.unavailable, "the connection was lost before the commit")
    }

    /// Makes what was committed visible.
    func apply(_ content: Content) {
        if !content.deletions.isEmpty {
            memtable.apply(content.deletions)
            recentValues.forget(content.deletions.map(\.sensor))
            let snapshot = memtable.snapshot
            statistics.setActive(
                snapshot.activeValueCount,
                deletionCount: snapshot.blockDeletions.count
            )
        }
        if content.run.count > 0 {
            memtable.append(content.run)
            memtable.series.update(&keys)
            recentValues.note(content.run, keys)
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
        try withConnection { connection in
            try lease.join(on: connection)
            try CommitTransaction.prepare(on: connection)
        }
        try catchUp()
    }

    var isConnected: Bool { connection != nil }

    func disconnect() {
        lease.revoke()
        connection = nil
    }

    /// Lends the connection for statements of its own: the group in flight goes first.
    ///
    /// - Throws: `Superseded` if that failed, or what `body` throws.
    func withConnection<R>(
        _ body: (borrowing PostgresConnection) throws -> R
    ) throws -> R {
        guard settle() else { throw Superseded() }
        return try lend(body)
    }

    private func lend<R>(_ body: (borrowing PostgresConnection) throws -> R) throws -> R {
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
