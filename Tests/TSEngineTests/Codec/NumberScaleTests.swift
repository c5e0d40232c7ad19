import TestSupport
import Testing

@testable import TSEngine

@Suite("Number scale")
struct NumberScaleTests {
    /// Goal: where multiplying replaces dividing, not one bit differs. Method: all divisors; the
    /// largest integers, small ones, and random ones.
    @Test(arguments: 0..<4) func `products are quotients`(factorIndex: Int) {
        var random = SeededGenerator(seed: UInt64(factorIndex))
        var multipliedCount = 0
        for digitCount in 0...15 {
            let decimal = BlockScale.Decimal(digitCount: digitCount, factorIndex: factorIndex)
            let scale = NumberScale(.decimal(decimal))
            if scale.multipliedMax == 0 {
                #expect(scale.divisor >= 0x1p22)
                continue
            }
            multipliedCount += 1
            var differenceCount = 0
            for index in 0..<20_000 {
                let integers = [
                    Int64(index) - 100, (1 << 27) - 1 - Int64(index),
                    Int64.random(in: -(1 << 27)...(1 << 27), using: &random),
                ]
                for integer in integers {
                    let x = Double(integer)
                    let product = x * scale.high + x * scale.low
                    let quotient = x / scale.divisor
                    if product.bitPattern != quotient.bitPattern { differenceCount += 1 }
                }
            }
            #expect(differenceCount == 0, "\(scale.divisor)")
        }
        #expect(multipliedCount >= 6)
    }

    /// Goal: every width unpacks what was packed, patched or not, with any base. Method: streams of
    /// random integers of each width, through the codec's own stream.
    @Test(arguments: 1...64) func `streams of every width survive`(width: Int) throws {
        var random = SeededGenerator(seed: UInt64(width))
        for order in 0..<3 {
            var value: Int64 = 0
            var delta: Int64 = 0
            let values = (0..<700).map { index -> Int64 in
                let bits = random.next() >> UInt64(64 - width)
                let isOutlier = width < 50 && index % 97 == 3
                let residual = Int64(bitPattern: isOutlier ? bits << 9 : bits)
                if order == 0 { return residual }
                delta = order == 2 ? delta &+ residual : residual
                value &+= delta
                return value
            }
            var writer = ByteWriter()
            StreamEncoder.append(values.span, orderMax: 2, to: &writer)
            var reader = ByteReader()
            let bytes = writer.bytes
            let decoded = try StreamDecoder.all(count: values.count, bytes.span.bytes, &reader)
            #expect(decoded == values)
            #expect(reader.offset == bytes.count)
        }
    }

    /// Goal: folding long inputs does not change the checksum. Method: lengths around all
    /// thresholds, against a bit by bit sum.
    @Test func `checksums of all lengths are right`() {
        var random = SeededGenerator(seed: 7)
        let all = (0..<20_100).map { _ in UInt8.random(in: 0...255, using: &random) }
        var crc = UInt32.max
        var expected: [UInt32] = [0]
        for byte in all {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = (crc >> 1) ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
            expected.append(~crc)
        }
        let lengths = [0...300, 2_000...2_200, 6_100...6_200, 20_000...20_100].joined()
        for length in lengths {
            let bytes = Array(all[..<length])
            #expect(Crc32c.checksum(bytes.span.bytes) == expected[length], "\(length)")
        }
    }
}
