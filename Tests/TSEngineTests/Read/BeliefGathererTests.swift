import Model
import TestSupport
import Testing

@testable import TSEngine

/// Goal: what blocks and memory hold comes together whole and in order, however the blocks are handed
/// in. Method: random beliefs in random pieces against a dictionary.
@Suite struct BeliefGathererTests {
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func `pieces in any order make one`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let series = SeriesKey(sensor: SensorID(1), source: SourceID(2))
        var expected: [[Int64]: Double] = [:]
        var scale: BlockScale?
        func row(_ columns: BeliefColumns, _ blockID: Int64) -> StoredBlock {
            for index in 0..<columns.count {
                expected[[columns.eventStarts[index], columns.beliefTimes[index]]] =
                    columns.values[index]
            }
            return StoredBlock(series: series, columns: columns, blockID: blockID, scale: &scale)
        }
        func columns(_ events: Range<Int64>, belief: Int64) -> BeliefColumns {
            BeliefColumns(
                eventStarts: Array(events),
                beliefTimes: Array(repeating: belief, count: events.count),
                values: events.map { _ in Double(Int.random(in: 0..<1_000, using: &random)) / 10 }
            )
        }
        var blocks: [BlockTable: [StoredBlock]] = [:]
        // Overlapping ones, of which the one written last counts; then those without a common event.
        for blockID in 1...Int64.random(in: 1...9, using: &random) {
            let start = Int64.random(in: 0..<400, using: &random)
            let belief = Int64.random(in: 1...3, using: &random)
            blocks[.history, default: []].append(
                row(columns(start..<start + 50, belief: belief), blockID)
            )
        }
        for start in stride(from: Int64(0), to: 500, by: 25) {
            blocks[.current, default: []].append(row(columns(start..<start + 25, belief: 9), 100))
        }
        blocks[.history]?.shuffle(using: &random)
        blocks[.current]?.shuffle(using: &random)
        let recent = columns(490..<600, belief: 20)
        for index in 0..<recent.count {
            expected[[recent.eventStarts[index], 20]] = recent.values[index]
        }
        let found = try BeliefGatherer.gather(
            memtable: [series: recent],
            blocks: blocks,
            hiddenBy: [],
            events: 0...1_000
        )
        let all = try #require(found[series])
        #expect(found.count == 1 && all.isAscending && all.count == expected.count)
        for index in 0..<all.count {
            #expect(
                expected[[all.eventStarts[index], all.beliefTimes[index]]] == all.values[index]
            )
        }
    }
}
