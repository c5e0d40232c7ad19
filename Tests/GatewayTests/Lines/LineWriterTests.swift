import Auth
import Catalog
import Model
import Postgres
import Synchronization
import TSEngine
import TestSupport
import Testing

@testable import Gateway

/// Keeps what is appended, in memory.
private final class FakeStore: LineStore {
    private struct State {
        var keys: [SeriesKey] = []
        var rows: [String] = []
        var failure: EngineError?
    }
    private let state = Mutex(State())

    func slots(of keys: [SeriesKey]) -> [SeriesSlot] {
        state.withLock { state in
            keys.map { key in
                if let known = state.keys.firstIndex(of: key) { return SeriesSlot(UInt32(known)) }
                state.keys.append(key)
                return SeriesSlot(UInt32(state.keys.count - 1))
            }
        }
    }

    func append(_ batch: MixedBatch, receivedAt: Timestamp) async throws -> AppendOutcome {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            for row in 0..<batch.count {
                let key = state.keys[Int(batch.slots[row])]
                state.rows.append("\(key.sensor) @\(batch.eventStarts[row]) = \(batch.values[row])")
            }
            return .stored
        }
    }

    func fail(_ failure: EngineError?) { state.withLock { $0.failure = failure } }

    /// Takes what was appended.
    func takeRows() -> [String] {
        state.withLock { state in
            defer { state.rows = [] }
            return state.rows
        }
    }
}

/// A catalog with two accounts, and a writer.
private struct Fixture {
    let conninfo: String
    let catalog: CatalogStore
    let writer: LineWriter
    let store = FakeStore()
    let accounts: [AccountID]
    let counters = LineCounters()

    init(seriesCountMax: Int = 1_000) async throws {
        let owner = try PrivatePostgres.shared().makeDatabase()
        let role = ServerRole(PrivatePostgres.serverRole)
        let connection = try PostgresConnection(owner)
        _ = try CatalogMigrations.migrations.run(on: connection)
        _ = try role.repair([CatalogMigrations.migrations], on: connection)
        conninfo = PrivatePostgres.conninfo(owner, as: role.name)
        catalog = CatalogStore(pool: PostgresPool(.init(conninfo: conninfo)))
        try await catalog.ensureInitialStructure()
        try await catalog.load()
        accounts = [
            try await catalog.addAccount(NewAccount(name: "A")).id,
            try await catalog.addAccount(NewAccount(name: "B")).id,
        ]
        writer = LineWriter(
            catalog: catalog,
            registry: LineRegistry(catalog: catalog),
            store: store,
            counters: counters,
            seriesCountMax: seriesCountMax
        )
    }

    func write(
        _ body: String,
        to database: String = "db",
        account: Int = 0,
        isAtomic: Bool = false,
        mayCreateDatabase: Bool = true,
        mayCreateSeries: Bool = true
    ) async throws -> LineWriter.Outcome {
        try await writer.write(
            LineWriter.Job(
                bytes: Array(body.utf8),
                database: database,
                precision: .microseconds,
                isAtomic: isAtomic,
                account: accounts[account],
                source: SourceID(Int64(account) + 1),
                receivedAt: Timestamp(microseconds: 9),
                mayCreateDatabase: mayCreateDatabase,
                mayCreateSeries: mayCreateSeries
            )
        )
    }

    func sensors(account: Int, _ database: String = "db") -> [Sensor] {
        let asset = catalog.assets(of: accounts[account]).first { $0.name == database }
        return asset.map { catalog.sensors(of: $0.id) } ?? []
    }
}

