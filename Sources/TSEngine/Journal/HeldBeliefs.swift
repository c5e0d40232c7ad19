internal import Model

/// The newest belief held about each of some events, found by asking one place after another.
struct HeldBeliefs {
    /// An event of a series.
    struct Question: Equatable {
        let slot: UInt32
        /// µs since 1970 UTC.
        let event: Int64
    }

    struct Answer {
        let beliefTime: Int64
        let value: Double
    }

    /// Ascending by (slot, event), each once.
    private let questions: [Question]
    private var answers: [Answer?]

    init(_ questions: [Question]) {
        self.questions = questions
        answers = [Answer?](repeating: nil, count: questions.count)
    }

    subscript(_ index: Int) -> Answer? { answers[index] }

    private mutating func note(_ index: Int, _ beliefTime: Int64, _ value: Double) {
        if let known = answers[index], known.beliefTime > beliefTime { return }
        answers[index] = Answer(beliefTime: beliefTime, value: value)
    }

    mutating func look(into snapshot: Memtable.Snapshot, _ keys: [SeriesKey]) {
        for run in snapshot.frozen { look(into: run, keys, hiddenBy: snapshot.activeDeletions) }
        for run in snapshot.active { look(into: run, keys, hiddenBy: []) }
    }

    private mutating func look(
        into run: SortedRun,
        _ keys: [SeriesKey],
        hiddenBy deletions: [Deletion]
    ) {
        var position = 0
        for (index, question) in questions.enumerated() {
            position = run.position(of: question.slot, from: position)
            guard position < run.slots.count else { return }
            guard run.slots[position] == question.slot else { continue }
            let rows = run.narrow(
                run.rows(at: position),
                toEventsIn: question.event...question.event
            )
            guard let row = rows.last,
                !deletions.hide(question.event, of: keys[Int(question.slot)])
            else { continue }
            note(index, run.columns.beliefTimes[row], run.columns.values[row])
        }
    }

    /// `columns`: ascending, by slot.
    mutating func look(into columns: [UInt32: BeliefColumns]) {
        for (index, question) in questions.enumerated() {
            guard let columns = columns[question.slot] else { continue }
            look(into: columns, about: index)
        }
    }

    private mutating func look(into columns: BeliefColumns, about index: Int) {
        let event = questions[index].event
        if let row = columns.positions(ofEventsIn: event...event).last {
            note(index, columns.beliefTimes[row], columns.values[row])
        }
    }

    /// `indices`: of the questions that blocks may answer, ascending.
    /// `complete`: fetches what the cache lacks.
    mutating func look(
        into blocks: BlockReader,
        about indices: [Int],
        _ keys: [SeriesKey],
        _ deletions: [Deletion],
        complete: ([BlockReader.Plan]) throws -> [BlockReader.Found]
    ) throws {
        // Questions of one series are neighbours: one plan for each.
        var series: [ArraySlice<Int>] = []
        var first = 0
        for index in indices.indices.dropFirst()
        where questions[indices[index]].slot != questions[indices[first]].slot {
            series.append(indices[first..<index])
            first = index
        }
        series.append(indices[first...])
        let plans = series.compactMap { part -> BlockReader.Plan? in
            guard let low = part.first, let high = part.last else { return nil }
            return blocks.plan(
                keys[Int(questions[low].slot)].sensor,
                events: questions[low].event...questions[high].event
            )
        }
        for (part, found) in zip(series, try complete(plans)) {
            guard let low = part.first, let high = part.last else { continue }
            let key = keys[Int(questions[low].slot)]
            let stored = try BeliefGatherer.gather(
                memtable: [:],
                blocks: found,
                hiddenBy: deletions,
                events: questions[low].event...questions[high].event,
                only: key
            )
            guard let columns = stored[key] else { continue }
            for index in part { look(into: columns, about: index) }
        }
    }
}

extension [Deletion] {
    /// Whether one of them removes an event's beliefs.
    func hide(_ event: Int64, of series: SeriesKey) -> Bool {
        contains { $0.concerns(series) && $0.events.contains(event) }
    }
}
