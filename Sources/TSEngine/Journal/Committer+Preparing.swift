internal import Model
internal import Postgres

/// Applying the saving rules to a group of requests.
extension Committer {
    typealias Outcomes = [Result<AppendOutcome, EngineError>]

    /// Applies the saving rules to each request in turn.
    func prepare(_ group: [CommitQueue.Waiting]) throws -> (Content, Outcomes) {
        marks.beginGroup(seriesCount: memtable.series.count)
        memtable.series.update(&keys)
        if let first = group.first, case .deletions(let deletions) = first.work {
            return (Content(deletions: deletions), [.success(.stored)])
        }
        try learnSeries(of: group)
        var rows = GroupRows()
        let valueCount = group.reduce(0) { $0 + $1.work.valueCount }
        rows.reserveCapacity(valueCount, pieceCapacity: min(valueCount, 1 << 16))
        var outcomes: Outcomes = []
        outcomes.reserveCapacity(group.count)
        for waiting in group {
            switch waiting.work {
            case .batches(let batches): outcomes.append(try prepare(batches, in: &rows))
            case .mixed(let batch, let receivedAt):
                outcomes.append(.success(try prepare(batch, receivedAt, in: &rows)))
            case .verbatim(let batches):
                take(batches, in: &rows)
                outcomes.append(.success(.stored))
            case .deletions: preconditionFailure("a deletion is a group of its own")
            }
        }
        return (Content(run: rows.run()), outcomes)
    }

    /// The memtable, and what will be in it when the group in flight has been committed.
    private var visible: Memtable.Snapshot {
        let snapshot = memtable.snapshot
        return inFlight.map { snapshot.appending($0.content.run) } ?? snapshot
    }

    // MARK: Batches as they are

    /// Takes over what is known to be right: nothing is looked up, and of equal pairs of event and
    /// belief time the later one stays when layers are merged.
    private func take(_ batches: [CommitWork.SlottedBatch], in rows: inout GroupRows) {
        for entry in batches {
            rows.append(entry.batch.columns, to: entry.slot)
            if let last = entry.batch.columns.eventStarts.last { marks.note(entry.slot, last) }
        }
    }

    // MARK: Batches of one series

    private func prepare(
        _ batches: [CommitWork.SlottedBatch],
        in rows: inout GroupRows
    ) throws -> Result<AppendOutcome, EngineError> {
        var accepted: [SavingRules.Accepted] = []
        accepted.reserveCapacity(batches.count)
        for entry in batches {
            let existing = try existing(for: entry, in: rows)
            let batch = entry.batch
            guard
                let some = rules.accepted(batch.columns, timing: batch.timing, existing: existing)
            else {
                return .failure(EngineError(.replacement, "some beliefs would be replaced"))
            }
            accepted.append(some)
        }
        var (storedCount, skippedCount) = (0, 0)
        for (entry, some) in zip(batches, accepted) {
            storedCount += some.columns.count
            skippedCount += some.skippedCount
            rows.append(some.columns, to: entry.slot)
            if let last = some.columns.eventStarts.last { marks.note(entry.slot, last) }
        }
        if storedCount == 0 { return .success(.nothingNew) }
        return .success(skippedCount == 0 ? .stored : .someUnchanged)
    }

    /// What is stored about a batch's events. Nothing to look up beyond the series' latest event.
    private func existing(
        for entry: CommitWork.SlottedBatch,
        in rows: GroupRows
    ) throws -> BeliefColumns {
        let (slot, series) = (entry.slot, entry.batch.series)
        guard let first = entry.batch.columns.eventStarts.first,
            let last = entry.batch.columns.eventStarts.last,
            first <= marks.latest[Int(slot)]
        else { return BeliefColumns() }
        let events = first...last
        let snapshot = visible
        let recent = snapshot.columns(of: slot, series, ofEventsIn: events)
        var result = recent
        if first <= marks.inBlocks[Int(slot)] {
            let plan = blocks.plan(series.sensor, events: events)
            let found = try withConnection { connection in
                try blocks.complete(plan, on: connection)
            }
            let stored = try BeliefGatherer.gather(
                memtable: [series: recent],
                blocks: found,
                hiddenBy: snapshot.blockDeletions,
                events: events,
                only: series
            )
            result = stored[series] ?? BeliefColumns()
        }
        guard marks.isInGroup(slot) else { return result }
        return result.merged(with: rows.columns(of: [slot])[slot] ?? BeliefColumns())
    }

    // MARK: One belief a row

    /// Stores each row as the newest belief about its event; nothing is ever refused.
    ///
    /// What is new about a series is believed since the second of its receipt began, or since its
    /// event if that is later: belief times of a live series then have a constant distance from
    /// their events, or are equal, and take next to no space. What concerns an event that is known
    /// already is believed from the exact moment of its receipt.
    private func prepare(
        _ batch: MixedBatch,
        _ receivedAt: Int64,
        in rows: inout GroupRows
    ) throws -> AppendOutcome {
        var late = marks.advance(batch, 0..<batch.count)
        if late.contains(where: { marks.isUnknown(batch.slots[$0]) }) {
            try learn(Set(late.lazy.map { batch.slots[$0] }.filter { self.marks.isUnknown($0) }))
            late = marks.advance(batch, late)
        }
        let second = Self.second(of: receivedAt)
        guard !late.isEmpty else {
            var beliefTimes = [Int64](repeating: second, count: batch.count)
            for (row, event) in batch.eventStarts.enumerated()
            where event > second && event <= receivedAt {
                beliefTimes[row] = event
            }
            rows.append(batch, beliefTimes: beliefTimes)
            return batch.isEmpty ? .nothingNew : .stored
        }
        var nextLate = 0
        for row in 0..<batch.count {
            if nextLate < late.count && late[nextLate] == row {
                nextLate += 1
                continue
            }
            let event = batch.eventStarts[row]
            let belief = Self.beliefTime(ofNew: event, receivedAt)
            rows.append(event, belief, batch.values[row], to: batch.slots[row])
        }
        let (storedCount, skippedCount) = try prepare(late: late, of: batch, receivedAt, in: &rows)
        if skippedCount == 0 { return .stored }
        return storedCount == 0 && late.count == batch.count ? .nothingNew : .someUnchanged
    }

