import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: the engine answers as the naive store does, whatever is appended, compacted, restarted and
/// asked, in any order. Method: random operations by seed against both; the seed is the argument.
@Suite struct EngineSimulationTests {
    @Test(arguments: 1...15 as ClosedRange<UInt64>)
    func `engine and naive store agree`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var configuration = EngineConfiguration()
        configuration.compactsInBackground = false
        configuration.allowsOverwrite = seed % 4 == 0
        // A cache of a few blocks, so that fills, hits and evictions all happen.
        configuration.cacheByteCountMax = 4_000
        let fixture = try await EngineFixture(configuration: configuration)
        var naive = NaiveStore()
        naive.allowsOverwrite = configuration.allowsOverwrite
        // Many of two groups, whose small blocks share pages; or a few, to meet more often.
        if seed % 3 == 0 { naive.sensors = 240...269 }
        for _ in 0..<6 {
            naive = try await fixture.withEngine { engine in
                var store = naive
                for _ in 0..<40 {
                    try await Self.step(engine, &store, &random)
                }
                return store
            }
        }
        let fresh = naive
        try await fixture.withEngine { engine in
            try await Self.compareAll(engine, fresh)
            _ = try await engine.compact()
            try await Self.compareAll(engine, fresh)
            let size = try await StoreMaintenance(fixture.pool).size()
            if !configuration.allowsOverwrite {
                #expect(Int(size.valueCount) == fresh.beliefs.count)
            }
        }
    }

    private static let resolution: Int64 = 900 * Microseconds.second
    private static let timing = EventTiming(resolution: resolution)
    /// Some days before the end of a year, so that batches cross a partition's border.
    private static let origin: Int64 = 1_767_000_000 / 900 * 900 * Microseconds.second

    private static func rank(_ source: SourceID) -> SourceRank {
        // Of families of their own: within one the id decides before the belief time.
        SourceRank(
            family: Int(source.rawValue),
            version: source.rawValue == 3 ? 1 : 0,
            description: Int(source.rawValue)
        )
    }

    private static func sensor(
        _ naive: NaiveStore,
        _ random: inout SeededGenerator
    ) -> SensorID {
        SensorID(.random(in: naive.sensors, using: &random))
    }

    private static func step(
        _ engine: Engine,
        _ naive: inout NaiveStore,
        _ random: inout SeededGenerator
    ) async throws {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: _ = try await engine.compact()
        case 1: try await delete(engine, &naive, &random)
        case 2..<5: try await appendMixed(engine, &naive, &random)
        case 5..<13: try await append(engine, &naive, &random)
        default: try await compare(engine, naive, &random)
        }
    }

    private static func append(
        _ engine: Engine,
        _ naive: inout NaiveStore,
        _ random: inout SeededGenerator
    ) async throws {
        let series = SeriesKey(
            sensor: sensor(naive, &random),
            source: SourceID(.random(in: 1...3, using: &random))
        )
        var columns = BeliefColumns()
        let first = origin + .random(in: 0..<600, using: &random) * resolution
        let belief = first + .random(in: -20..<40, using: &random) * resolution
        for index in 0..<Int64.random(in: 1...60, using: &random) {
            // Few different values, so that unchanged beliefs are common.
            let value = Double(Int.random(in: 0..<3, using: &random)) / 2
            let isMissing = Int.random(in: 0..<10, using: &random) == 0
            columns.append(first + index * resolution, belief, isMissing ? .nan : value)
        }
        if Int.random(in: 0..<8, using: &random) == 0 {
            // Several beliefs about one event, out of order.
            columns.append(first, belief - 5 * resolution, 0.5)
            columns.append(first, belief + 5 * resolution, 1)
        }
        let batch = BeliefBatch(series: series, timing: timing, columns: columns)
        let expected = naive.append(batch)
        let outcome: NaiveStore.Outcome
        do {
            outcome =
                switch try await engine.append(AppendRequest([batch])) {
                case .stored: .stored
                case .someUnchanged: .someUnchanged
                case .nothingNew: .nothingNew
                }
        } catch let error as EngineError where error.code == .replacement {
            outcome = .replacement
        }
        #expect(outcome == expected)
    }

    /// Rows of several series, each event at most once, received at a full second.
    private static func appendMixed(
        _ engine: Engine,
        _ naive: inout NaiveStore,
        _ random: inout SeededGenerator
    ) async throws {
        let received = origin + .random(in: 0..<700, using: &random) * resolution
        var batch = MixedBatch()
        var seen: Set<[Int64]> = []
        for _ in 0..<Int.random(in: 1...80, using: &random) {
            let series = SeriesKey(
                sensor: sensor(naive, &random),
                source: SourceID(.random(in: 1...3, using: &random))
            )
            let event = origin + .random(in: 0..<600, using: &random) * resolution
            let isNew = seen.insert([series.sensor.rawValue, series.source.rawValue, event])
                .inserted
            guard isNew else { continue }
            let value = Double(Int.random(in: 0..<3, using: &random)) / 2
            batch.slots.append(engine.slots(of: [series])[0].rawValue)
            batch.eventStarts.append(event)
            batch.values.append(value)
            naive.append(series, event: event, value: value, receivedAt: received)
        }
        _ = try await engine.append(batch, receivedAt: Timestamp(microseconds: received))
    }

    private static func delete(
        _ engine: Engine,
        _ naive: inout NaiveStore,
        _ random: inout SeededGenerator
    ) async throws {
        var deletions: [Deletion] = []
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let first = origin + .random(in: -10..<600, using: &random) * resolution
            let isWhole = Int.random(in: 0..<6, using: &random) == 0
            let last = first + .random(in: 0..<100, using: &random) * resolution
            let source = SourceID(.random(in: 1...3, using: &random))
            deletions.append(
                Deletion(
                    sensor: sensor(naive, &random),
                    source: Bool.random(using: &random) ? source : nil,
                    events: isWhole ? .min ... .max : first...last
                )
            )
        }
        try await engine.delete(deletions)
        for deletion in deletions { naive.delete(deletion) }
    }

    private static func compare(
        _ engine: Engine,
        _ naive: NaiveStore,
        _ random: inout SeededGenerator
    ) async throws {
        let sensor = sensor(naive, &random)
        let first = origin + .random(in: -10..<600, using: &random) * resolution
        let last = first + .random(in: 0..<300, using: &random) * resolution
        var query = SeriesQuery(sensor: sensor, timing: timing, events: first...last)
        if Bool.random(using: &random) {
            query.knownBy = origin + .random(in: -10..<700, using: &random) * resolution
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            query.horizonMin = .random(in: -20..<20, using: &random) * resolution
        }
        try await compare(engine, naive, query)
    }

    private static func compareAll(_ engine: Engine, _ naive: NaiveStore) async throws {
        for sensor in naive.sensors {
            let query = SeriesQuery(
                sensor: SensorID(sensor),
                timing: timing,
                events: Timestamp.earliest.microseconds...Timestamp.latest.microseconds
            )
            try await compare(engine, naive, query)
        }
    }

    private static func compare(
        _ engine: Engine,
        _ naive: NaiveStore,
        _ query: SeriesQuery
    ) async throws {
        let expected = naive.select(
            sensor: query.sensor,
            events: query.events,
            timing: timing,
            knownBy: query.knownBy,
            horizonMin: query.horizonMin,
            rank: rank
        )
        let found = try await engine.query(query) { sources in
            Dictionary(uniqueKeysWithValues: sources.map { ($0, rank($0)) })
        }
        #expect(found.columns.eventStarts == expected.keys.sorted())
        for index in 0..<found.columns.count {
            let belief = expected[found.columns.eventStarts[index]]
            #expect(belief?.value == found.columns.values[index])
            #expect(belief?.belief == found.columns.beliefTimes[index])
            #expect(belief?.series.source == found.sources[index])
        }
    }
}
