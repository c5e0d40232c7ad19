import Model

@testable import TSEngine

/// What the engine must do, in the plainest code: the oracle of the simulation.
struct NaiveStore {
    struct Belief: Hashable {
        let series: SeriesKey
        let event: Int64
        let belief: Int64
        var value: Double
    }

    enum Outcome: Equatable { case stored, someUnchanged, nothingNew, replacement }

    var beliefs: [Belief] = []
    var allowsOverwrite = false
    /// Ids of the sensors that operations choose from.
    var sensors: ClosedRange<Int64> = 1...3

    mutating func append(_ batch: BeliefBatch) -> Outcome {
        var next = self.beliefs
        var (stored, skipped) = (0, 0)
        var stated: Set<[Int64]> = []
        let columns = batch.columns
        let order = (0..<columns.count).sorted {
            (columns.eventStarts[$0], columns.beliefTimes[$0])
                < (columns.eventStarts[$1], columns.beliefTimes[$1])
        }
        for index in order where !columns.values[index].isNaN {
            let (event, belief) = (columns.eventStarts[index], columns.beliefTimes[index])
            let value = columns.values[index]
            let knowledge = batch.timing.knowledgeTime(eventStart: event)
            let isForecast = knowledge - belief > 0
            // Stated before in this batch, on the same side of the knowledge time.
            if !stated.insert([event, isForecast ? 1 : 0, Int64(bitPattern: value.bitPattern)])
                .inserted
            {
                skipped += 1
                continue
            }
            // The latest stored belief of the same side, held no later than the new one.
            let earlier = next.indices.filter { position in
                let other = next[position]
                let horizon = knowledge - other.belief
                return other.series == batch.series && other.event == event
                    && other.belief <= belief && (isForecast ? horizon >= 0 : horizon <= 0)
            }.max { next[$0].belief < next[$1].belief }
            if let earlier, next[earlier].value == value {
                skipped += 1
            } else if let earlier, next[earlier].belief == belief {
                guard allowsOverwrite else { return .replacement }
                next[earlier].value = value
                stored += 1
            } else {
                next.append(
                    Belief(series: batch.series, event: event, belief: belief, value: value)
                )
                stored += 1
            }
        }
        self.beliefs = next
        if stored == 0 { return .nothingNew }
        return skipped == 0 ? .stored : .someUnchanged
    }

    /// One row of a mixed batch.
    mutating func append(_ series: SeriesKey, event: Int64, value: Double, receivedAt: Int64) {
        let newest = beliefs.filter { $0.series == series && $0.event == event }
            .max { $0.belief < $1.belief }
        if newest?.value == value { return }
        let belief = max(receivedAt, newest.map { $0.belief + 1 } ?? receivedAt)
        beliefs.append(Belief(series: series, event: event, belief: belief, value: value))
    }

    mutating func delete(_ deletion: Deletion) {
        beliefs.removeAll { belief in
            belief.series.sensor == deletion.sensor && deletion.events.contains(belief.event)
                && (deletion.source == nil || deletion.source == belief.series.source)
        }
    }

    /// Event start to (value, source) of the belief that stands for it.
    func select(
        sensor: SensorID,
        events: ClosedRange<Int64>,
        timing: EventTiming,
        knownBy: Int64?,
        horizonMin: Int64?,
        rank: (SourceID) -> SourceRank
    ) -> [Int64: Belief] {
        var result: [Int64: Belief] = [:]
        for belief in beliefs where belief.series.sensor == sensor && events.contains(belief.event)
        {
            if let knownBy, belief.belief > knownBy { continue }
            let horizon = timing.beliefHorizon(eventStart: belief.event, beliefTime: belief.belief)
            if let horizonMin, horizon < horizonMin { continue }
            guard let rival = result[belief.event] else {
                result[belief.event] = belief
                continue
            }
            let isPreferred =
                belief.series == rival.series
                ? belief.belief > rival.belief
                : rank(belief.series.source).isPreferred(
                    with: belief.belief,
                    over: rank(rival.series.source),
                    with: rival.belief
                )
            if isPreferred { result[belief.event] = belief }
        }
        return result
    }
}
