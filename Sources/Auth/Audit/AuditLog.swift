internal import Logging
package import Postgres
internal import Synchronization

/// Writes the audit log.
///
/// What changes rows of its own is logged in the same transaction (`AuditTable.append`). What does
/// not, as a login, comes here: callers that arrive while a batch is written make up the next one.
package final class AuditLog: Sendable {
    /// Events that may wait; one more is refused.
    package static let queueCountMax = 4_096
    /// Events of one transaction.
    static let batchCountMax = 256

    private struct Entry {
        let event: AuditEvent
        let ticket: Int64
        /// Resumed with whether the event is committed; with nil to lead the next batch. Nil if
        /// nobody waits, or the one who waits leads.
        var waiter: CheckedContinuation<Bool?, Never>?
        /// Whether the event must not be written later if it cannot be written now, because its
        /// caller was told so.
        let isAnswered: Bool
    }

    private struct State {
        var entries: [Entry] = []
        var lastTicket: Int64 = 0
        var isUnderWay = false
        var lostCount = 0

        mutating func add(
            _ event: AuditEvent,
            waiter: CheckedContinuation<Bool?, Never>? = nil,
            isAnswered: Bool
        ) -> Int64 {
            lastTicket += 1
            entries.append(
                Entry(event: event, ticket: lastTicket, waiter: waiter, isAnswered: isAnswered)
            )
            return lastTicket
        }
    }

    let pool: PostgresPool
    private let state = Mutex(State())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    let logger = Logger(label: "penstock.audit")

    /// - Parameter pool: best one that data does not queue in.
    package init(pool: PostgresPool) {
        self.pool = pool
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { signal.finish() }

    /// Writes an event and returns when it is committed. For what must not happen unseen (logins,
    /// rights): the caller refuses the request if this throws.
    ///
    /// - Throws: `.unavailable` if the queue is full or the database does not answer.
    package func record(_ event: AuditEvent) async throws(AuthError) {
        enum Place { case full, leads(Int64), waits }
        let place: Place = state.withLock { state in
            guard state.entries.count < Self.queueCountMax else { return .full }
            guard !state.isUnderWay else { return .waits }
            state.isUnderWay = true
            return .leads(state.add(event, isAnswered: true))
        }
        let isWritten: Bool
        switch place {
        case .full: isWritten = false
        case .leads(let ticket): isWritten = await lead(until: ticket)
        case .waits: isWritten = await wait(event)
        }
        guard isWritten else { throw .unavailable }
        tell(event)
    }

    /// Notes an event without waiting; `run` writes it soon. For what may go on unseen for a moment.
    /// An event that finds the queue full is counted, and the count is logged when there is room.
    package func note(_ event: AuditEvent) {
        let isAccepted = state.withLock { state in
            guard state.entries.count < Self.queueCountMax else {
                state.lostCount += 1
                return false
            }
            _ = state.add(event, isAnswered: false)
            return true
        }
        tell(event)
        if !isAccepted { logger.error("the audit queue is full: an event is lost") }
        signal.yield()
    }

    /// Writes what was noted, until the task is cancelled; then once more.
    package func run() async {
        for await _ in signals {
            guard await drain() else {
                // The database is away: the queue is tried again, not in a hurry.
                try? await Task.sleep(for: .seconds(1))
                signal.yield()
                continue
            }
        }
        _ = await drain()
    }

    /// Writes all that waits.
    ///
    /// - Returns: false if the database does not answer.
    @discardableResult
    package func drain() async -> Bool {
        let last: Int64? = state.withLock { state in
            if state.entries.isEmpty { return nil }
            // Whoever is writing hands over to one who waits, or signals again.
            guard !state.isUnderWay else { return nil }
            state.isUnderWay = true
            return state.entries.last?.ticket
        }
        guard let last else { return true }
        return await lead(until: last)
    }

    /// How many events wait.
    package var waitingCount: Int { state.withLock { $0.entries.count } }

    private func wait(_ event: AuditEvent) async -> Bool {
        let ticket = Mutex<Int64>(0)
        let answer: Bool? = await withCheckedContinuation { continuation in
            let answer: Bool?? = state.withLock { state in
                guard state.entries.count < Self.queueCountMax else { return .some(false) }
                let isUnderWay = state.isUnderWay
                state.isUnderWay = true
                let own = state.add(
                    event,
                    waiter: isUnderWay ? continuation : nil,
                    isAnswered: true
                )
                ticket.withLock { $0 = own }
                // The writer that was under way has ended meanwhile: this one leads.
                return isUnderWay ? .none : .some(nil)
            }
            if case .some(let answer) = answer { continuation.resume(returning: answer) }
        }
        if let answer { return answer }
        return await lead(until: ticket.withLock { $0 })
    }

    /// Writes batches until the one that holds `ticket`, then hands over.
    ///
    /// - Returns: whether that one was committed.
    private func lead(until ticket: Int64) async -> Bool {
        var isWritten = false
        var isAway = false
        while !isAway {
            let batch = state.withLock { state in
                let batch = Array(state.entries.prefix(Self.batchCountMax))
                state.entries.removeFirst(batch.count)
                return batch
            }
            guard let last = batch.last else { break }
            let outcome = await write(batch)
            isWritten = outcome == .written
            isAway = outcome == .away
            if last.ticket >= ticket { break }
        }
        let next = state.withLock { state -> CheckedContinuation<Bool?, Never>? in
            if isAway, let own = state.entries.firstIndex(where: { $0.ticket == ticket }),
                state.entries[own].isAnswered
            {
                state.entries.remove(at: own)
            }
            guard let index = state.entries.firstIndex(where: { $0.waiter != nil }) else {
                state.isUnderWay = false
                return nil
            }
            let waiter = state.entries[index].waiter
            state.entries[index].waiter = nil
            return waiter
        }
        if let next {
            next.resume(returning: nil)
        } else if !isAway, waitingCount > 0 {
            signal.yield()
        }
        return isWritten
    }

    private enum Outcome { case written, refused, away }

    private func write(_ batch: [Entry]) async -> Outcome {
        let lostCount = state.withLock { state in
            defer { state.lostCount = 0 }
            return state.lostCount
        }
        var events = batch.map(\.event)
        if lostCount > 0 {
            events.append(
                AuditEvent(.eventsLost, by: .system, details: ["count": "\(lostCount)"])
            )
        }
        let outcome = await commit(events)
        switch outcome {
        case .written: break
        case .refused where batch.count > 1 || lostCount > 0:
            // One event that the database refuses must not take the others with it.
            state.withLock { $0.lostCount += lostCount }
            var all = Outcome.written
            for entry in batch {
                let one = await commit([entry.event])
                entry.waiter?.resume(returning: one == .written)
                if one != .written { all = one }
            }
            return all
        case .refused: logger.error("the audit log refuses an event")
        case .away:
            logger.error("the audit log cannot be written")
            state.withLock { state in
                state.lostCount += lostCount
                state.entries.insert(contentsOf: batch.filter { !$0.isAnswered }, at: 0)
            }
        }
        for entry in batch { entry.waiter?.resume(returning: outcome == .written) }
        return outcome
    }

    private func commit(_ events: [AuditEvent]) async -> Outcome {
        let sql = AuditTable.append(events)
        do {
            return try await pool.withConnection { connection in
                try connection.query(sql)
                return .written
            }
        } catch let error as PostgresError {
            return error.isRetryable ? .away : .refused
        } catch {
            return .away
        }
    }
}
