import Model
import TestSupport
import Testing

@testable import TSEngine

@Suite struct SortedRunTests {
    /// Goal: sorting by radix is sorting. Method: random slots by seed, of few and of many bits.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `slot order is stable and ascending`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bound = UInt32(1) << UInt32.random(in: 1...31, using: &random)
        let slots = (0..<Int.random(in: 0...3_000, using: &random)).map { _ in
            UInt32.random(in: 0..<bound, using: &random)
        }
        let order = SlotOrder.ascending(slots) ?? Array(0..<UInt32(slots.count))
        let expected = slots.indices.sorted { (slots[$0], $0) < (slots[$1], $1) }
        #expect(order.map(Int.init) == expected)
    }

    /// Goal: merged runs hold what the runs hold, the newer value of equal pairs, in order. Method:
    /// random rows by seed against a dictionary.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func `merged runs hold every belief once`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var expected: [[Int64]: Double] = [:]
        var runs: [SortedRun] = []
        for _ in 0..<Int.random(in: 1...9, using: &random) {
            var rows = GroupRows()
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                let slot = UInt32.random(in: 0..<6, using: &random)
                let event = Int64.random(in: 0..<12, using: &random)
                let belief = Int64.random(in: 0..<3, using: &random)
                let value = Double.random(in: 0..<1, using: &random)
                rows.append(event, belief, value, to: slot)
                expected[[Int64(slot), event, belief]] = value
            }
            runs.append(rows.run())
        }
        let merged = SortedRun.merged(runs)
        var found: [[Int64]] = []
        for position in merged.slots.indices {
            for row in merged.rows(at: position) {
                let key = [
                    Int64(merged.slots[position]), merged.columns.eventStarts[row],
                    merged.columns.beliefTimes[row],
                ]
                #expect(expected[key] == merged.columns.values[row])
                found.append(key)
            }
        }
        #expect(found == expected.keys.sorted { $0.lexicographicallyPrecedes($1) })
    }

    /// Goal: readers look into few runs, and a belief is copied a few times only. Method: groups of
    /// random sizes, merged whenever the tiers say so.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `tiers bound runs and copies`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var counts: [Int] = []
        var (appended, copied) = (0, 0)
        for _ in 0..<5_000 {
            counts.append(
                Int.random(in: 1...(Bool.random(using: &random) ? 3 : 500), using: &random)
            )
            appended += counts[counts.count - 1]
            while let range = RunTiers.next(counts) {
                #expect(range.upperBound <= counts.count && range.count > 1)
                let total = counts[range].reduce(0, +)
                copied += total
                counts.replaceSubrange(range, with: [total])
            }
            // At most seven tiers.
            #expect(counts.count <= 7 * RunTiers.fanOut)
        }
        #expect(copied <= 5 * appended)
    }
}
