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
        var (sensor, source): (Int64, Int64) = (0, 0)
        var probability = 0.5
        for (position, series) in segment.series.enumerated() {
            body.append(zigzag: series.sensor.rawValue &- sensor)
            body.append(zigzag: series.source.rawValue &- source)
            let isSame = series.probability.bitPattern == probability.bitPattern
            body.append(varint: segment.rows(at: position).count << 1 | (isSame ? 0 : 1))
            if !isSame { body.append(fixed: series.probability.bitPattern) }
            (sensor, source) = (series.sensor.rawValue, series.source.rawValue)
            probability = series.probability
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
        let events = segment.columns.eventStarts
        var previousFirst: Int64 = 0
        for position in segment.series.indices {
            let rows = segment.rows(at: position)
            let first = events[rows.lowerBound]
            body.append(zigzag: first &- previousFirst)
            previousFirst = first
            guard rows.count > 1 else { continue }
            let step = events[rows.lowerBound + 1] &- first
            var isRegular = true
            for row in rows.dropFirst() where events[row] &- events[row - 1] != step {
                isRegular = false
                break
            }
            body.append(byte: isRegular ? 0 : 1)
            if isRegular {
                body.append(zigzag: step)
            } else {
                for row in rows.dropFirst() { body.append(zigzag: events[row] &- events[row - 1]) }
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
        let beliefs = segment.columns.beliefTimes
        var last: Int64 = 0
        for position in segment.series.indices {
            let rows = segment.rows(at: position)
            let first = beliefs[rows.lowerBound]
            body.append(zigzag: first &- last)
            last = first
            guard rows.count > 1 else { continue }
            var isConstant = true
            for row in rows.dropFirst() where beliefs[row] != first {
                isConstant = false
                break
            }
            body.append(byte: isConstant ? 0 : 1)
            if isConstant { continue }
            for row in rows.dropFirst() {
                body.append(zigzag: beliefs[row] &- last)
                last = beliefs[row]
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
