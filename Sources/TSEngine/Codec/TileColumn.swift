/// EVENT kind 3: the events and belief times of a tile of forecasts, as one row for each post.
///
/// Format: `docs/formats/block.md`, "Tile".
enum TileColumn {
    /// Appends the events and the belief times of `count` cells, in cell order.
    static func decode(
        count: Int,
        _ bytes: RawSpan,
        _ reader: inout ByteReader,
        eventStarts: inout [Int64],
        beliefTimes: inout [Int64]
    ) throws(CodecError) {
        let header = try Header(count: count, bytes, &reader)
        eventStarts.appendUninitialized(count) { events in
            var cell = 0
            header.shape.forEachStretch { slots, rows in
                for slot in slots {
                    let event = header.firstEvent &+ header.step &* Int64(slot)
                    BlockKernels.ramp(&events, at: cell, count: rows.count, from: event, step: 0)
                    cell += rows.count
                }
            }
        }
        beliefTimes.appendUninitialized(count) { beliefs in
            var cell = 0
            header.shape.forEachStretch { slots, rows in
                let times = rows.map { header.firstBelief &+ header.beliefOffsets[$0] }
                for _ in slots {
                    BlockKernels.copy(times.span, into: &beliefs, at: cell)
                    cell += rows.count
                }
            }
        }
    }

    /// Steps over a tile of `count` cells.
    static func skip(
        count: Int,
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) {
        _ = try Header(count: count, bytes, &reader)
    }

    private struct Header {
        let firstBelief: Int64
        /// By row, from the first row's belief time; they do not descend.
        let beliefOffsets: [Int64]
        let firstEvent: Int64
        let step: Int64
        let shape: TileShape

        init(count: Int, _ bytes: RawSpan, _ reader: inout ByteReader) throws(CodecError) {
            let rowCount = try reader.count(bytes, through: count, else: .tile)
            guard rowCount >= 1 else { throw .tile }
            firstBelief = Int64(bitPattern: try reader.fixed(bytes, as: UInt64.self))
            beliefOffsets = try StreamDecoder.all(count: rowCount, bytes, &reader)
            guard beliefOffsets[0] == 0,
                zip(beliefOffsets, beliefOffsets.dropFirst()).allSatisfy({ $0 <= $1 })
            else { throw .tile }
            firstEvent = Int64(bitPattern: try reader.fixed(bytes, as: UInt64.self))
            step = Int64(bitPattern: try reader.varint(bytes))
            let rows = try Header.rows(count: rowCount, bytes, &reader)
            guard
                let shape = TileShape(
                    starts: rows.starts,
                    lengths: rows.lengths,
                    cellCount: count
                )
            else { throw .tile }
            self.shape = shape
        }

        private static func rows(
            count: Int,
            _ bytes: RawSpan,
            _ reader: inout ByteReader
        ) throws(CodecError) -> (starts: [Int], lengths: [Int]) {
            switch try reader.byte(bytes) {
            case 0:
                let starts = try StreamDecoder.all(count: count, bytes, &reader)
                let lengths = try StreamDecoder.all(count: count, bytes, &reader)
                return (starts.map { Int($0) }, lengths.map { Int($0) })
            case 1:
                let shift = try reader.count(bytes, through: Int.max, else: .tile)
                let length = try reader.count(bytes, through: Int.max, else: .tile)
                guard !shift.multipliedReportingOverflow(by: count - 1).overflow
                else { throw .tile }
                let starts = (0..<count).map { $0 * shift }
                return (starts, [Int](repeating: length, count: count))
            default: throw .tile
            }
        }
    }
}
