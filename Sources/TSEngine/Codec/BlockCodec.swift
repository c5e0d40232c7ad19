/// Columns of beliefs to the bytes of a block, and back: lossless, bit for bit.
///
/// Format: `docs/formats/block.md`. A block holds one series (sensor, source, probability), so only
/// events, belief times and values are stored. Stateless and safe to use from any thread.
package enum BlockCodec {
    /// Most beliefs in a block that Penstock writes. A block is decoded whole: this bounds memory.
    package static let valueCountMax = 8_192
    /// Beliefs a writer aims at: below it headers cost, above it little is gained.
    package static let valueCountTarget = 4_096
    /// Most beliefs in a block that is read.
    static let readValueCountMax = 65_536

    /// How much time an encoder may take.
    package enum Effort: Sendable, Hashable {
        /// Bit-packing only: for blocks that are soon rewritten.
        case fast
        /// Bit-packing, also in thirds of bits, then LZ4-HC where that saves at least 10 %: for
        /// compaction.
        case compact
    }

    /// Appends the `n` beliefs of a block to `columns`.
    ///
    /// - Parameters:
    ///   - bytes: One whole block.
    ///   - columns: Receives `n` more beliefs, in the order in which they were encoded. Unchanged
    ///     if this throws.
    /// - Throws: `CodecError`, always corruption. Never traps on hostile bytes; allocates at most
    ///   4 MiB and 24 bytes for each of at most 65,536 beliefs.
    package static func decode(
        _ bytes: RawSpan,
        appendingTo columns: inout BlockColumns
    ) throws(CodecError) {
        let count = columns.count
        do throws(CodecError) {
            try BlockFrame.open(bytes) { (body, isTile) throws(CodecError) in
                var reader = ByteReader()
                try decodeKeys(
                    body,
                    &reader,
                    isTile: isTile,
                    eventStarts: &columns.eventStarts,
                    beliefTimes: &columns.beliefTimes
                )
                let valueCount = columns.beliefTimes.count - count
                try decodeValues(body, &reader, count: valueCount, into: &columns.values)
            }
        } catch {
            columns.eventStarts.removeLast(columns.eventStarts.count - count)
            columns.beliefTimes.removeLast(columns.beliefTimes.count - count)
            throw error
        }
    }

    /// The same for bytes in an array.
    package static func decode(
        _ bytes: [UInt8],
        appendingTo columns: inout BlockColumns
    ) throws(CodecError) {
        // The span's bytes are initialized: every bit pattern of `UInt8` is its own byte.
        try unsafe decode(bytes.span.bytes, appendingTo: &columns)
    }

    /// Appends the values of a block to `values`, and skips the events and belief times.
    ///
    /// - Throws: As `decode(_:appendingTo:)`; what is skipped is checked for its length only.
    package static func decodeValues(
        _ bytes: RawSpan,
        appendingTo values: inout [Double]
    ) throws(CodecError) {
        try BlockFrame.open(bytes) { (body, isTile) throws(CodecError) in
            var reader = ByteReader()
            let count = try valueCount(body, &reader)
            let kind = try eventKind(body, &reader, isTile: isTile)
            if isTile {
                try TileColumn.skip(count: count, body, &reader)
                try checkTileBeliefs(body, &reader)
            } else {
                try EventColumn.skip(kind: kind, count: count, body, &reader)
                try BeliefColumn.skip(count: count, body, &reader)
            }
            try decodeValues(body, &reader, count: count, into: &values)
        }
    }

    /// The same for bytes in an array.
    package static func decodeValues(
        _ bytes: [UInt8],
        appendingTo values: inout [Double]
    ) throws(CodecError) {
        // As above.
        try unsafe decodeValues(bytes.span.bytes, appendingTo: &values)
    }

    private static func decodeKeys(
        _ body: RawSpan,
        _ reader: inout ByteReader,
        isTile: Bool,
        eventStarts: inout [Int64],
        beliefTimes: inout [Int64]
    ) throws(CodecError) {
        let count = try valueCount(body, &reader)
        let kind = try eventKind(body, &reader, isTile: isTile)
        if isTile {
            try TileColumn.decode(
                count: count,
                body,
                &reader,
                eventStarts: &eventStarts,
                beliefTimes: &beliefTimes
            )
            return try checkTileBeliefs(body, &reader)
        }
        let first = eventStarts.count
        try eventStarts.appendUninitialized(count) { (target) throws(CodecError) in
            try EventColumn.decode(kind: kind, body, &reader, into: &target)
        }
        let events = eventStarts.span.extracting(first...)
        try beliefTimes.appendUninitialized(count) { (target) throws(CodecError) in
            try BeliefColumn.decode(body, &reader, events: events, into: &target)
        }
    }

    private static func decodeValues(
        _ body: RawSpan,
        _ reader: inout ByteReader,
        count: Int,
        into values: inout [Double]
    ) throws(CodecError) {
        try values.appendUninitialized(count) { (target) throws(CodecError) in
            try ValueColumn.decode(body, &reader, into: &target)
            let leftCount = body.byteCount - reader.offset
            guard leftCount == 0 else { throw .trailingBytes(leftCount) }
        }
    }

    private static func valueCount(
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> Int {
        let count = try reader.varint(body)
        guard count >= 1, count <= UInt64(readValueCountMax) else { throw .valueCount(count) }
        return Int(count)
    }

    private static func eventKind(
        _ body: RawSpan,
        _ reader: inout ByteReader,
        isTile: Bool
    ) throws(CodecError) -> UInt8 {
        let kind = try reader.byte(body)
        guard kind <= EventColumn.Kind.tile, (kind == EventColumn.Kind.tile) == isTile
        else { throw .eventKind(kind) }
        return kind
    }

    private static func checkTileBeliefs(
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) {
        let kind = try reader.byte(body)
        guard kind == BeliefColumn.Kind.tile else { throw .beliefKind(kind) }
    }
}
