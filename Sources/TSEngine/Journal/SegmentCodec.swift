internal import Model

/// Segments <-> bytes of a journal row. `docs/formats/segment.md` is the format; the code follows
/// its order.
package enum SegmentCodec {
    static let version: UInt8 = 3
    /// Written before values could be decimals; read, as a journal may hold it.
    static let versionWithPlainValues: UInt8 = 2
    /// The most beliefs that a decoder accepts in a segment: bounds what a damaged count allocates.
    static let valueCountMax = 1 << 26

    package static func encode(_ segment: Segment) -> [UInt8] {
        let valueCount = segment.valueCount
        var body = ByteWriter(
            byteCapacity: valueCount * 10 + segment.series.count * 12
                + segment.deletions.count * 30 + 64
        )
        appendDeletions(segment.deletions, to: &body)
        appendHeads(segment, to: &body)
        appendEvents(segment, to: &body)
        appendBeliefs(segment, to: &body)
        SegmentValues.append(segment.columns.values, to: &body)
        return frame(body.bytes, segment)
    }

    /// - Throws: a `CodecError` for bytes that are not a segment. Never traps.
    package static func decode(_ bytes: [UInt8]) throws(CodecError) -> Segment {
        let (body, head) = try unframe(bytes)
        return try unsafe decodeBody(body.span.bytes, head)
    }

    private struct Head {
        let version: UInt8
        let deletions: Int
        let series: Int
        let values: Int

        /// A body has at least 8 bytes a value, and at most some 60 (a series of its own for each).
        var bodyByteCountMax: Int { values * 64 + deletions * 64 + 64 }
    }

    private static func frame(_ body: [UInt8], _ segment: Segment) -> [UInt8] {
        var writer = ByteWriter(byteCapacity: body.count / 2 + 64)
        writer.append(byte: version)
        writer.append(varint: segment.deletions.count)
        writer.append(varint: segment.series.count)
        writer.append(varint: segment.valueCount)
        writer.append(varint: body.count)
        writer.append(contentsOf: Lz4.compressFast(body))
        // Spans of byte arrays are initialized: every bit pattern of `UInt8` is its own byte.
        let crc = unsafe Crc32c.checksum(writer.bytes.span.bytes)
        writer.append(fixed: UInt64(crc), byteCount: 4)
        return writer.bytes
    }

    private static func unframe(_ bytes: [UInt8]) throws(CodecError) -> ([UInt8], Head) {
        guard bytes.count > 4 else { throw .truncated }
        let content = bytes.count - 4
        let span = unsafe bytes.span.bytes
        var reader = ByteReader()
        _ = try reader.skip(content, in: span)
        let stored = try reader.fixed(span, as: UInt32.self)
        guard Crc32c.checksum(span.extracting(0..<content)) == stored else { throw .checksum }
        reader = ByteReader()
        let version = try reader.byte(span)
        guard version == Self.version || version == versionWithPlainValues else {
            throw .version(version)
        }
        let deletionCount = try reader.count(span, through: valueCountMax, else: .counts)
        let seriesCount = try reader.count(span, through: valueCountMax, else: .counts)
        let valueCount = try reader.count(span, through: valueCountMax, else: .counts)
        guard seriesCount <= valueCount else { throw .counts }
        let head = Head(
            version: version,
            deletions: deletionCount,
            series: seriesCount,
            values: valueCount
        )
        let length = try reader.count(
            span,
            through: head.bodyByteCountMax,
            else: .bodyLength(0)
        )
        let start = reader.offset
        guard start <= content else { throw .truncated }
        return (try Lz4.decompress(span.extracting(start..<content), byteCount: length), head)
    }

    private static func decodeBody(
        _ body: RawSpan,
        _ head: Head
    ) throws(CodecError) -> Segment {
        // A deletion takes at least four bytes: nothing is reserved for more than can be there.
        guard head.deletions <= body.byteCount / 4 else { throw .counts }
        var reader = ByteReader()
        var segment = Segment()
        segment.deletions = try deletions(head.deletions, body, &reader)
        try readHeads(head.series, head.values, body, &reader, into: &segment)
        segment.columns.eventStarts = try events(segment, head.values, body, &reader)
        segment.columns.beliefTimes = try beliefs(segment, head.values, body, &reader)
        segment.columns.values =
            head.version == versionWithPlainValues
            ? try SegmentValues.readPlain(head.values, body, &reader)
            : try SegmentValues.read(head.values, body, &reader)
        guard reader.offset == body.byteCount else {
            throw .trailingBytes(body.byteCount - reader.offset)
        }
        return segment
    }
}
