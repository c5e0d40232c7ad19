internal import Dispatch
internal import Logging
internal import Model
internal import Postgres
internal import Synchronization

/// Takes groups of requests from the queue, applies the saving rules, commits each group as one
/// segment, makes it visible in the memtable, and only then answers the requests.
///
/// Runs on one thread of its own, on which all of its state is touched: `@unchecked Sendable` for
/// that reason. Others reach it by errands in the queue.
final class Committer: @unchecked Sendable {
    private let configuration: EngineConfiguration
    private let conninfo: String
    private let queue: CommitQueue
    private let memtable: Memtable
    private let blocks: BlockReader
    private let statistics: EngineStatistics
    private let logger: Logger
    private let rules: SavingRules
    private let thread = DispatchQueue(label: "committer", qos: .userInitiated)

    private var connection: PostgresConnection?
    /// What this process has applied.
    private var sequence: CommitSequence
    /// The latest event of each series that is in the memtable or, for `knownSensors`, in blocks.
    private var lastEvents: [SeriesKey: Int64] = [:]
    private var knownSensors: Set<SensorID> = []
    /// Highest segment of the frozen layer, if there is one.
    private var frozenSegment: Int64?

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

    // MARK: Groups

    private func commit(_ group: [CommitQueue.Waiting]) {
        let began = DispatchTime.now()
        guard statistics.memtableValueCount < configuration.memtableValueCountMax else {
            fail(group, EngineError(.overloaded, "the memtable is full until the next compaction"))
            return
        }
        do {
            // A second try after catching up with another process; its commits may change what
            // the saving rules say, so they are applied anew.
            for _ in 0..<8 {
                try connect()
                let (content, outcomes) = try prepare(group)
                let isDone = content.isEmpty ? true : try store(content)
                if isDone {
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
                connection = nil
                fail(queue.drain(), error)
            }
        }
    }

    /// Applies the saving rules to each request in turn.
    private func prepare(
        _ group: [CommitQueue.Waiting]
    ) throws -> (CommitGroup, [Result<AppendOutcome, EngineError>]) {
        try learnSensors(of: group)
        var content = CommitGroup()
        var outcomes: [Result<AppendOutcome, EngineError>] = []
        outcomes.reserveCapacity(group.count)
        for waiting in group {
            outcomes.append(try prepare(waiting.request, in: &content))
        }
        return (content, outcomes)
    }

    private func prepare(
        _ request: AppendRequest,
        in content: inout CommitGroup
    ) throws -> Result<AppendOutcome, EngineError> {
        var accepted: [SavingRules.Accepted] = []
        accepted.reserveCapacity(request.batches.count)
        for batch in request.batches {
            let existing = try existing(for: batch, in: content)
            guard
                let some = rules.accepted(batch.columns, timing: batch.timing, existing: existing)
            else {
                return .failure(EngineError(.replacement, "some beliefs would be replaced"))
            }
            accepted.append(some)
        }
        var (storedCount, skippedCount) = (0, 0)
        for (batch, some) in zip(request.batches, accepted) {
            storedCount += some.columns.count
            skippedCount += some.skippedCount
            content.append(some.columns, to: batch.series)
            if let last = some.columns.eventStarts.last {
                // Noted before the commit: if that fails, the note is too high, which costs a
                // look-up later and nothing else.
                lastEvents[batch.series] = max(lastEvents[batch.series] ?? .min, last)
            }
        }
        if storedCount == 0 { return .success(.nothingNew) }
        return .success(skippedCount == 0 ? .stored : .someUnchanged)
    }

    /// What is stored about a batch's events. Nothing to look up beyond the series' latest event.
    private func existing(
        for batch: BeliefBatch,
        in content: CommitGroup
    ) throws -> BeliefColumns {
        guard let first = batch.columns.eventStarts.first,
            let last = batch.columns.eventStarts.last,
            let latest = lastEvents[batch.series], first <= latest
        else { return BeliefColumns() }
        let (series, events) = (batch.series, first...last)
        let pending = content.columns(of: series, ofEventsIn: events)
        let recent = memtable.columns(of: series, ofEventsIn: events)
        let plan = blocks.plan(series.sensor, events: events)
        let rows = try withConnection { connection in
            try blocks.complete(plan, on: connection)
        }
        let stored = try BeliefGatherer.gather(
            memtable: [series: recent],
            blocks: rows,
            events: events,
            only: series
        )
        return (stored[series] ?? BeliefColumns()).merged(with: pending)
    }

    /// Learns the latest stored events of sensors that this process has not met.
    private func learnSensors(of group: [CommitQueue.Waiting]) throws {
        var unknown: Set<SensorID> = []
        for waiting in group {
            for batch in waiting.request.batches where !knownSensors.contains(batch.series.sensor) {
                unknown.insert(batch.series.sensor)
            }
        }
        guard !unknown.isEmpty else { return }
        let found = try withConnection { connection in
            try LastEvents.read(of: unknown, on: connection)
        }
        for (series, event) in found {
            lastEvents[series] = max(lastEvents[series] ?? .min, event)
        }
        knownSensors.formUnion(unknown)
    }

    // MARK: Postgres

    /// - Returns: false if another process has committed meanwhile.
    private func store(_ content: CommitGroup) throws -> Bool {
        let segment = content.segment()
        let payload = SegmentCodec.encode(segment)
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
            apply(segment)
            return true
        case .behind: return false
        case .unknown:
            logger.warning("connection lost during a commit; asking what became of it")
            connection = nil
            let number = sequence.lastSegment + 1
            // Waits for the lost session's transaction, as that holds the sequence's row.
            connection = try PostgresConnection(conninfo, applicationName: "penstock-committer")
            if try catchUp(lookingFor: writer) { return true }
            guard sequence.compactedSegment < number else {
                throw EngineError(.unavailable, "the outcome of a commit is not known")
            }
            throw EngineError(.unavailable, "the connection was lost before the commit")
        }
    }

