import Model
import Postgres
import TestSupport
import Testing

@testable import TSEngine

/// Pages as a compaction writes them, read back from Postgres.
@Suite struct PageFillerTests {
    private static let year = PartitionWindow(year: 2024)
    /// 2024-01-01T00:00:00Z.
    private static let origin: Int64 = 1_704_067_200 * Microseconds.second

    private static func walk(
        _ count: Int,
        _ random: inout SeededGenerator,
        decimals: Double = 100
    ) -> BeliefColumns {
        var columns = BeliefColumns()
        var value = 0
        for index in 0..<Int64(count) {
            value += Int.random(in: -50...50, using: &random)
            let event = origin + index * Microseconds.minute
            columns.append(event, event, Double(value) / decimals)
        }
        return columns
    }

    private struct Row {
        let byteCount: Int
        let page: BlockPage
    }

    /// Copies pages into a table, and reads them back.
    private static func stored(
        _ fixture: EngineFixture,
        _ table: BlockTable = .current,
        _ fill: @escaping @Sendable (inout PageFiller, inout BlockMaker) -> Void
    ) async throws -> [Row] {
        try await fixture.pool.withConnection { connection in
            let name = table.rawValue
            try connection.query("SELECT penstock_make_block_partition(\(name), 2024)")
            var (filler, maker) = (PageFiller(table), BlockMaker(generation: 1))
            fill(&filler, &maker)
            filler.finish(&maker)
            let partition = year.table(of: table)
            try connection.copy(filler.copy, into: BlockPage.target(partition))
            let rows = try connection.query(
                """
                SELECT \(unescaped: BlockPage.sqlColumns), pg_column_size(page.*)::bigint
                FROM \(unescaped: partition) AS page ORDER BY page_id
                """
            )
            #expect(rows.count == filler.pageCount)
            return try (0..<rows.count).map { row in
                Row(
                    byteCount: Int(try rows.int(row, 3)),
                    page: try BlockPage.read(rows, row)
                )
            }
        }
    }

    /// Goal: nothing is lost, no row is too long for its page, and pages are full but for the last of
    /// each group. Method: series of many lengths.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `pages are full and whole`(seed: UInt64) async throws {
        let fixture = try await EngineFixture()
        var random = SeededGenerator(seed: seed)
        var written: [SeriesKey: BeliefColumns] = [:]
        let lengths = [1, 7, 300, 1_500, 6_000, 20_000]
        for sensor in Int64(200)..<320 {
            for source in 1...Int64.random(in: 1...2, using: &random) {
                let length = lengths.randomElement(using: &random) ?? 1
                let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(source))
                written[series] = Self.walk(length, &random)
            }
        }
        let expected = written
        let rows = try await Self.stored(fixture) { filler, maker in
            for (series, columns) in expected.sorted(by: { $0.key < $1.key }) {
                filler.add(tail: columns, of: series, &maker)
            }
        }
        var found: [SeriesKey: BeliefColumns] = [:]
        for block in rows.flatMap(\.page.blocks) {
            found[block.series, default: BeliefColumns()].merge(try block.columns())
        }
        #expect(found == expected)
        for row in rows {
            #expect(row.byteCount <= BlockPage.tupleByteCountMax)
            let groups = Set(row.page.blocks.map { SensorGroup.number(of: $0.series.sensor) })
            #expect(groups.count == 1)
        }
        let full = rows.filter { $0.byteCount > BlockPage.tupleByteCountMax * 85 / 100 }
        #expect(rows.count - full.count <= 2 * 3, "\(rows.map(\.byteCount))")
    }

    /// Goal: what is too much for half a page does not have one for itself. Method: one series of five
    /// eighths of a page.
    @Test func `the last rows of a group share pages`() async throws {
        let fixture = try await EngineFixture()
        let rows = try await Self.stored(fixture) { filler, maker in
            var random = SeededGenerator(seed: 5)
            let columns = Self.walk(5_400, &random)
            let series = SeriesKey(sensor: SensorID(1), source: SourceID(1))
            filler.add(tail: columns, of: series, &maker)
        }
        #expect(rows.count == 2 || rows.count == 3)
        #expect(rows.allSatisfy { $0.byteCount < BlockPage.tupleByteCountMax / 2 })
        #expect(rows.reduce(0) { $0 + ($1.page.blocks.first?.valueCount ?? 0) } == 5_400)
    }

    /// Goal: of history blocks that overlap the one that was written last goes on counting. Method: blocks
    /// that would be cut if they were current ones keep their numbers.
    @Test func `history blocks are not cut`() async throws {
        let fixture = try await EngineFixture()
        let rows = try await Self.stored(fixture, .history) { filler, maker in
            var (random, scale) = (SeededGenerator(seed: 7), BlockScale?.none)
            for number in [5, 3] as [Int64] {
                let block = StoredBlock(
                    series: SeriesKey(sensor: SensorID(1), source: SourceID(1)),
                    columns: Self.walk(5_400, &random),
                    blockID: number,
                    scale: &scale
                )
                filler.add(block, &maker)
            }
        }
        #expect(rows.map { $0.page.blocks.map(\.blockID) } == [[5], [3]])
    }

    /// Values without any pattern take eight bytes each: the block has a row to itself, in TOAST.
    @Test func `blocks beyond a page are kept whole`() async throws {
        let fixture = try await EngineFixture()
        let rows = try await Self.stored(fixture) { filler, maker in
            var random = SeededGenerator(seed: 6)
            var columns = Self.walk(4_000, &random)
            for index in columns.values.indices {
                columns.values[index] = Double.random(in: 0..<1, using: &random)
            }
            for sensor in [1, 2] as [Int64] {
                let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(1))
                filler.add(tail: columns, of: series, &maker)
            }
        }
        #expect(rows.allSatisfy { $0.page.blocks.count == 1 })
        #expect(rows.reduce(0) { $0 + $1.page.blocks[0].valueCount } == 8_000)
    }
}
