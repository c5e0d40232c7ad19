import Model
import TestSupport
import Testing

@testable import TSEngine

@Suite struct BlockCacheTests {
    private static func row(_ sensor: Int64, generation: Int64, size: Int) -> StoredBlock {
        var columns = BeliefColumns()
        for index in 0..<Int64(size) { columns.append(index, 0, Double(index * index % 977)) }
        var scale: BlockScale?
        let series = SeriesKey(sensor: SensorID(sensor), source: SourceID(1))
        return StoredBlock(series: series, columns: columns, blockID: generation, scale: &scale)
    }

    private static func key(_ sensor: Int64) -> BlockCache.Key {
        BlockCache.Key(
            sensor: SensorID(sensor),
            table: .current,
            window: PartitionWindow(year: 2026)
        )
    }

    /// Goal: no fill that a compaction overtook is ever served. Method: a store of generations; fills
    /// that read at one moment and end at a later one, compactions between, in random order by seed.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `a stale fill is never served`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let cache = BlockCache(byteCountMax: 20_000)
        // What Postgres holds: the generation of each sensor's block.
        var stored = [Int64](repeating: 0, count: 12)
        struct Fill { let sensor: Int64, row: StoredBlock, ticket: BlockCache.Ticket }
        var fills: [Fill] = []
        var (servedCount, voidCount) = (0, 0)
        for _ in 0..<2_000 {
            let sensor = Int64.random(in: 0..<12, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                // Commits first, invalidates then, as a compaction does.
                stored[Int(sensor)] += 1
                cache.invalidate([Self.key(sensor)])
            case 1..<5:
                let ticket = cache.ticket()
                let row = Self.row(
                    sensor,
                    generation: stored[Int(sensor)],
                    size: .random(in: 1...60, using: &random)
                )
                fills.append(Fill(sensor: sensor, row: row, ticket: ticket))
            case 5..<8:
                guard !fills.isEmpty else { continue }
                let fill = fills.remove(at: .random(in: 0..<fills.count, using: &random))
                cache.fill(Self.key(fill.sensor), with: [fill.row], ticket: fill.ticket)
                if fill.row.blockID < stored[Int(fill.sensor)] { voidCount += 1 }
            default:
                guard let rows = cache.rows(Self.key(sensor)) else { continue }
                servedCount += 1
                #expect(rows.map(\.blockID) == [stored[Int(sensor)]])
            }
            #expect(cache.statistics.byteCount <= 20_000)
        }
        // Otherwise nothing was put to the test.
        #expect(servedCount > 0 && voidCount > 0)
    }

    /// Goal: one long scan does not push out what is used. Method: some sensors asked for again and
    /// again, and between that a scan of many that are asked for once.
    @Test func `a scan leaves what is used`() {
        let cache = BlockCache(byteCountMax: 40_000)
        func ask(_ sensor: Int64) -> Bool {
            if cache.rows(Self.key(sensor)) != nil { return true }
            let row = Self.row(sensor, generation: 0, size: 100)
            cache.fill(Self.key(sensor), with: [row], ticket: cache.ticket())
            return false
        }
        for _ in 0..<20 {
            for sensor in 0..<20 as Range<Int64> { _ = ask(sensor) }
        }
        for sensor in 1_000..<3_000 as Range<Int64> { _ = ask(sensor) }
        let hits = (0..<20 as Range<Int64>).filter { ask($0) }
        #expect(hits.count >= 18, "\(hits.count) of 20 are left after the scan")
        #expect(cache.statistics.evictionCount > 0)
    }
}