    private static func second(of receivedAt: Int64) -> Int64 {
        receivedAt - receivedAt % Microseconds.second
    }

    private static func beliefTime(ofNew event: Int64, _ receivedAt: Int64) -> Int64 {
        let second = second(of: receivedAt)
        return event > second && event <= receivedAt ? event : second
    }

    /// Rows whose events are not beyond what is stored of their series.
    ///
    /// - Returns: how many are stored, and how many were skipped as they repeat what is known.
    private func prepare(
        late: [Int],
        of batch: MixedBatch,
        _ receivedAt: Int64,
        in rows: inout GroupRows
    ) throws -> (storedCount: Int, skippedCount: Int) {
        // Of several about one event the last one counts.
        let order = late.sorted { left, right in
            let (leftSlot, rightSlot) = (batch.slots[left], batch.slots[right])
            if leftSlot != rightSlot { return leftSlot < rightSlot }
            let (leftEvent, rightEvent) = (batch.eventStarts[left], batch.eventStarts[right])
            return leftEvent != rightEvent ? leftEvent < rightEvent : left < right
        }
        var questions: [HeldBeliefs.Question] = []
        var values: [Double] = []
        questions.reserveCapacity(order.count)
        values.reserveCapacity(order.count)
        for row in order {
            let question = HeldBeliefs.Question(
                slot: batch.slots[row],
                event: batch.eventStarts[row]
            )
            if questions.last == question {
                values[values.count - 1] = batch.values[row]
            } else {
                questions.append(question)
                values.append(batch.values[row])
            }
        }
        let held = try held(questions, in: rows)
        var storedCount = 0
        for (index, question) in questions.enumerated() {
            let belief: Int64
            if let known = held[index] {
                if known.value == values[index] { continue }
                // Never at or before what is known: the clock may have been set back.
                belief = max(receivedAt, known.beliefTime + 1)
            } else {
                belief = Self.beliefTime(ofNew: question.event, receivedAt)
            }
            rows.append(question.event, belief, values[index], to: question.slot)
            marks.note(question.slot, question.event)
            storedCount += 1
        }
        return (storedCount, questions.count - storedCount)
    }

    /// The newest belief about each of some events: in this group, the memtable and blocks.
    private func held(
        _ questions: [HeldBeliefs.Question],
        in rows: GroupRows
    ) throws -> HeldBeliefs {
        var held = HeldBeliefs(questions)
        let snapshot = visible
        let stored = questions.indices.filter {
            questions[$0].event <= marks.inBlocks[Int(questions[$0].slot)]
        }
        if !stored.isEmpty {
            try held.look(into: blocks, about: stored, keys, snapshot.blockDeletions) { plans in
                try withConnection { connection in try blocks.complete(plans, on: connection) }
            }
        }
        held.look(into: snapshot, keys)
        let pending = Set(questions.map(\.slot)).filter { marks.isInGroup($0) }
        if !pending.isEmpty { held.look(into: rows.columns(of: pending)) }
        return held
    }

    // MARK: Series not met before

    /// Learns the latest stored events of series that this process has not written to yet.
    private func learnSeries(of group: [CommitQueue.Waiting]) throws {
        var unknown: Set<UInt32> = []
        for waiting in group {
            switch waiting.work {
            case .batches(let batches), .verbatim(let batches):
                for entry in batches where marks.isUnknown(entry.slot) {
                    unknown.insert(entry.slot)
                }
            // Those of mixed batches are learnt when they turn up.
            case .mixed, .deletions: break
            }
        }
        try learn(unknown)
    }

    /// Learns what is stored of some series.
    private func learn(_ unknown: Set<UInt32>) throws {
        guard !unknown.isEmpty else { return }
        if sensorMaxInBlocks == .max {
            sensorMaxInBlocks = try withConnection { connection in
                try LastEvents.sensorMax(on: connection)
            }
        }
        var sensors: Set<SensorID> = []
        for slot in unknown where keys[Int(slot)].sensor.rawValue <= sensorMaxInBlocks {
            sensors.insert(keys[Int(slot)].sensor)
        }
        var found: [SeriesKey: Int64] = [:]
        if !sensors.isEmpty {
            found = try withConnection { connection in
                try LastEvents.read(of: sensors, on: connection)
            }
        }
        let slots = unknown.sorted()
        let recent = visible.lastEvents(of: slots)
        for (slot, event) in zip(slots, recent) {
            marks.learn(slot, inBlocks: found[keys[Int(slot)]], inMemtable: event)
        }
    }
}