    private func apply(_ segment: Segment) {
        memtable.append(segment)
        statistics.addToMemtable(segment.valueCount)
    }

    private func connect() throws {
        if let open = connection.take() {
            let isIdle = open.isIdle
            connection = consume open
            if isIdle { return }
        }
        connection = nil
        connection = try PostgresConnection(
            conninfo,
            applicationName: "penstock-committer",
            timeoutMilliseconds: 6_000
        )
        try catchUp()
    }

    private func withConnection<R>(
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

    /// Applies what other processes have committed or compacted, and makes the journal ready.
    ///
    /// `writer`: a commit of this process whose outcome is not known.
    /// - Returns: whether that commit was found.
    @discardableResult
    func catchUp(lookingFor writer: Int64? = nil) throws -> Bool {
        var found = false
        let now = try withConnection { connection in
            try connection.transaction { connection in
                // Locked, so that a commit of a lost session has ended one way or the other.
                let now = try CommitSequence.read(on: connection, forUpdate: true)
                if now.compactedSegment > sequence.compactedSegment {
                    // Readers must find the new partitions before they miss the beliefs here.
                    try blocks.loadWindows(on: connection)
                    forgetCompacted(through: now.compactedSegment)
                }
                var applied = max(sequence.lastSegment, now.compactedSegment)
                while applied < now.lastSegment {
                    let entries = try Journal.entries(
                        after: applied,
                        valueCountMax: configuration.groupValueCountMax,
                        on: connection
                    )
                    // The rest of the numbers is the gap that a freeze leaves.
                    if entries.isEmpty { break }
                    for entry in entries {
                        let segment = try SegmentCodec.decode(entry.payload)
                        note(segment)
                        apply(segment)
                        applied = entry.segment
                        // Kept up to date inside the loop, so that nothing is applied twice if the
                        // connection is lost half-way.
                        sequence.lastSegment = entry.segment
                        if entry.writer == writer { found = true }
                    }
                }
                return now
            }
        }
        sequence = now
        try withConnection { connection in
            try Journal.ensurePartition(holding: now.lastSegment + 1, on: connection)
        }
        return found
    }

    private func note(_ segment: Segment) {
        for part in segment.parts {
            guard let last = part.columns.eventStarts.last else { continue }
            lastEvents[part.series] = max(lastEvents[part.series] ?? .min, last)
        }
    }

    /// Another process has moved all segments up to `segment` to blocks.
    private func forgetCompacted(through segment: Int64) {
        blocks.cache.invalidateAll()
        knownSensors.removeAll()
        if let frozen = frozenSegment, frozen <= segment {
            memtable.dropFrozen()
            statistics.dropFrozen()
            frozenSegment = nil
        }
        if segment >= sequence.lastSegment {
            memtable.dropAll()
            statistics.dropAll()
            frozenSegment = nil
        }
        sequence.compactedSegment = segment
        sequence.lastSegment = max(sequence.lastSegment, segment)
    }

    /// Recovers the memtable from the journal.
    func open() throws {
        try connect()
    }

    /// Applies what other processes have done, if they have. Between groups, now and then.
    func poll() {
        guard connection != nil else { return }
        do {
            let now = try withConnection { connection in try CommitSequence.read(on: connection) }
            if now != sequence { try catchUp() }
        } catch {
            // The next commit connects again, and fails its requests if it can't.
            logger.warning("cannot follow the journal", metadata: ["error": "\(error)"])
            connection = nil
        }
    }

    // MARK: Compaction's part

    /// What `freeze` found.
    enum Freezing: Sendable {
        case frozen(CommitSequence)
        case empty
        /// Another process has committed in between; the caller tries again.
        case overtaken
    }

    /// Freezes the memtable for a compaction. On the committer's thread.
    ///
    /// Jumps to the next journal partition, so that the compaction drops whole partitions.
    ///
    /// - Returns: the sequence that the frozen layer goes up to.
    func freeze() throws -> Freezing {
        try connect()
        try catchUp()
        if let frozenSegment {
            // Of a compaction that failed.
            return .frozen(
                CommitSequence(
                    lastSegment: frozenSegment,
                    compactedSegment: sequence.compactedSegment,
                    generation: sequence.generation
                )
            )
        }
        guard statistics.memtableValueCount > 0 else { return .empty }
        let last = Journal.nextPartitionStart(after: sequence.lastSegment) - 1
        let jumped = try withConnection { connection in
            try Journal.ensurePartition(holding: last + 1, on: connection)
            let rows = try connection.query(
                """
                UPDATE commit_sequence SET last_segment = \(last)
                WHERE shard = \(CommitSequence.shard) AND last_segment = \(sequence.lastSegment)
                RETURNING last_segment
                """
            )
            return rows.count == 1
        }
        guard jumped else { return .overtaken }
        sequence.lastSegment = last
        memtable.freeze()
        statistics.freeze()
        frozenSegment = last
        return .frozen(sequence)
    }

    /// The frozen layer is in blocks now, and the cache knows. On the committer's thread.
    func dropFrozen(_ compacted: CommitSequence) {
        memtable.dropFrozen()
        statistics.dropFrozen()
        frozenSegment = nil
        sequence.compactedSegment = compacted.lastSegment
        sequence.generation = compacted.generation
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
