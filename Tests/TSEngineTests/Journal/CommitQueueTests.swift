import Logging
import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

@Suite struct CommitQueueTests {
    private static func request(sensor: Int64, valueCount: Int64) -> AppendRequest {
        var columns = BeliefColumns()
        for index in 0..<valueCount { columns.append(index * 1_000_000, 0, 1) }
        return AppendRequest([
            BeliefBatch(
                series: SeriesKey(sensor: SensorID(sensor), source: SourceID(1)),
                timing: EventTiming(resolution: 0),
                columns: columns
            )
        ])
    }

    private static func work(sensor: Int64, valueCount: Int64) -> CommitWork {
        .batches(
            request(sensor: sensor, valueCount: valueCount).batches.map {
                CommitWork.SlottedBatch(slot: 0, batch: $0)
            }
        )
    }

    /// Goal: a store that stands still answers at once that it is full. Method: a queue that nobody
    /// empties, and requests beyond its bytes.
    @Test func `a full queue refuses at once`() async {
        let queue = CommitQueue(byteCountMax: 2_000)
        // Larger than the whole queue, but there must be a way for every size.
        async let first = queue.append(Self.work(sensor: 1, valueCount: 1_000))
        while queue.depth.requestCount == 0 { await Task.yield() }
        await #expect(throws: EngineError.self) {
            try await queue.append(Self.work(sensor: 2, valueCount: 1))
        }
        for waiting in queue.drain() { waiting.continuation.resume(returning: .stored) }
        #expect((try? await first) == .stored)
        #expect(queue.depth == (0, 0))
    }

    /// Goal: without Postgres nothing is acknowledged and nobody waits. Method: an engine whose
    /// database does not exist.
    @Test func `a store without Postgres fails appends as unavailable`() async throws {
        let engine = Engine(
            pool: PostgresPool(.init(conninfo: "host=/nowhere dbname=none")),
            configuration: EngineConfiguration(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            for sensor in 1...20 as ClosedRange<Int64> {
                let error = await #expect(throws: EngineError.self) {
                    try await engine.append(Self.request(sensor: sensor, valueCount: 3))
                }
                #expect(error?.code == .unavailable)
            }
            group.cancelAll()
        }
        let error = await #expect(throws: EngineError.self) {
            try await engine.append(Self.request(sensor: 1, valueCount: 1))
        }
        #expect(error?.code == .stopped)
    }

    /// Goal: two processes on one database answer as one. Method: two engines take turns and race;
    /// each must see the other's commits in its saving rules.
    @Test func `two engines agree on what is a replacement`() async throws {
        let fixture = try await EngineFixture()
        try await fixture.withEngine { one in
            let pool = PostgresPool(.init(conninfo: fixture.conninfo))
            let other = Engine(
                pool: pool,
                configuration: EngineConfiguration(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            try await other.whileRunning { two in
                let request = Self.request(sensor: 1, valueCount: 5)
                #expect(try await one.append(request) == .stored)
                #expect(try await two.append(request) == .nothingNew)
                _ = try await one.compact()
                #expect(try await two.append(request) == .nothingNew)
                // What one has acknowledged the other reads at once.
                for round in 1_000...1_030 as ClosedRange<Int64> {
                    let (writer, reader) = round % 2 == 0 ? (one, two) : (two, one)
                    let request = Self.request(sensor: round, valueCount: 3)
                    #expect(try await writer.append(request) == .stored)
                    let query = SeriesQuery(
                        sensor: SensorID(round),
                        timing: EventTiming(resolution: 0),
                        events: .min ... .max
                    )
                    #expect(try await reader.query(query) { _ in [:] }.columns.count == 3)
                    try await writer.delete([Deletion(sensor: SensorID(round))])
                    #expect(try await reader.query(query) { _ in [:] }.columns.isEmpty)
                }
                // Racing: of two different values for one belief exactly one is stored.
                for round in 2...20 as ClosedRange<Int64> {
                    let outcomes = await Self.race(one, two, sensor: round)
                    #expect(outcomes.filter { $0 == "stored" }.count == 1, "\(outcomes)")
                    #expect(outcomes.filter { $0 == "replacement" }.count == 1, "\(outcomes)")
                }
            }
        }
    }

    private static func race(_ one: Engine, _ two: Engine, sensor: Int64) async -> [String] {
        await withTaskGroup(of: String.self) { group in
            for (engine, value) in [(one, 1.0), (two, 2.0)] {
                group.addTask {
                    let columns = BeliefColumns(
                        eventStarts: [7],
                        beliefTimes: [7],
                        values: [value]
                    )
                    let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(1))
                    let timing = EventTiming(resolution: 0)
                    let batch = BeliefBatch(series: series, timing: timing, columns: columns)
                    do {
                        return "\(try await engine.append(AppendRequest([batch])))"
                    } catch let error as EngineError {
                        return "\(error.code)"
                    } catch {
                        return "\(error)"
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}
