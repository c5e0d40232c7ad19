import Model
import TestSupport
import Testing

@testable import TSEngine

@Suite struct SeriesTableTests {
    /// Goal: a series has one slot, however and in whatever order it is asked for. Method: random lists
    /// with repetitions, in order and not, against a dictionary.
    @Test func `slots are the same in any order`() {
        var random = SeededGenerator(seed: 17)
        let table = SeriesTable()
        var known: [SeriesKey: UInt32] = [:]
        for _ in 0..<200 {
            let first = Int64.random(in: 1...60, using: &random)
            var keys = (first..<first + .random(in: 1...40, using: &random)).map { sensor in
                SeriesKey(
                    sensor: SensorID(sensor),
                    source: SourceID(.random(in: 1...2, using: &random)),
                    probability: Bool.random(using: &random) ? 0.5 : 0.9
                )
            }
            if Bool.random(using: &random) { keys.shuffle(using: &random) }
            for (key, slot) in zip(keys, table.slots(of: keys)) {
                #expect(known[key] ?? slot == slot)
                known[key] = slot
                #expect(table.slot(of: key) == slot)
                #expect(table.knownSlot(of: key) == slot)
            }
        }
        #expect(Set(known.values) == Set(0..<UInt32(known.count)))
        #expect(table.count == known.count)
    }
}
