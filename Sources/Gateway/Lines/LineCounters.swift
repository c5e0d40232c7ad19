internal import Synchronization

/// What became of the lines that were sent, for /metrics.
package final class LineCounters: Sendable {
    private let stored = Atomic<UInt64>(0)
    private let dropped = Atomic<UInt64>(0)
    private let created = Atomic<UInt64>(0)
    private let overLimit = Atomic<UInt64>(0)

    package init() {}

    /// Lines whose values were committed.
    package var storedLineCount: UInt64 { stored.load(ordering: .relaxed) }
    /// Lines that were refused, for whatever reason.
    package var droppedLineCount: UInt64 { dropped.load(ordering: .relaxed) }
    /// Sensors that were made for new series.
    package var createdSeriesCount: UInt64 { created.load(ordering: .relaxed) }
    /// New series that were refused because the account has as many as it may have.
    package var refusedSeriesCount: UInt64 { overLimit.load(ordering: .relaxed) }

    func count(stored lines: Int) { stored.wrappingAdd(UInt64(lines), ordering: .relaxed) }
    func count(dropped lines: Int) { dropped.wrappingAdd(UInt64(lines), ordering: .relaxed) }
    func count(created series: Int) { created.wrappingAdd(UInt64(series), ordering: .relaxed) }
    func count(refused series: Int) { overLimit.wrappingAdd(UInt64(series), ordering: .relaxed) }
}
