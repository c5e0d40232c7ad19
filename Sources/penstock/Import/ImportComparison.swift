import Model
import Synchronization
import TSEngine

/// Compares what the store holds about each sensor with what the source had: number and checksum of
/// all beliefs, superseded ones too.
struct ImportComparison: Sendable {
    /// A sensor of which the store holds something else than the source.
    struct Mismatch: Sendable {
        let sensor: Int64
        let source: BeliefChecksum.Result
        let store: BeliefChecksum.Result
    }

    let engine: Engine
    /// Sensors that are compared at a time.
    private static let taskCount = 2
    /// Beliefs of a sensor above which it is read year by year.
    private static let wholeCountMax = 1_000_000

    /// - Returns: the sensors that differ, ascending.
    func run(_ expected: [Int64: BeliefChecksum.Result]) async throws -> [Mismatch] {
        let mismatches = Found()
        try await WorkList(expected.keys.sorted()).run(taskCount: Self.taskCount) { sensor in
            let source = expected[sensor] ?? .nothing
            let store = try await result(of: sensor, expecting: source.beliefCount)
            guard store != source else { return }
            mismatches.list.withLock {
                $0.append(Mismatch(sensor: sensor, source: source, store: store))
            }
        }
        return mismatches.list.withLock { $0 }.sorted { $0.sensor < $1.sensor }
    }

    private final class Found: Sendable { let list = Mutex<[Mismatch]>([]) }

    private func result(
        of sensor: Int64,
        expecting count: Int
    ) async throws -> BeliefChecksum.Result {
        var checksum = BeliefChecksum()
        let whole = [Timestamp.earliest.microseconds...Timestamp.latest.microseconds]
        for span in count > Self.wholeCountMax ? engine.eventSpans : whole {
            for (key, columns) in try await engine.history(of: SensorID(sensor), eventsIn: span) {
                checksum.add(columns, of: key)
            }
        }
        return checksum.result
    }
}
