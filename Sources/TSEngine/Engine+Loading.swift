package import Model
internal import Postgres

/// Whole histories: taken over from another store, and read again to be compared.
extension Engine {
    /// Stores beliefs exactly as they are. No saving rule is applied: what repeats an earlier value
    /// is kept, and so is NaN (nothing is known of the event any more). Of equal pairs of event and
    /// belief time the one that was loaded last stays, so what was loaded may be loaded again.
    ///
    /// `batches`: some 100,000 beliefs at a time make good segments.
    ///
    /// - Throws: `EngineError`; `.overloaded` and `.stopped` mean that nothing was stored.
    package func load(_ batches: [BeliefBatch]) async throws {
        let slots = slots(of: batches.map(\.series))
        let entries = zip(slots, batches).compactMap { slot, batch -> CommitWork.SlottedBatch? in
            guard !batch.columns.isEmpty else { return nil }
            let ascending = BeliefBatch(
                series: batch.series,
                timing: batch.timing,
                columns: batch.columns.ascending()
            )
            return CommitWork.SlottedBatch(slot: slot.rawValue, batch: ascending)
        }
        guard !entries.isEmpty else { return }
        try await load(entries)
    }

    /// Spans of event starts, ascending and without gaps, by which a long history can be read in
    /// parts: the years that have blocks, and what lies between them.
    package var eventSpans: [ClosedRange<Int64>] {
        var spans: [ClosedRange<Int64>] = []
        var next = Timestamp.earliest.microseconds
        for bounds in blocks.windows(of: .current).compactMap(\.bounds) {
            if bounds.lowerBound > next { spans.append(next...bounds.lowerBound - 1) }
            spans.append(bounds.lowerBound...bounds.upperBound - 1)
            next = bounds.upperBound
        }
        return spans + [next...Timestamp.latest.microseconds]
    }

    /// Everything that is stored about a sensor's events that start in `events` (µs since 1970 UTC):
    /// every belief, superseded ones too, by series; ascending, none empty.
    ///
    /// - Throws: `EngineError`.
    package func history(
        of sensor: SensorID,
        eventsIn events: ClosedRange<Int64>
    ) async throws -> [SeriesKey: BeliefColumns] {
        do {
            try await readIndex.wait()
        } catch { throw Committer.engineError(error) }
        return try await beliefs(of: sensor, events)
    }
}
