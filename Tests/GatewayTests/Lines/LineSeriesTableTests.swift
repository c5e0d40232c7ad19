import TestSupport
import Testing

@testable import Gateway

struct LineSeriesTableTests {
    /// Goal: what was added is found, nothing else is. Method: 20,000 keys, through many growths.
    @Test func `keys are found after growing`() {
        var table = LineSeriesTable()
        func key(_ number: Int) -> ([UInt8], Int) {
            let head = "power,site=\(number / 10),sensor=\(number)"
            return (Array("\(head) value=".utf8), head.utf8.count)
        }
        for number in 0..<20_000 {
            let (key, headCount) = key(number)
            let isAdded = table.add(
                key.span,
                headCount: headCount,
                series: UInt32(number),
                sharesHead: false
            )
            #expect(isAdded)
        }
        for number in 0..<20_000 {
            let (key, headCount) = key(number)
            #expect(table.series(of: key, headCount: headCount) == UInt32(number))
        }
        let (missing, headCount) = key(20_001)
        #expect(table.series(of: missing, headCount: headCount) == nil)
        let byteCount = table.entries.count * 20 + table.positions.count * 4 + table.arena.count
        #expect(byteCount / 20_000 <= 100)
    }

    /// Goal: comparing and searching agree with the plain way. Method: random bytes by seed.
    @Test(arguments: 0..<50) func `kernels agree with loops`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = (0..<Int.random(in: 0..<70, using: &random)).map { _ in
            UInt8.random(in: 0...3, using: &random)
        }
        for start in 0...bytes.count {
            let plain = bytes[start...].firstIndex { $0 == 1 || $0 == 2 } ?? bytes.count
            let found = ByteKernels.firstIndex(of: 1, 2, 9, in: bytes.span, from: start)
            #expect(found == plain)
            let other = Int.random(in: 0...bytes.count, using: &random)
            for count in 0...20 {
                let isInside = start + count <= bytes.count && other + count <= bytes.count
                let isEqual =
                    isInside
                    && bytes[start..<(start + count)]
                        .elementsEqual(bytes[other..<(other + count)])
                let found = ByteKernels.areEqual(
                    bytes.span,
                    at: start,
                    bytes.span,
                    at: other,
                    count: count
                )
                #expect(found == isEqual)
            }
        }
    }
}
