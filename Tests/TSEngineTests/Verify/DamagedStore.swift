import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

/// A store with beliefs in both layers, two partitions and the journal, for tests that damage it.
struct DamagedStore {
    let fixture: EngineFixture
    private let connection: PostgresConnectionBox

    static let resolution: Int64 = 900 * Microseconds.second
    static let timing = EventTiming(resolution: resolution)
    /// 2025-12-31T00:00:00Z: a day before the border of two partitions.
    static let origin: Int64 = 1_767_139_200 * Microseconds.second
    /// Events of each series; a few blocks of the second partition.
    static let eventCount = 12_000

    /// Sensors 1 and 2 compacted, with revisions of some events; sensor 3 in the journal.
    static func make() async throws -> DamagedStore {
        var configuration = EngineConfiguration()
        configuration.compactsInBackground = false
        let fixture = try await EngineFixture(configuration: configuration)
        var random = SeededGenerator(seed: 7)
        var batches: [BeliefBatch] = []
        for sensor in [1, 2, 3] as [Int64] {
            var columns = BeliefColumns()
            for event in 0..<eventCount {
                let start = origin + Int64(event) * resolution
                let value = Double(Int.random(in: -500...500, using: &random)) / 10
                columns.append(start, start - 3_600_000_000, value)
                if event % 10 == 0 { columns.append(start, start + resolution, value + 0.25) }
            }
            let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(sensor + 4))
            batches.append(BeliefBatch(series: series, timing: timing, columns: columns))
        }
        let all = batches
        try await fixture.withEngine { engine in
            _ = try await engine.append(AppendRequest(Array(all[..<2])))
            _ = try await engine.compact()
            _ = try await engine.append(AppendRequest([all[2]]))
        }
        let connection = PostgresConnectionBox(try PostgresConnection(fixture.adminConninfo))
        return DamagedStore(fixture: fixture, connection: connection)
    }

    func sql(_ text: String) throws { try connection.execute(text) }

    private static let tables = ["current_block", "history_block", "journal", "commit_sequence"]

    func keepCopies() throws {
        for table in Self.tables { try sql("CREATE TABLE kept_\(table) AS SELECT * FROM \(table)") }
    }

    func putCopiesBack() throws {
        for table in Self.tables {
            try sql("TRUNCATE \(table); INSERT INTO \(table) SELECT * FROM kept_\(table)")
        }
    }

    var maintenance: StoreMaintenance { StoreMaintenance(fixture.pool) }
}

/// A connection that a copyable fixture can hold; used by one test at a time.
private final class PostgresConnectionBox {
    private let connection: PostgresConnection
    init(_ connection: consuming PostgresConnection) { self.connection = connection }
    func execute(_ text: String) throws { try connection.execute(text) }
}
