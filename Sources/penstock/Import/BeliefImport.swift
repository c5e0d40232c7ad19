import Dispatch
import Model
import Synchronization
import TSEngine

/// Reads all beliefs of a source, several sensors at a time, and stores them as they are.
///
/// Sensors are read in units of neighbours, so that small ones cost no round trip each. A unit's sensors
/// are noted as done once all their beliefs are committed; an interrupted unit is done again, which
/// changes nothing that is stored already.
struct BeliefImport: Sendable {
    let source: FlexMeasuresSource
    let timings: [SensorID: EventTiming]
    /// Nil to read only.
    let engine: Engine?
    /// Told of each unit that is done.
    let note: @Sendable ([Int64: BeliefChecksum.Result]) async throws -> Void
    /// Told of beliefs that are done.
    let progress: @Sendable (Int) -> Void

    /// Neighbouring sensors, ascending; between the first and the last is no other one.
    struct Unit: Sendable {
        var sensors: [Int64]
        var beliefCount: Int
    }

    /// Beliefs of a unit that is not one large sensor.
    private static let unitBeliefCountMax = 400_000
    /// Sensors of a unit.
    private static let unitSensorCountMax = 2_000
    /// Beliefs that are stored at once.
    private static let loadBeliefCount = 200_000
    /// Loads that a reader lets be under way before it waits.
    private static let loadCountMax = 2

    /// Cuts the wanted sensors into units.
    ///
    /// - Parameters:
    ///   - sensors: all of the source, ascending.
    ///   - counts: beliefs of each.
    ///   - isWanted: whether a sensor is to be read.
    /// - Returns: units in order.
    static func units(
        _ sensors: [Int64],
        counts: [Int64: Int],
        isWanted: (Int64) -> Bool
    ) -> [Unit] {
        var units: [Unit] = []
        var isOpen = false
        for sensor in sensors {
            guard isWanted(sensor) else {
                isOpen = false
                continue
            }
            let count = counts[sensor] ?? 0
            if isOpen, let last = units.last, last.sensors.count < unitSensorCountMax,
                last.beliefCount + count <= unitBeliefCountMax
            {
                units[units.count - 1].sensors.append(sensor)
                units[units.count - 1].beliefCount += count
            } else {
                units.append(Unit(sensors: [sensor], beliefCount: count))
                isOpen = true
            }
        }
        return units
    }

    /// Reads and stores the units; the largest first, so that no reader is left with one at the end.
    func run(_ units: [Unit]) async throws {
        let list = WorkList(units.sorted { $0.beliefCount < $1.beliefCount })
        try await list.run(taskCount: FlexMeasuresSource.readerCount) { unit in
            try await run(unit)
        }
    }

    private func run(_ unit: Unit) async throws {
        guard let first = unit.sensors.first, let last = unit.sensors.last else { return }
        let loads = LoadWindow(engine: engine, countMax: Self.loadCountMax, progress: progress)
        let found = Mutex<[Int64: BeliefChecksum]>([:])
        try await source.readBeliefs(of: first...last) {
            BeliefStream(timings: timings, valueCountMax: Self.loadBeliefCount) { parts in
                found.withLock { found in
                    for part in parts {
                        for (key, columns) in part.series {
                            found[part.sensor.rawValue, default: BeliefChecksum()]
                                .add(columns, of: key)
                        }
                    }
                }
                try loads.submit(batches(parts))
            }
        } _: {
            try loads.finish()
        }
        let checksums = found.withLock { $0 }
        var results: [Int64: BeliefChecksum.Result] = [:]
        for sensor in unit.sensors { results[sensor] = checksums[sensor]?.result ?? .nothing }
        try await note(results)
    }

    private func batches(_ parts: [BeliefStream.Part]) -> [BeliefBatch] {
        parts.flatMap { part -> [BeliefBatch] in
            guard let timing = timings[part.sensor] else { return [] }
            return part.series.map { key, columns in
                BeliefBatch(series: key, timing: timing, columns: columns)
            }
        }
    }
}

/// Loads under way of one reader, which waits on its own thread while there are too many.
private final class LoadWindow: Sendable {
    private let engine: Engine?
    private let progress: @Sendable (Int) -> Void
    private let room: DispatchSemaphore
    private let group = DispatchGroup()
    private let failure = Mutex<(any Error)?>(nil)

    init(engine: Engine?, countMax: Int, progress: @escaping @Sendable (Int) -> Void) {
        self.engine = engine
        self.progress = progress
        room = DispatchSemaphore(value: countMax)
    }

    /// - Throws: why an earlier load failed.
    func submit(_ batches: [BeliefBatch]) throws {
        room.wait()
        if let error = failure.withLock({ $0 }) {
            room.signal()
            throw error
        }
        group.enter()
        Task {
            do {
                try await load(batches)
                progress(batches.reduce(0) { $0 + $1.columns.count })
            } catch {
                failure.withLock { $0 = $0 ?? error }
            }
            room.signal()
            group.leave()
        }
    }

    /// Waits until all is committed.
    func finish() throws {
        group.wait()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func load(_ batches: [BeliefBatch]) async throws {
        guard let engine else { return }
        while true {
            do {
                return try await engine.load(batches)
            } catch let error as EngineError where error.code == .overloaded {
                // Compaction makes room.
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
