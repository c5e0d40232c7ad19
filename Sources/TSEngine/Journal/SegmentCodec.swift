internal import Model

/// Segments <-> bytes of a journal row. `docs/formats/segment.md` is the format; the code follows
/// its order.
package enum SegmentCodec {
    static let version: UInt8 = 1
    /// The most beliefs that a decoder accepts in a segment: bounds what a damaged count allocates.
    static let valueCountMax = 1 << 26

    package static func encode(_ segment: Segment) -> [UInt8] {
        let valueCount = segment.valueCount
        var body = ByteWriter(byteCapacity: valueCount * 10 + segment.parts.count * 12 + 64)
        body.append(varint: segment.parts.count)
        var previous = SeriesKey(sensor: SensorID(0), source: SourceID(0))
        for part in segment.parts {
            body.append(zigzag: part.series.sensor.rawValue &- previous.sensor.rawValue)
            body.append(zigzag: part.series.source.rawValue &- previous.source.rawValue)
            let sameProbability =
                part.series.probability.bitPattern == previous.probability.bitPattern
            body.append(varint: part.columns.count << 1 | (sameProbability ? 0 : 1))
            if !sameProbability { body.append(fixed: part.series.probability.bitPattern) }
            previous = part.series
        }
        for part in segment.parts { appendEvents(part.columns.eventStarts, to: &body) }
        var lastBelief: Int64 = 0
        for part in segment.parts {
            appendBeliefs(part.columns.beliefTimes, after: &lastBelief, to: &body)
        }
        body.append(byteCount: valueCount * 8) { target in
            ByteShuffle.shuffle(segment.parts.map(\.columns.values), into: &target)
        }
        return frame(body.bytes, valueCount: valueCount)
    }

    /// - Throws: a `CodecError` for bytes that are not a segment. Never traps.
    package static func decode(_ bytes: [UInt8]) throws(CodecError) -> Segment {
        let (body, valueCount) = try unframe(bytes)
        return try unsafe decodeBody(body.span.bytes, valueCount: valueCount)
    }

    private static func frame(_ body: [UInt8], valueCount: Int) -> [UInt8] {
        var writer = ByteWriter(byteCapacity: body.count / 2 + 64)
        writer.append(byte: version)
        writer.append(varint: valueCount)
        writer.append(varint: body.count)
        writer.append(contentsOf: Lz4.compressFast(body))
        // Spans of byte arrays are initialized: every bit pattern of `UInt8` is its own byte.
        let crc = unsafe Crc32c.checksum(writer.bytes.span.bytes)
        writer.append(fixed: UInt64(crc), byteCount: 4)
        return writer.bytes
    }

    private static func unframe(_ bytes: [UInt8]) throws(CodecError) -> ([UInt8], valueCount: Int) {
        guard bytes.count > 4 else { throw .truncated }
        let content = bytes.count - 4
        let span = unsafe bytes.span.bytes
        var reader = ByteReader()
        _ = try reader.skip(content, in: span)
        let stored = try reader.fixed(span, as: UInt32.self)
        guard Crc32c.checksum(span.extracting(0..<content)) == stored else { throw .checksum }
        reader = ByteReader()
        let version = try reader.byte(span)
        guard version == Self.version else { throw .version(version) }
        let valueCount = try reader.count(span, through: valueCountMax, else: .counts)
        // A body has at least 8 bytes a value, and at most some 60 (a series of its own for each).
        let length = try reader.count(span, through: valueCount * 64 + 64, else: .bodyLength(0))
        let start = reader.offset
        guard start <= content else { throw .truncated }
        return (try Lz4.decompress(span.extracting(start..<content), byteCount: length), valueCount)
    }

    private static func decodeBody(
        _ body: RawSpan,
        valueCount: Int
    ) throws(CodecError) -> Segment {
        var reader = ByteReader()
        let partCount = try reader.count(body, through: valueCount, else: .counts)
        var parts: [Segment.Part] = []
        var counts: [Int] = []
        parts.reserveCapacity(partCount)
        var (sensor, source, probability): (Int64, Int64, Double) = (0, 0, 0.5)
        var total = 0
        for _ in 0..<partCount {
            sensor &+= try reader.zigzag(body)
            source &+= try reader.zigzag(body)
            let countAndFlag = try reader.count(body, through: valueCount * 2 + 1, else: .counts)
            if countAndFlag & 1 == 1 {
                probability = Double(bitPattern: try reader.fixed(body, as: UInt64.self))
            }
            total += countAndFlag >> 1
            counts.append(countAndFlag >> 1)
            let series = SeriesKey(
                sensor: SensorID(sensor),
                source: SourceID(source),
                probability: probability
            )
            parts.append(Segment.Part(series: series, columns: BeliefColumns()))
        }
        guard total == valueCount else { throw .counts }
        for index in parts.indices {
            parts[index].columns.eventStarts = try events(counts[index], body, &reader)
        }
        var lastBelief: Int64 = 0
        for index in parts.indices {
            parts[index].columns.beliefTimes = try beliefs(
                counts[index],
                body,
                &reader,
                &lastBelief
            )
        }
        let start = try reader.skip(valueCount * 8, in: body)
        guard reader.offset == body.byteCount else {
            throw .trailingBytes(body.byteCount - reader.offset)
        }
        let values = ByteShuffle.unshuffle(
            body.extracting(start..<reader.offset),
            count: valueCount
        )
        var first = 0
        for index in parts.indices {
            parts[index].columns.values = Array(values[first..<first + counts[index]])
            first += counts[index]
        }
        return Segment(parts: parts)
    }

    // MARK: Columns

    /// Kind 0: first event and a constant step; kind 1: first event and a zigzag step for each next.
    private static func appendEvents(_ events: [Int64], to body: inout ByteWriter) {
        let step = events.count > 1 ? events[1] &- events[0] : 0
        var isRegular = true
        for index in events.indices.dropFirst() where events[index] &- events[index - 1] != step {
            isRegular = false
            break
        }
        body.append(byte: isRegular ? 0 : 1)
        body.append(zigzag: events.first ?? 0)
        if isRegular {
            body.append(zigzag: step)
        } else {
            for index in events.indices.dropFirst() {
                body.append(zigzag: events[index] &- events[index - 1])
            }
        }
    }

    private static func events(
        _ count: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Int64] {
        let kind = try reader.byte(body)
        guard kind <= 1 else { throw .eventKind(kind) }
        var event = try reader.zigzag(body)
        var events: [Int64] = []
        events.reserveCapacity(count)
        if kind == 0 {
            let step = try reader.zigzag(body)
            for _ in 0..<count {
                events.append(event)
                event &+= step
            }
        } else {
            for index in 0..<count {
                if index > 0 { event &+= try reader.zigzag(body) }
                events.append(event)
            }
        }
        return events
    }

    /// Kind 0: one belief time for all, as the step from the previous part's last one; kind 1: a
    /// zigzag step for each.
    private static func appendBeliefs(
        _ beliefs: [Int64],
        after last: inout Int64,
        to body: inout ByteWriter
    ) {
        let first = beliefs.first ?? last
        let isConstant = beliefs.allSatisfy { $0 == first }
        body.append(byte: isConstant ? 0 : 1)
        if isConstant {
            body.append(zigzag: first &- last)
            last = first
        } else {
            for belief in beliefs {
                body.append(zigzag: belief &- last)
                last = belief
            }
        }
    }

    private static func beliefs(
        _ count: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader,
        _ last: inout Int64
    ) throws(CodecError) -> [Int64] {
        let kind = try reader.byte(body)
        switch kind {
        case 0:
            last &+= try reader.zigzag(body)
            return [Int64](repeating: last, count: count)
        case 1:
            var beliefs: [Int64] = []
            beliefs.reserveCapacity(count)
            for _ in 0..<count {
                last &+= try reader.zigzag(body)
                beliefs.append(last)
            }
            return beliefs
        default: throw .beliefKind(kind)
        }
    }
}
