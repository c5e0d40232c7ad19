import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: questions about many sensors, aggregates and last values are those of the single
/// questions. Method: random beliefs, deletions and compactions by seed in a real store; then each
/// answer is compared with what `Engine.query` says of each sensor.
@Suite struct EngineQueryTests {
    private static let resolution: Int64 = 900 * Microseconds.second
    private static let timing = EventTiming(resolution: resolution)
    /// Some days before the end of a year, so that batches cross a partition's border.
    private static let origin: Int64 = 1_767_000_000 / 900 * 900 * Microseconds.second
    private static let sensors = (1...6).map { SensorID(Int64($0)) }

    private static func ranks(_ sources: [SourceID]) -> [SourceID: SourceRank] {
        var ranks: [SourceID: SourceRank] = [:]
        for source in sources {
            let place = Int(source.rawValue)
            ranks[source] = SourceRank(family: place, version: place / 3, description: place)
        }
        return ranks
    }

    private static func fill(_ engine: Engine, _ random: inout SeededGenerator) async throws {
        for _ in 0..<60 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0: _ = try await engine.compact()
            case 1:
                let first = origin + .random(in: 0..<900, using: &random) * resolution
                let deletion = Deletion(
                    sensor: try #require(sensors.randomElement(using: &random)),
                    source: Bool.random(using: &random) ? SourceID(1) : nil,
                    events: first...first + .random(in: 0..<90, using: &random) * resolution
                )
                try await engine.delete([deletion])
            default:
                let series = SeriesKey(
                    sensor: try #require(sensors.randomElement(using: &random)),
                    // The last sensors have one source, so that zone maps may answer.
                    source: SourceID(.random(in: 1...3, using: &random))
                )
                let isShared = series.sensor.rawValue <= 2
                var columns = BeliefColumns()
                let first = origin + .random(in: 0..<900, using: &random) * resolution
                let belief = first + .random(in: -20..<40, using: &random) * resolution
                for index in 0..<Int64.random(in: 1...200, using: &random) {
                    let value = Double(Int.random(in: 0..<9, using: &random)) / 2
                    columns.append(first + index * resolution, belief, value)
                }
                let key = isShared ? series : SeriesKey(sensor: series.sensor, source: SourceID(1))
                let batch = BeliefBatch(series: key, timing: timing, columns: columns)
                do {
                    _ = try await engine.append(AppendRequest([batch]))
                } catch let error as EngineError where error.code == .replacement {}
            }
        }
    }

    private static func queries(_ random: inout SeededGenerator) -> [SeriesQuery] {
        let first = origin + .random(in: -50..<900, using: &random) * resolution
        let last = first + .random(in: 0..<900, using: &random) * resolution
        let knownBy =
            Int.random(in: 0..<3, using: &random) == 0
            ? first + .random(in: -20..<40, using: &random) * resolution : nil
        let source = Int.random(in: 0..<4, using: &random) == 0 ? Set([SourceID(1)]) : nil
        return sensors.map { sensor in
            var query = SeriesQuery(sensor: sensor, timing: timing, events: first...last)
            query.knownBy = knownBy
            query.sources = source
            return query
        }
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `many questions are so many single ones`(seed: UInt64) async throws {
        var configuration = EngineConfiguration()
        configuration.compactsInBackground = false
        configuration.cacheByteCountMax = seed % 2 == 0 ? 4_000 : 4_000_000
        let fixture = try await EngineFixture(configuration: configuration)
        try await fixture.withEngine { engine in
            var random = SeededGenerator(seed: seed)
            for _ in 0..<4 {
                try await Self.fill(engine, &random)
                for _ in 0..<6 {
                    let queries = Self.queries(&random)
                    try await Self.compareValues(engine, queries)
                    try await Self.compareAggregates(engine, queries, &random)
                    try await Self.compareHistory(engine, queries, &random)
                }
                try await Self.compareLast(engine)
                try await Self.compareExtents(engine)
            }
        }
    }

    private static func compareValues(_ engine: Engine, _ queries: [SeriesQuery]) async throws {
        var seen: [Int] = []
        try await engine.query(queries, ranks: ranks) { index, found in
            seen.append(index)
            let single = try await engine.query(queries[index], ranks: ranks)
            #expect(found == single)
        }
        #expect(seen == Array(queries.indices))
    }

    private static func compareAggregates(
        _ engine: Engine,
        _ queries: [SeriesQuery],
        _ random: inout SeededGenerator
    ) async throws {
        let events = queries[0].events
        let bin = [4, 96, 700].randomElement(using: &random).map { $0 * resolution } ?? resolution
        let edges = try #require(
            CalendarStep(microseconds: bin - 60_000_000).edges(
                from: events.lowerBound,
                until: events.upperBound + 1,
                in: .utc,
                countMax: 10_000
            )
        )
        for aggregate in Aggregate.allCases {
            try await engine.aggregate(queries, edges: { _ in edges }, aggregate, ranks: ranks) {
                index,
                values in
                let selected = try await engine.query(queries[index], ranks: ranks)
                let expected = ValueGrid.aggregate(
                    selected,
                    edges: edges,
                    aggregate,
                    ranks: ranks
                )
                #expect(values.count == expected.count)
                // Halves add up without error, so sums from zone maps are equal too.
                for (value, wanted) in zip(values, expected) {
                    #expect(value == wanted || (value.isNaN && wanted.isNaN))
                }
            }
        }
    }

    private static func compareLast(_ engine: Engine) async throws {
        let found = try await engine.lastValues(of: sensors.map { ($0, timing) }, ranks: ranks)
        #expect(found.count == sensors.count)
        for (sensor, found) in zip(sensors, found) {
            let query = SeriesQuery(sensor: sensor, timing: timing, events: .min ... .max)
            let all = try await engine.query(query, ranks: ranks)
            #expect(found?.last == all.columns.lastValue)
            #expect(found?.source == all.sources.last)
        }
    }

    /// All that a source has believed says what it believed at any moment.
    private static func compareHistory(
        _ engine: Engine,
        _ queries: [SeriesQuery],
        _ random: inout SeededGenerator
    ) async throws {
        var detail = SourceDetail()
        (detail.isLatestOnly, detail.isHighestVersionOnly) = (false, false)
        let moment =
            queries[0].events.lowerBound + .random(in: -20..<400, using: &random) * resolution
        var known = queries
        for index in known.indices where known[index].knownBy.map({ $0 > moment }) ?? true {
            known[index].knownBy = moment
        }
        var since = queries
        for index in since.indices { since[index].knownSince = moment }
        var recent: [[SeriesKey: BeliefColumns]] = []
        try await engine.beliefs(since, detail, ranks: ranks) { recent.append($1) }
        try await engine.beliefs(queries, detail, ranks: ranks) { index, found in
            for source in 1...3 {
                var one = known[index]
                one.sources = [SourceID(Int64(source))]
                let isWanted = queries[index].sources?.contains(SourceID(Int64(source))) ?? true
                let expected =
                    isWanted ? try await engine.query(one, ranks: ranks).columns : BeliefColumns()
                let key = SeriesKey(sensor: one.sensor, source: SourceID(Int64(source)))
                let all = found[key] ?? BeliefColumns()
                let earlier = all.where { $0 <= one.knownBy ?? .max }
                #expect(Selection.latestPerEvent(earlier) == expected)
                #expect((recent[index][key] ?? BeliefColumns()) == all.where { $0 >= moment })
            }
        }
        try await engine.beliefs(queries, SourceDetail(), ranks: ranks) { index, found in
            for (key, columns) in found {
                var one = queries[index]
                one.sources = [key.source]
                let single = try await engine.query(one, ranks: ranks)
                #expect(single.columns == columns)
            }
        }
    }

    private static func compareExtents(_ engine: Engine) async throws {
        let extents = try await engine.extents(of: sensors + [SensorID(99)])
        #expect(extents[SensorID(99)] == nil)
        for sensor in sensors {
            let query = SeriesQuery(sensor: sensor, timing: timing, events: .min ... .max)
            let all = try await engine.query(query, ranks: ranks).columns.eventStarts
            #expect(extents[sensor]?.lowerBound == all.first)
            #expect(extents[sensor]?.upperBound == all.last)
        }
    }

    /// Goal: zone maps do answer. Method: how many blocks were decoded.
    @Test func `a whole block is answered without decoding it`() throws {
        let key = SeriesKey(sensor: SensorID(1), source: SourceID(1))
        var columns = BeliefColumns()
        for index in 0..<Int64(100) { columns.append(index * 10, index * 10 + 5, Double(index)) }
        var scale: BlockScale?
        let row = StoredBlock(series: key, columns: columns, blockID: 1, scale: &scale)
        let query = SeriesQuery(
            sensor: key.sensor,
            timing: EventTiming(resolution: 10),
            events: 0...2_000
        )
        func check(
            _ aggregate: Aggregate,
            _ edges: [Int64],
            _ expected: [Double],
            decoded: Int,
            recent: BeliefColumns? = nil,
            deletions: [Deletion] = []
        ) throws {
            let zones = ZoneMapAggregation(query: query, edges: edges, aggregate: aggregate)
            let memory = recent.map { [key: $0] } ?? [:]
            let parts = SensorParts(current: [row], recent: memory, deletions: deletions)
            let answer = try #require(try zones.answer(parts))
            #expect(answer.states.map { $0.result(aggregate) } == expected)
            #expect(answer.decodedCount == decoded)
        }
        try check(.count, [0, 1_000], [100], decoded: 0)
        try check(.sum, [0, 1_000], [4_950], decoded: 0)
        try check(.mean, [0, 991], [49.5], decoded: 0)
        try check(.min, [-5, 1_000], [0], decoded: 0)
        try check(.max, [0, 1_000], [99], decoded: 0)
        try check(.first, [0, 1_000], [0], decoded: 1)
        try check(.last, [0, 1_000], [99], decoded: 1)
        // A bin that ends inside the block needs it.
        try check(.sum, [0, 500, 1_000], [1_225, 3_725], decoded: 1)
        // So does a newer belief about one of its events, and a deletion; an event beside it does
        // not.
        let newer = BeliefColumns(eventStarts: [990], beliefTimes: [2_000], values: [0])
        try check(.sum, [0, 1_000], [4_851], decoded: 1, recent: newer)
        let beside = BeliefColumns(eventStarts: [995], beliefTimes: [2_000], values: [1])
        try check(.sum, [0, 1_000], [4_951], decoded: 0, recent: beside)
        try check(.last, [0, 1_000], [1], decoded: 1, recent: beside)
        let deletion = Deletion(sensor: key.sensor, events: 0...0)
        try check(.count, [0, 1_000], [99], decoded: 1, deletions: [deletion])
    }
}

extension BeliefColumns {
    /// Those whose belief time passes.
    fileprivate func `where`(_ passes: (Int64) -> Bool) -> BeliefColumns {
        var result = BeliefColumns()
        for index in 0..<count where passes(beliefTimes[index]) {
            result.append(eventStarts[index], beliefTimes[index], values[index])
        }
        return result
    }
}