struct LineWriterTests {
    /// Goal: series become sensors once, with the documented properties, and later lines find them
    /// however they are spelled; another process' writer too.
    @Test func `series become sensors`() async throws {
        let fixture = try await Fixture()
        let outcome = try await fixture.write(
            "cpu,b=2,a=1 v=1,w=2 5\nmem free=3 5\ncpu,a=1,b=2 v=4 6"
        )
        #expect(outcome.problems.isEmpty)
        let sensors = fixture.sensors(account: 0)
        #expect(sensors.map(\.name) == ["cpu,a=1,b=2 v", "cpu,a=1,b=2 w", "mem free"])
        #expect(sensors.allSatisfy { $0.unit == "" && $0.timezone == "UTC" })
        #expect(sensors.allSatisfy { $0.timing == EventTiming(resolution: 0) })
        let ids = sensors.map(\.id)
        #expect(
            fixture.store.takeRows() == [
                "\(ids[0]) @5 = 1.0", "\(ids[1]) @5 = 2.0", "\(ids[2]) @5 = 3.0",
                "\(ids[0]) @6 = 4.0",
            ]
        )
        _ = try await fixture.write("mem free=5 7\ncpu,b=2,a=1 w=6,v=7 7\nmem free=8")
        #expect(
            fixture.store.takeRows() == [
                "\(ids[2]) @7 = 5.0", "\(ids[1]) @7 = 6.0", "\(ids[0]) @7 = 7.0",
                "\(ids[2]) @9 = 8.0",
            ]
        )
        #expect(fixture.sensors(account: 0).count == 3)
        #expect(fixture.counters.createdSeriesCount == 3)
        #expect(fixture.counters.storedLineCount == 6)
        let type = fixture.catalog.assetTypes().first { $0.name == LineRegistry.typeName }
        #expect(fixture.catalog.assets(of: fixture.accounts[0]).map(\.type) == [type?.id])
    }

    @Test func `databases of one name are apart by account`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.write("m v=1 1")
        _ = try await fixture.write("m v=2 1", account: 1)
        _ = try await fixture.write("m v=3 1", to: "db/autogen")
        let sensors = [
            fixture.sensors(account: 0), fixture.sensors(account: 1),
            fixture.sensors(account: 0, "db/autogen"),
        ].map { $0.map(\.id) }
        #expect(Set(sensors.flatMap { $0 }).count == 3)
        #expect(
            fixture.store.takeRows()
                == zip(sensors, 1...3).map { "\($0.first ?? SensorID(0)) @1 = \($1).0" }
        )
    }

    /// Goal: good lines are stored beside bad ones, none when all or nothing is asked for; a line
    /// that is refused leaves no sensor.
    @Test func `bad lines are left out, or all`() async throws {
        let fixture = try await Fixture()
        let body = "m v=1 1\nn v=1,s=\"x\" 1\nm v=2 2\nm v=x 3"
        let refused = try await fixture.write(body, isAtomic: true)
        #expect(refused.droppedCount == 4)
        #expect(fixture.store.takeRows() == [])
        #expect(fixture.catalog.assets(of: fixture.accounts[0]).isEmpty)
        let outcome = try await fixture.write(body)
        #expect(outcome.problems.entries.map(\.line) == [2, 4])
        #expect(outcome.droppedCount == 2)
        #expect(fixture.store.takeRows().count == 2)
        #expect(fixture.sensors(account: 0).map(\.name) == ["m v"])
    }

    /// Goal: an account's series are bounded over its databases; known ones go on.
    @Test func `series beyond the quota are dropped`() async throws {
        let fixture = try await Fixture(seriesCountMax: 3)
        _ = try await fixture.write("a v=1 1\nb v=1 1", to: "one")
        let outcome = try await fixture.write("c v=1 1\nd v=1 1\nc v=2 2\ne v=1,w=2 2", to: "two")
        #expect(outcome.problems.entries.map(\.problem) == [.seriesLimit, .seriesLimit])
        #expect(outcome.problems.entries.map(\.line) == [2, 4])
        #expect(fixture.sensors(account: 0, "two").map(\.name) == ["c v"])
        #expect(fixture.store.takeRows().count == 4)
        #expect(fixture.counters.refusedSeriesCount == 3)
        #expect(try await fixture.write("a v=9 9", to: "one").problems.isEmpty)
        #expect(try await fixture.write("c v=1 1", to: "x", account: 1).problems.isEmpty)
    }

    @Test func `what the caller may not make is not made`() async throws {
        let fixture = try await Fixture()
        await #expect(throws: LineWriter.Failure.self) {
            try await fixture.write("m v=1 1", mayCreateDatabase: false)
        }
        #expect(fixture.catalog.assets(of: fixture.accounts[0]).isEmpty)
        _ = try await fixture.write("m v=1 1")
        await #expect(throws: LineWriter.Failure.self) {
            try await fixture.write("n v=1 1", mayCreateSeries: false)
        }
        let known = try await fixture.write(
            "m v=2 2",
            mayCreateDatabase: false,
            mayCreateSeries: false
        )
        #expect(known.problems.isEmpty)
        #expect(fixture.sensors(account: 0).map(\.name) == ["m v"])
    }

    /// Goal: a sensor that is deleted, moved or renamed is no target any more.
    @Test func `changed sensors leave the registry`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.write("m v=1 1\nn v=1 1\nk v=1 1")
        let before = fixture.sensors(account: 0).map(\.id)
        let other = try PostgresConnection(fixture.conninfo)
        try other.execute("DELETE FROM sensor WHERE name = 'm v'")
        try other.execute("UPDATE sensor SET name = 'renamed' WHERE name = 'n v'")
        try await fixture.catalog.load()
        _ = fixture.store.takeRows()
        _ = try await fixture.write("m v=2 2\nn v=2 2\nk v=2 2")
        let after = Dictionary(
            uniqueKeysWithValues: fixture.sensors(account: 0).map { ($0.name, $0.id) }
        )
        let targets = ["m v", "n v", "k v"].compactMap { after[$0] }
        #expect(targets.last == before.last)
        #expect(!before.contains(targets[0]) && !before.contains(targets[1]))
        #expect(fixture.store.takeRows() == targets.map { "\($0) @2 = 2.0" })
    }

    @Test func `a sensor with events of some length is not written`() async throws {
        let fixture = try await Fixture()
        _ = try await fixture.write("m v=1 1")
        let asset = try #require(fixture.catalog.assets(of: fixture.accounts[0]).first)
        _ = try await fixture.catalog.addSensor(
            NewSensor(
                name: "n v",
                unit: "kW",
                timezone: "UTC",
                timing: EventTiming(resolution: 900_000_000),
                asset: asset.id
            )
        )
        let outcome = try await fixture.write("m v=2 2\nn v=2 2")
        #expect(outcome.problems.entries.map(\.problem) == [.notInstantaneous])
    }

    @Test func `a store that is full tells the caller`() async throws {
        let fixture = try await Fixture()
        fixture.store.fail(EngineError(.overloaded, "full"))
        let error = await #expect(throws: EngineError.self) {
            try await fixture.write("m v=1 1")
        }
        let answer = LineAnswer.refusal(try #require(error), .first)
        #expect(answer?.status == 503)
        let fields = (answer?.fields ?? []).map { "\($0)" }
        #expect(fields == ["Retry-After: 1"])
    }

    /// Goal: many writers that bring the same new series at once end with one sensor each. Method:
    /// eight tasks over two registries on one database, each in an order of its own.
    @Test func `concurrent creators share the sensors`() async throws {
        let fixture = try await Fixture(seriesCountMax: 10_000)
        let catalog = CatalogStore(pool: PostgresPool(.init(conninfo: fixture.conninfo)))
        try await catalog.load()
        let second = LineWriter(
            catalog: catalog,
            registry: LineRegistry(catalog: catalog),
            store: fixture.store,
            counters: LineCounters(),
            seriesCountMax: 10_000
        )
        try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                let writer = task % 2 == 0 ? fixture.writer : second
                let account = fixture.accounts[0]
                group.addTask {
                    var random = SeededGenerator(seed: UInt64(task))
                    let lines = (0..<500).shuffled(using: &random).map { "m,n=\($0) v=1 1\n" }
                    let outcome = try await writer.write(
                        LineWriter.Job(
                            bytes: Array(lines.joined().utf8),
                            database: "db",
                            precision: .microseconds,
                            isAtomic: false,
                            account: account,
                            source: SourceID(1),
                            receivedAt: Timestamp(microseconds: 0),
                            mayCreateDatabase: true,
                            mayCreateSeries: true
                        )
                    )
                    return outcome.droppedCount
                }
            }
            for try await droppedCount in group { #expect(droppedCount == 0) }
        }
        let count = try PostgresConnection(fixture.conninfo)
            .query("SELECT count(*) FROM sensor").int(0, 0)
        #expect(count == 500)
        #expect(Set(fixture.store.takeRows()).count == 500)
    }
}

struct LineAnswerTests {
    @Test func `a partial write is told in both shapes`() throws {
        let scan = LineScanner.scan(
            Array("m v=1\nm v=x\nm v=y".utf8).span,
            known: LineSeriesTable(),
            precision: .seconds,
            receivedAt: Timestamp(microseconds: 0)
        )
        let outcome = LineWriter.Outcome(problems: scan.problems, droppedCount: 2)
        let first = LineAnswer.written(outcome, isAtomic: false, .first)
        #expect(first.status == 400)
        let text = String(decoding: first.body, as: UTF8.self)
        #expect(text.contains("\"partial write: invalid number (line 2) dropped=2\""))
        let second = LineAnswer.written(outcome, isAtomic: true, .second)
        let document = String(decoding: second.body, as: UTF8.self)
        #expect(document.contains("\"code\"") && document.contains("\"invalid\""))
        #expect(document.contains("nothing written"))
        #expect(LineAnswer.written(LineWriter.Outcome(), isAtomic: false, .first).status == 204)
    }
}
