import TestSupport
import Testing

@testable import TSEngine

@Suite("Block corruption")
struct BlockCorruptionTests {
    /// Goal: no byte string traps the decoder. Method: random bytes behind a valid version, flags
    /// and checksum, by seed.
    @Test(arguments: 0..<300) func `random bytes never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            var bytes: [UInt8] = [1, UInt8(random.pick([4, 4, 5, 6, 7]))]
            let count = random.int(0...80)
            for _ in 0..<count {
                bytes.append(UInt8(random.pick([0, 1, 2, 3, random.int(0...255)])))
            }
            decodeResealed(bytes)
        }
    }

    /// Goal: damage that the checksum misses does not trap. Method: flip bits of valid blocks, cut
    /// them, splice them; write the checksum anew; by seed.
    @Test(arguments: 0..<300) func `damaged blocks never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let columns = RandomColumns.make(&random, countMax: 600)
        let effort: BlockCodec.Effort = random.int(0...3) == 0 ? .compact : .fast
        var scale: BlockScale?
        let valid = Array(
            BlockCodec.encode(columns, scale: &scale, effort: effort).dropLast(4)
        )
        for _ in 0..<60 {
            var bytes = valid
            for _ in 0..<random.int(1...3) {
                // Headers are at the front: damage them more often than packed bits.
                let limit = random.int(0...1) == 0 ? bytes.count : min(48, bytes.count)
                let index = random.int(0...limit - 1)
                switch random.int(0...4) {
                case 0: bytes[index] = UInt8(random.int(0...255))
                case 1: bytes[index] = 0xFF
                case 2: bytes.removeSubrange(index...max(index, random.int(0...limit - 1)))
                case 3: bytes.insert(UInt8(random.int(0...255)), at: index)
                default: bytes[index] ^= 1 << UInt8(random.int(0...7))
                }
                if bytes.isEmpty { break }
            }
            decodeResealed(bytes)
        }
    }

    /// Goal: a torn block is refused wherever it was torn. Method: every prefix.
    @Test(arguments: 0..<20) func `every prefix is refused`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let columns = RandomColumns.make(&random, countMax: 300)
        var scale: BlockScale?
        let valid = BlockCodec.encode(columns, scale: &scale, effort: .fast)
        for count in 0..<valid.count {
            var decoded = BlockColumns()
            #expect(throws: CodecError.self) {
                try BlockCodec.decode(Array(valid.prefix(count)), appendingTo: &decoded)
            }
            // The same without the checksum's help.
            #expect(throws: CodecError.self) {
                let cut = resealed(Array(valid.dropLast(4).prefix(count)))
                guard count < valid.count - 4 else { throw CodecError.truncated }
                try BlockCodec.decode(cut, appendingTo: &decoded)
            }
            #expect(decoded.count == 0 && decoded.eventStarts.isEmpty)
        }
    }

    /// Goal: one changed bit anywhere is noticed. Method: every bit of a small block.
    @Test func `every flipped bit is refused`() {
        let columns = BlockColumns(
            eventStarts: (0..<40).map { Int64($0) * 60 },
            beliefTimes: (0..<40).map { Int64($0) * 60 },
            values: (0..<40).map { Double($0 * $0) / 10 }
        )
        var scale: BlockScale?
        let valid = BlockCodec.encode(columns, scale: &scale, effort: .fast)
        for bit in 0..<8 * valid.count {
            var bytes = valid
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            // Without the flag there is no checksum to fail, but four bytes too many.
            var decoded = BlockColumns()
            #expect(throws: CodecError.self) {
                try BlockCodec.decode(bytes, appendingTo: &decoded)
            }
        }
    }

    /// Goal: each refusal of the format page has its own error. Method: the smallest block of each.
    @Test(arguments: refusals.indices) func `refusals are told apart`(index: Int) {
        let refusal = BlockCorruptionTests.refusals[index]
        var decoded = BlockColumns()
        let error = #expect(throws: CodecError.self) {
            try BlockCodec.decode(resealed(refusal.bytes), appendingTo: &decoded)
        }
        #expect(error == refusal.error)
        #expect(error?.description.isEmpty == false)
    }

    /// n = 2, regular events from 0, constant horizon 0.
    private static let keys: [UInt8] = [1, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]
    /// Two decimals as NUM up to its stream.
    private static let numbers: [UInt8] = keys + [0, 1, 1, 0, 1]

    private static let refusals: [(bytes: [UInt8], error: CodecError)] = [
        ([1, 4], .truncated),
        ([3, 4, 1], .version(3)), ([0, 4, 1], .version(0)),
        ([1, 12, 1], .flags(12)),
        ([1, 4, 0], .valueCount(0)),
        ([1, 4, 0x81, 0x80, 4], .valueCount(65_537)),
        ([1, 4] + [UInt8](repeating: 0xFF, count: 10), .varint),
        ([1, 5, 0], .bodyLength(0)),
        ([1, 5, 0x81, 0x80, 0x80, 2], .bodyLength(4_194_305)),
        ([1, 5, 9, 0, 0], .compression),
        ([1, 4, 2, 4], .eventKind(4)),
        ([1, 4, 2, 3], .eventKind(3)),
        ([1, 6, 2, 0], .eventKind(0)),
        ([1, 4, 2, 2, 0, 0, 0], .divisor(0)),
        ([1, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 3], .counts),
        ([1, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1], .counts),
        ([1, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4], .beliefKind(4)),
        ([1, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 0, 1], .counts),
        (keys + [1], .counts),
        (keys + [0, 4], .valuesKind(4)),
        (keys + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], .trailingBytes(1)),
        (keys + [0, 2, 1], .dictionary),
        (keys + [0, 2, 3], .dictionary),
        (keys + [0, 1, 4, 0, 0], .number),
        (keys + [0, 1, 1, 4, 0], .number),
        (keys + [0, 1, 1, 32, 0], .number),
        (keys + [0, 1, 3, 0, 0], .number),
        (keys + [0, 1, 1, 0, 16], .number),
        (keys + [0, 1, 2, 0, 53], .number),
        (keys + [0, 1, 3, 32, 9], .number),
        (keys + [0, 1, 1, 8, 1, 1], .divisor(1)),
        (keys + [0, 1, 1, 2, 1, 3], .exceptions),
        (keys + [0, 1, 1, 2, 1, 2, 1, 1], .exceptions),
        (numbers + [3], .stream(3)),
        (numbers + [8], .stream(8)),
        (numbers + [0, 65], .width(65)), (numbers + [0, 70], .width(70)),
        (numbers + [0, 103], .width(103)), (numbers + [0, 0x80 | 84], .width(84)),
        (numbers + [0, 84, 0, 0, 0], .truncated),
        (numbers + [0, 0x80, 0, 0, 1], .patches),
        (numbers + [0, 0x80, 0, 1, 9, 0], .patches),
        (numbers + [0, 0x80, 0, 1, 1, 2, 1], .patches),
        (numbers + [0, 0x80, 0, 2, 1, 1, 0, 1, 1], .patches),
        ([1, 6, 2, 3, 0], .tile),
        ([1, 6, 2, 3, 3], .tile),
    ]
}

/// `bytes` with the checksum that they should have.
private func resealed(_ bytes: [UInt8]) -> [UInt8] {
    let checksum = checksum(bytes)
    return bytes + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * $0)) }
}

/// Decodes in both ways; an error must leave the columns as they were.
private func decodeResealed(_ bytes: [UInt8]) {
    let block = resealed(bytes)
    var columns = BlockColumns(eventStarts: [1], beliefTimes: [2], values: [3])
    do {
        try BlockCodec.decode(block, appendingTo: &columns)
        #expect(columns.eventStarts.count == columns.count)
        #expect(columns.beliefTimes.count == columns.count)
        #expect(columns.count > 1)
    } catch {
        #expect(columns == BlockColumns(eventStarts: [1], beliefTimes: [2], values: [3]))
    }
    var values: [Double] = []
    _ = try? BlockCodec.decodeValues(block.span.bytes, appendingTo: &values)
}
