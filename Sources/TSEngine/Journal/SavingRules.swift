internal import Model

/// Which beliefs of a batch are stored: FlexMeasures' rules (timely-beliefs' "only new beliefs").
///
/// Per event and source, and apart for forecasts and for beliefs after the fact: a belief whose
/// value repeats the latest one held before it is skipped; one with another value at the same belief
/// time would replace what was stored, and is refused unless overwriting is allowed.
///
/// Within a batch, likewise apart, a value that was stated before for the event is skipped as well, even
/// if another one lies between: what a batch states twice it states once.
struct SavingRules: Sendable {
    let allowsOverwrite: Bool
    /// Whether beliefs that repeat what is known are stored too (timely-beliefs'
    /// `save_changed_beliefs_only=False`).
    var savesUnchanged = false

    /// What to store of a batch.
    struct Accepted: Sendable, Equatable {
        /// Ascending; may be empty.
        var columns: BeliefColumns
        /// How many beliefs were skipped as unchanged.
        var skippedCount: Int
    }

    /// `batch`: ascending, no NaN.
    /// `existing`: what is stored about the same events, or more; ascending.
    /// - Returns: nil if the batch represents a replacement and that is not allowed.
    func accepted(
        _ batch: BeliefColumns,
        timing: EventTiming,
        existing: BeliefColumns
    ) -> Accepted? {
        if existing.isEmpty && batch.hasDistinctEvents {
            return Accepted(columns: batch, skippedCount: 0)
        }
        var result = Accepted(columns: BeliefColumns(), skippedCount: 0)
        var position = 0
        var index = 0
        while index < batch.count {
            let event = batch.eventStarts[index]
            while position < existing.count && existing.eventStarts[position] < event {
                position += 1
            }
            let first = position
            while position < existing.count && existing.eventStarts[position] == event {
                position += 1
            }
            // Beliefs of this event, oldest first: those stored, then also those accepted here.
            var held = (first..<position).map { (existing.beliefTimes[$0], existing.values[$0]) }
            let knowledgeTime = timing.knowledgeTime(eventStart: event)
            var (forecast, known): ([Double], [Double]) = ([], [])
            while index < batch.count && batch.eventStarts[index] == event {
                let (belief, value) = (batch.beliefTimes[index], batch.values[index])
                index += 1
                let isForecast = belief < knowledgeTime
                let isRepeated = (isForecast ? forecast : known).contains(value)
                // Most batches say one thing about an event.
                if index < batch.count && batch.eventStarts[index] == event {
                    if isForecast { forecast.append(value) } else { known.append(value) }
                }
                if isRepeated && !savesUnchanged {
                    result.skippedCount += 1
                    continue
                }
                let next = held.firstIndex { $0.0 > belief } ?? held.count
                // A belief after the fact is not compared with a forecast.
                let earlier = next > 0 ? held[next - 1] : nil
                let isComparable = earlier.map { belief < knowledgeTime || $0.0 >= knowledgeTime }
                if let earlier, isComparable == true {
                    if earlier.1 == value && (!savesUnchanged || earlier.0 == belief) {
                        result.skippedCount += 1
                        continue
                    }
                    if earlier.0 == belief {
                        guard allowsOverwrite else { return nil }
                        held[next - 1] = (belief, value)
                        result.columns.append(event, belief, value)
                        continue
                    }
                }
                held.insert((belief, value), at: next)
                result.columns.append(event, belief, value)
            }
        }
        return result
    }
}

extension BeliefColumns {
    /// Whether no event occurs twice; ascending columns.
    fileprivate var hasDistinctEvents: Bool {
        guard var event = eventStarts.first else { return true }
        for next in eventStarts.dropFirst() {
            if next == event { return false }
            event = next
        }
        return true
    }
}
