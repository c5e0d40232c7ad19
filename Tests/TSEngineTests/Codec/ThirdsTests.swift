import TestSupport
import Testing

@testable import TSEngine

/// Three integers in one number.
@Suite struct ThirdsTests {
    private static let widths = (0...40).compactMap(BlockKernels.ThirdsWidth.init(bitCount:))

    private static func packed(
        _ integers: [Int64],
        _ width: BlockKernels.ThirdsWidth
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(byteCount: width.byteCount(count: integers.count)) { target in
            BlockKernels.packThirds(integers.span, width: width, into: &target)
        }
        return writer.bytes
    }

    private static func unpacked(
        _ bytes: [UInt8],
        _ width: BlockKernels.ThirdsWidth,
        _ count: Int
    ) -> [Int64] {
        var block = MiniBlock(repeating: -1)
        BlockKernels.unpackThirds(bytes.span.bytes, at: 0, width: width, count: count, into: &block)
        #expect(count == 256 || block[count] == -1)
        return (0..<count).map { block[$0] }
    }

    @Test func `radices are cube roots`() {
        #expect(Self.widths.count == 24)
        for width in Self.widths {
            let (radix, limit) = (width.radix, UInt64(1) << UInt64(width.bitCount))
            #expect(radix * radix * radix <= limit)
            #expect((radix + 1) * (radix + 1) * (radix + 1) > limit)
            // The largest integer that it takes asks for it, unless fewer bits do.
            if let found = BlockKernels.ThirdsWidth(largest: radix - 1) {
                #expect(found.bitCount <= width.bitCount && found.radix == radix)
            }
        }
    }

    /// Goal: every width and length comes back. Method: random integers below the radix, and the
    /// largest.
    @Test func `what is packed is unpacked`() {
        var random = SeededGenerator(seed: 21)
        for width in Self.widths {
            for count in [1, 2, 3, 4, 5, 84, 85, 86, 254, 255, 256] {
                var integers = (0..<count).map { _ in
                    Int64.random(in: 0..<Int64(width.radix), using: &random)
                }
                integers[count - 1] = Int64(width.radix) - 1
                integers[0] = Int64(width.radix) - 1
                let bytes = Self.packed(integers, width)
                #expect(bytes.count == (((count + 2) / 3) * width.bitCount + 7) / 8)
                #expect(Self.unpacked(bytes, width, count) == integers, "\(width) \(count)")
            }
        }
    }

    /// Goal: any bits give some integers, no more. Method: ones, and random bytes.
    @Test func `any bytes are unpacked`() {
        var random = SeededGenerator(seed: 22)
        for width in Self.widths {
            let bytes = [UInt8](repeating: 0xFF, count: width.byteCount(count: 256))
            let most = Int64(1) << Int64(width.bitCount)
            #expect(Self.unpacked(bytes, width, 256).allSatisfy { (0..<most).contains($0) })
            let noise = bytes.map { _ in UInt8.random(in: 0...255, using: &random) }
            let integers = Self.unpacked(noise, width, 255)
            #expect(integers.allSatisfy { (0..<most).contains($0) })
        }
    }

    /// Goal: blocks of compaction are smaller where a whole number of bits is too much, and come back.
    /// Method: steps of at most half a unit, which take 6.66 bits.
    @Test func `steps between powers of two are smaller`() throws {
        var random = SeededGenerator(seed: 23)
        var (columns, value) = (BlockColumns(), 0)
        for index in 0..<Int64(4_096) {
            value += Int.random(in: -50...50, using: &random)
            columns.eventStarts.append(index)
            columns.beliefTimes.append(index)
            columns.values.append(Double(value) / 100)
        }
        var scale: BlockScale?
        let fast = BlockCodec.encode(columns, scale: &scale, effort: .fast)
        let compact = BlockCodec.encode(columns, scale: &scale, effort: .compact)
        #expect(compact.count * 100 < fast.count * 97)
        var decoded = BlockColumns()
        try BlockCodec.decode(compact, appendingTo: &decoded)
        #expect(decoded.isIdentical(to: columns))
    }
}
