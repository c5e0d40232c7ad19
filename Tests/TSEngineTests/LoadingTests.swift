import Model
import Testing

@testable import TSEngine

/// Histories that are taken over as they are, and read again whole.
@Suite struct LoadingTests {
    private static let timing = EventTiming(resolution: 15 * Microseconds.minute)
    private static let key = SeriesKey(sensor: SensorID(1), source: SourceID(2))
    private static let all = Timestamp.earliest.microseconds...Timestamp.latest.microseconds

    /// Events of two years, each believed several times: the value, the value again, another one,
    /// nothing (NaN).
    private static func beliefs() -> BeliefColumns {
        var columns = BeliefColumns()
        let start: Int64 = 1_704_067_200 * Microseconds.second - 40 * Microseconds.hour
        for index in 0..<400 as Range<Int64> {
            let event = start + index * 15 * Microseconds.minute
            for (revision, value) in [1.5, 1.5, -0.0, .nan].enumerated() {
                columns.append(event, event + Int64(revision) * Microseconds.hour, value)
            }
        }
        return columns
    }

    private static func batch(_ columns: BeliefColumns) -> BeliefBatch {
        BeliefBatch(series: key, timing: timing, columns: columns)
    }

    private static func bits(_ columns: BeliefColumns?) -> [UInt64] {
        (columns?.values ?? []).map(\.bitPattern)
    }

    private func check(
        _ engine: Engine,
        _ expected: BeliefColumns,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let stored = try await engine.history(of: SensorID(1), eventsIn: Self.all)[Self.key]
        #expect(stored?.eventStarts == expected.eventStarts, sourceLocation: sourceLocation)
        #expect(stored?.beliefTimes == expected.beliefTimes, sourceLocation: sourceLocation)
        #expect(Self.bits(stored) == Self.bits(expected), sourceLocation: sourceLocation)
        var parts = BeliefColumns()
        for span in engine.eventSpans {
            let part = try await engine.history(of: SensorID(1), eventsIn: span)[Self.key]
            if let part { parts.append(contentsOf: part) }
        }
        #expect(parts.beliefTimes == expected.beliefTimes, sourceLocation: sourceLocation)
    }

    /// Goal: nothing is skipped, refused or changed, whatever the order; loading again changes
    /// nothing, also where the first load is in blocks; and a restart has it all.
    @Test func `beliefs are kept as they are`() async throws {
        let fixture = try await EngineFixture()
        let columns = Self.beliefs()
        try await fixture.withEngine { engine in
            // The later half first, and unsorted.
            let half = columns.count / 2
            var late = columns.slice(half..<columns.count)
            late.eventStarts.reverse()
            late.beliefTimes.reverse()
            late.values.reverse()
            try await engine.load([Self.batch(late)])
            try await engine.load([Self.batch(columns.slice(0..<half))])
            try await check(engine, columns)
            _ = try await engine.compact()
            try await check(engine, columns)
            try await engine.load([Self.batch(columns.slice(100..<900))])
            try await check(engine, columns)
            _ = try await engine.compact()
            try await check(engine, columns)
        }
        try await fixture.withEngine { engine in try await check(engine, columns) }
    }

    /// Goal: what was loaded counts for what is written later: the saving rules see it.
    @Test func `later posts know what was loaded`() async throws {
        let fixture = try await EngineFixture()
        try await fixture.withEngine { engine in
            let event: Int64 = 1_704_067_200 * Microseconds.second
            let known = event + Self.timing.resolution
            let loaded = BeliefColumns(
                eventStarts: [event, event],
                beliefTimes: [known, known + 5],
                values: [1, 2]
            )
            try await engine.load([Self.batch(loaded)])
            func post(_ belief: Int64, _ value: Double) async throws -> AppendOutcome {
                let columns = BeliefColumns(
                    eventStarts: [event],
                    beliefTimes: [belief],
                    values: [value]
                )
                return try await engine.append(AppendRequest([Self.batch(columns)]))
            }
            #expect(try await post(known + 9, 2) == .nothingNew)
            #expect(try await post(known + 9, 3) == .stored)
            await #expect(throws: EngineError.self) { _ = try await post(known + 5, 7) }
        }
    }

    /// Goal: the spans hold every event once.
    @Test func `spans have no gaps`() async throws {
        let fixture = try await EngineFixture()
        try await fixture.withEngine { engine in
            try await engine.load([Self.batch(Self.beliefs())])
            _ = try await engine.compact()
            let spans = engine.eventSpans
            #expect(spans.count >= 4)
            #expect(spans.first?.lowerBound == Timestamp.earliest.microseconds)
            #expect(spans.last?.upperBound == Timestamp.latest.microseconds)
            for (span, next) in zip(spans, spans.dropFirst()) {
                #expect(span.upperBound + 1 == next.lowerBound)
            }
        }
    }
}
