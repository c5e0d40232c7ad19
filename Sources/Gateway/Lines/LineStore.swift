package import Model
package import TSEngine

/// Where the beliefs of line protocol go: what the routes need of `Engine`.
package protocol LineStore: Sendable {
    /// The numbers of series in this process. Cheap.
    func slots(of keys: [SeriesKey]) -> [SeriesSlot]

    /// Stores a batch whole or not at all; of beliefs about one event the last one wins.
    ///
    /// - Throws: `EngineError`; `.overloaded` and `.stopped` mean that nothing was stored.
    func append(_ batch: MixedBatch, receivedAt: Timestamp) async throws -> AppendOutcome
}

extension Engine: LineStore {}
