import Model
import TestSupport
import Testing

@testable import TSEngine

/// What line protocol clients expect of the store: the last write of an event wins.
@Suite struct MixedBatchTests {
    private static let second = Microseconds.second
    private static let now = 1_790_000_000 * second + 250_000

    private static func query(_ sensor: Int64) -> SeriesQuery {
        SeriesQuery(
            sensor: SensorID(sensor),
            timing: EventTiming(resolution: 0),
            events: .min ... .max
        )
    }

    private static func beliefs(_ engine: Engine, _ sensor: Int64) async throws -> BeliefColumns {
        try await engine.query(query(sensor)) { _ in [:] }.columns
    }

    private static func slot(_ engine: Engine, _ sensor: Int64) -> UInt32 {
        engine.slots(of: [SeriesKey(sensor: SensorID(sensor), source: SourceID(1))])[0].rawValue
    }

    /// Goal: belief times of new events are those of the rule in `Committer.prepare`: the second of
    /// receipt, or the event if it came after that second began.
    @Test func `new events are believed since the second of their receipt`() async throws {
        try await EngineFixture().withEngine { engine in
            let slot = Self.slot(engine, 1)
            let began = Self.now - 250_000
            let events = [
                began - 60 * Self.second, began + 100_000, Self.now, Self.now + Self.second,
            ]
            let batch = MixedBatch(
                slots: [slot, slot, slot, slot],
                eventStarts: events,
                values: [1, 2, 3, 4]
            )
            let received = Timestamp(microseconds: Self.now)
            #expect(try await engine.append(batch, receivedAt: received) == .stored)
            let found = try await Self.beliefs(engine, 1)
            #expect(found.eventStarts == events)
            #expect(found.beliefTimes == [began, began + 100_000, Self.now, began])
        }
    }

    /// Goal: requests of one client overtake each other; what comes late is new all the same, and is
    /// believed since the second, so that it takes no room of its own. Method: events behind the latest
    /// two, in the memtable and in blocks; then the same once more, with other values.
    @Test func `late events that nobody knew are believed since the second`() async throws {
        try await EngineFixture().withEngine { engine in
            let slot = Self.slot(engine, 1)
            let began = Self.now - 250_000
            func write(_ minutes: [Int64], _ value: Double) async throws {
                let batch = MixedBatch(
                    slots: minutes.map { _ in slot },
                    eventStarts: minutes.map { began - $0 * 60 * Self.second },
                    values: minutes.map { _ in value }
                )
                _ = try await engine.append(batch, receivedAt: Timestamp(microseconds: Self.now))
            }
            try await write([9, 5, 1], 1)
            try await write([4], 1)
            _ = try await engine.compact()
            try await write([8, 3], 1)
            let times = try await Self.beliefs(engine, 1).beliefTimes
            #expect(times == Array(repeating: began, count: 6))
            try await write([8], 2)
            let found = try await Self.beliefs(engine, 1)
            #expect(found.values == [1, 2, 1, 1, 1, 1])
            #expect(found.beliefTimes[1] == Self.now)
        }
    }

    /// Goal: the last write wins, in the memtable, over blocks, within one request, and even if the
    /// clock is set back; repeated values are skipped.
    @Test func `the last write of an event wins`() async throws {
        let fixture = try await EngineFixture()
        let event = Self.now - 100 * Self.second
        func write(
            _ engine: Engine,
            _ values: [Double],
            at time: Int64
        ) async throws -> AppendOutcome {
            let slot = Self.slot(engine, 1)
            let batch = MixedBatch(
                slots: values.map { _ in slot },
                eventStarts: values.map { _ in event },
                values: values
            )
            return try await engine.append(batch, receivedAt: Timestamp(microseconds: time))
        }
        try await fixture.withEngine { engine in
            #expect(try await write(engine, [1, 2], at: Self.now) == .stored)
            #expect(try await Self.beliefs(engine, 1).values == [2])
            #expect(try await write(engine, [2], at: Self.now + 10) == .nothingNew)
            #expect(try await write(engine, [3], at: Self.now - 50 * Self.second) == .stored)
            #expect(try await Self.beliefs(engine, 1).values == [3])
            _ = try await engine.compact()
            #expect(try await write(engine, [3], at: Self.now) == .nothingNew)
            #expect(try await write(engine, [4, 5, 6], at: Self.now) == .stored)
            #expect(try await Self.beliefs(engine, 1).values == [6])
        }
        // Another process, which has to learn what is stored.
        try await fixture.withEngine { engine in
            #expect(try await write(engine, [6], at: Self.now) == .nothingNew)
            _ = try await engine.compact()
        }
        try await fixture.withEngine { engine in
            let again = try await write(engine, [6], at: Self.now)
            #expect(again == .nothingNew)
            #expect(try await write(engine, [7], at: Self.now) == .stored)
            #expect(try await Self.beliefs(engine, 1).values == [7])
        }
    }

    /// Goal: deletions are gone from the disk after a compaction, survive a restart before it, and
    /// do not touch what is written after them.
    @Test func `deletions hide at once and free the disk`() async throws {
        let fixture = try await EngineFixture()
        let deletion = Deletion(sensor: SensorID(1))
        func write(_ engine: Engine, _ first: Int64) async throws {
            let slot = Self.slot(engine, 1)
            let events = (first..<first + 1_000).map { $0 * Self.second }
            let batch = MixedBatch(
                slots: events.map { _ in slot },
                eventStarts: events,
                values: events.map { Double($0 % 977) }
            )
            _ = try await engine.append(batch, receivedAt: Timestamp(microseconds: Self.now))
        }
        try await fixture.withEngine { engine in
            try await write(engine, 0)
            _ = try await engine.compact()
            try await write(engine, 1_000)
            try await engine.delete([deletion])
            #expect(try await Self.beliefs(engine, 1).isEmpty)
            try await write(engine, 500)
        }
        try await fixture.withEngine { engine in
            #expect(try await Self.beliefs(engine, 1).eventStarts.first == 500 * Self.second)
            _ = try await engine.compact()
            #expect(try await Self.beliefs(engine, 1).count == 1_000)
            #expect(try await StoreMaintenance(fixture.pool).size().valueCount == 1_000)
            try await engine.delete([deletion])
            _ = try await engine.compact()
            #expect(try await StoreMaintenance(fixture.pool).size().valueCount == 0)
        }
    }
}
