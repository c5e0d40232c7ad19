internal import Model

/// The columns of a segment's body. A step is the difference to the value before, as a zigzag.
extension SegmentCodec {
    // MARK: Deletions

    static func appendDeletions(_ deletions: [Deletion], to body: inout ByteWriter) {
        for deletion in deletions {
            body.append(zigzag: deletion.sensor.rawValue)
            body.append(byte: deletion.source == nil ? 0 : 1)
            if let source = deletion.source { body.append(zigzag: source.rawValue) }
            body.append(zigzag: deletion.events.lowerBound)
            body.append(zigzag: deletion.events.upperBound)
        }
    }

    static func deletions(
        _ count: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Deletion] {
        var deletions: [Deletion] = []
        deletions.reserveCapacity(count)
        for _ in 0..<count {
            let sensor = try reader.zigzag(body)
            let flag = try reader.byte(body)
            guard flag <= 1 else { throw .counts }
            let source = flag == 1 ? SourceID(try reader.zigzag(body)) : nil
            let (first, last) = (try reader.zigzag(body), try reader.zigzag(body))
            guard first <= last else { throw .counts }
            deletions.append(
                Deletion(sensor: SensorID(sensor), source: source, events: first...last)
            )
        }
        return deletions
    }

    // MARK: Series

    static func appendHeads(_ segment: Segment, to body: inout ByteWriter) {
        let (heads, ends) = (segment.series.span, segment.ends.span)
        // Three numbers, and a probability that is not the one before.
        body.append(byteCountMax: heads.count * 38) { output in
            var (sensor, source): (Int64, Int64) = (0, 0)
            var probability: UInt64 = (0.5).bitPattern
            var start: UInt32 = 0
            for position in heads.indices {
                let series = heads[position]
                output.append(zigzag: series.sensor.rawValue &- sensor)
                output.append(zigzag: series.source.rawValue &- source)
                let bits = series.probability.bitPattern
                let count = UInt64(ends[position] &- start)
                output.append(varint: count << 1 | (bits == probability ? 0 : 1))
                if bits != probability {
                    for byte in 0..<8 {
                        output.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * byte)))
                    }
                }
                (sensor, source) = (series.sensor.rawValue, series.source.rawValue)
                (probability, start) = (bits, ends[position])
            }
        }
    }

    static func readHeads(
        _ count: Int,
        _ valueCount: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader,
        into segment: inout Segment
    ) throws(CodecError) {
        segment.series.reserveCapacity(count)
        segment.ends.reserveCapacity(count)
        var (sensor, source, probability): (Int64, Int64, Double) = (0, 0, 0.5)
        var total = 0
        for _ in 0..<count {
            sensor &+= try reader.zigzag(body)
            source &+= try reader.zigzag(body)
            let countAndFlag = try reader.count(body, through: valueCount * 2 + 1, else: .counts)
            if countAndFlag & 1 == 1 {
                probability = Double(bitPattern: try reader.fixed(body, as: UInt64.self))
            }
            total += countAndFlag >> 1
            guard countAndFlag > 1, total <= valueCount else { throw .counts }
            segment.ends.append(UInt32(total))
            segment.series.append(
                SeriesKey(
                    sensor: SensorID(sensor),
                    source: SourceID(source),
                    probability: probability
                )
            )
        }
        guard total == valueCount else { throw .counts }
    }

    // MARK: Events

    static func appendEvents(_ segment: Segment, to body: inout ByteWriter) {
        let (events, ends) = (segment.columns.eventStarts.span, segment.ends.span)
        body.append(byteCountMax: events.count * 10 + ends.count) { output in
            var previousFirst: Int64 = 0
            var start = 0
            for position in ends.indices {
                let end = Int(ends[position])
                let first = events[start]
                output.append(zigzag: first &- previousFirst)
                previousFirst = first
                if end - start > 1 {
                    let step = events[start + 1] &- first
                    var row = start + 2
                    while row < end, events[row] &- events[row - 1] == step { row += 1 }
                    let isRegular = row == end
                    output.append(isRegular ? 0 : 1)
                    if isRegular {
                        output.append(zigzag: step)
                    } else {
                        for row in start + 1..<end {
                            output.append(zigzag: events[row] &- events[row - 1])
                        }
                    }
                }
                start = end
            }
        }
    }

    static func events(
        _ segment: Segment,
        _ valueCount: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Int64] {
        var events: [Int64] = []
        events.reserveCapacity(valueCount)
        var first: Int64 = 0
        for position in segment.series.indices {
            first &+= try reader.zigzag(body)
            events.append(first)
            let count = segment.rows(at: position).count
            guard count > 1 else { continue }
            let kind = try reader.byte(body)
            var event = first
            switch kind {
            case 0:
                let step = try reader.zigzag(body)
                for _ in 1..<count {
                    event &+= step
                    events.append(event)
                }
            case 1:
                for _ in 1..<count {
                    event &+= try reader.zigzag(body)
                    events.append(event)
                }
            default: throw .eventKind(kind)
            }
        }
        return events
    }

    // MARK: Beliefs

    static func appendBeliefs(_ segment: Segment, to body: inout ByteWriter) {
        let (beliefs, ends) = (segment.columns.beliefTimes.span, segment.ends.span)
        body.append(byteCountMax: beliefs.count * 10 + ends.count) { output in
            var last: Int64 = 0
            var start = 0
            for position in ends.indices {
                let end = Int(ends[position])
                let first = beliefs[start]
                output.append(zigzag: first &- last)
                last = first
                if end - start > 1 {
                    var row = start + 1
                    while row < end, beliefs[row] == first { row += 1 }
                    let isConstant = row == end
                    output.append(isConstant ? 0 : 1)
                    if !isConstant {
                        for row in start + 1..<end {
                            output.append(zigzag: beliefs[row] &- last)
                            last = beliefs[row]
                        }
                    }
                }
                start = end
            }
        }
    }

    static func beliefs(
        _ segment: Segment,
        _ valueCount: Int,
        _ body: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> [Int64] {
        var beliefs: [Int64] = []
        beliefs.reserveCapacity(valueCount)
        var last: Int64 = 0
        for position in segment.series.indices {
            last &+= try reader.zigzag(body)
            beliefs.append(last)
            let count = segment.rows(at: position).count
            guard count > 1 else { continue }
            let kind = try reader.byte(body)
            guard kind <= 1 else { throw .beliefKind(kind) }
            for _ in 1..<count {
                if kind == 1 { last &+= try reader.zigzag(body) }
                beliefs.append(last)
            }
        }
        return beliefs
    }
}
