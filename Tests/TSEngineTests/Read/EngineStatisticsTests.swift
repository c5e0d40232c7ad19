import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: statistics count every belief once, wherever it is, and the last events are those that are
/// known. Method: random beliefs, deletions and compactions by seed in a real store, against a plain
/// list of what was accepted.
@Suite struct EngineStatisticsTests {
    private static let resolution: Int64 = 900 * Microseconds.second
    private static let timing = EventTiming(resolution: resolution)
    /// Some days before the end of a year, so that there are two partitions.
    private static let origin: Int64 = 1_767_000_000 / 900 * 900 * Microseconds.second
    private static let sensor = SensorID(1)

    private struct Belief: Hashable { let source: Int64, event: Int64, belief: Int64 }

    /// What is stored: first in the order of their belief times, so that no rule skips anything.
    private struct Ledger {
        var values: [Belief: Double] = [:]
        var clock = origin

        mutating func fill(_ engine: Engine, _ random: inout SeededGenerator) async throws {
            for _ in 0..<25 {
                switch Int.random(in: 0..<10, using: &random) {
                case 0: _ = try await engine.compact()
                case 1:
                    let first = origin + .random(in: 0..<900, using: &random) * resolution
                    let events = first...first + .random(in: 0..<60, using: &random) * resolution
                    let source: Int64? = Bool.random(using: &random) ? 1 : nil
                    try await engine.delete([
                        Deletion(
                            sensor: sensor,
                            source: source.map { SourceID($0) },
                            events: events
                        )
                    ])
                    values = values.filter { entry in
                        let isConcerned = source == nil || source == entry.key.source
                        return !isConcerned || !events.contains(entry.key.event)
                    }
                default: try await post(engine, &random)
                }
            }
        }

        private mutating func post(
            _ engine: Engine,
            _ random: inout SeededGenerator
        ) async throws {
            clock += Microseconds.second
            let source = Int64.random(in: 1...2, using: &random)
            let first = origin + .random(in: 0..<900, using: &random) * resolution
            var columns = BeliefColumns()
            for index in 0..<Int64.random(in: 1...150, using: &random) {
                // No value is ever repeated, so every belief is stored.
                let value = Double(values.count + columns.count + Int(clock % 1_000_000_007)) / 2
                columns.append(first + index * resolution, clock, value)
            }
            let series = SeriesKey(sensor: sensor, source: SourceID(source))
            let batch = BeliefBatch(series: series, timing: timing, columns: columns)
            #expect(try await engine.append(AppendRequest([batch])) == .stored)
            for index in 0..<columns.count {
                let key = Belief(source: source, event: columns.eventStarts[index], belief: clock)
                values[key] = columns.values[index]
            }
        }

        func check(_ engine: Engine, _ events: ClosedRange<Int64>) async throws {
            let found = try await engine.statistics(of: sensor, events: events)
            for source in 1...2 as ClosedRange<Int64> {
                let own = values.filter {
                    $0.key.source == source && events.contains($0.key.event)
                }
                guard let statistics = found[SourceID(source)] else {
                    #expect(own.isEmpty)
                    continue
                }
                #expect(statistics.count == own.count)
                #expect(statistics.firstEvent == own.keys.map(\.event).min())
                #expect(statistics.lastEvent == own.keys.map(\.event).max())
                #expect(statistics.lastBelief == own.keys.map(\.belief).max())
                #expect(statistics.min == own.values.min())
                #expect(statistics.max == own.values.max())
                // Halves add up without error.
                #expect(statistics.sum == own.values.reduce(0, +))
            }
        }

        func checkLast(_ engine: Engine, knownBy: Int64?) async throws {
            var query = SeriesQuery(sensor: sensor, timing: timing, events: .min ... .max)
            query.knownBy = knownBy
            let found = try await engine.lastEvents(query)
            for source in 1...2 as ClosedRange<Int64> {
                let own = values.keys.filter {
                    $0.source == source && $0.belief <= knownBy ?? .max
                }
                #expect(found[SourceID(source)] == own.map(\.event).max())
            }
        }
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func `statistics are those of all beliefs`(seed: UInt64) async throws {
        var configuration = EngineConfiguration()
        configuration.compactsInBackground = false
        let fixture = try await EngineFixture(configuration: configuration)
        try await fixture.withEngine { engine in
            var random = SeededGenerator(seed: seed)
            var ledger = Ledger()
            for _ in 0..<5 {
                try await ledger.fill(engine, &random)
                try await ledger.check(engine, .min ... .max)
                for _ in 0..<5 {
                    let first =
                        Self.origin + .random(in: -20..<1_000, using: &random) * Self.resolution
                    let length = Int64.random(in: 0..<1_000, using: &random) * Self.resolution
                    try await ledger.check(engine, first...first + length)
                }
                try await ledger.checkLast(engine, knownBy: nil)
                let moment = Int64.random(in: Self.origin...ledger.clock, using: &random)
                try await ledger.checkLast(engine, knownBy: moment)
            }
        }
    }
}
