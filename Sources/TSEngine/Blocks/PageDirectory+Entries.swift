internal import Model

// Differences wrap, so that any numbers come back as they were.
extension BlockZone {
    fileprivate var span: Int64 { lastEvent &- firstEvent }
    fileprivate var firstLag: Int64 { firstBelief &- firstEvent }
    fileprivate var lastLag: Int64 { lastBelief &- lastEvent }

    /// From one event to the next, if all are as far apart; else 0. µs.
    fileprivate var step: Int64 {
        guard valueCount > 1, span > 0, span % Int64(valueCount - 1) == 0 else { return 0 }
        return span / Int64(valueCount - 1)
    }

    /// What the next entry is expected to be: a block with as many events as far apart, of the same
    /// time, or after this one if it is of the same series.
    fileprivate func nextFirstEvent(of next: SeriesKey) -> Int64 {
        next == series && step > 0 ? lastEvent &+ step : firstEvent
    }

    fileprivate func nextSpan(_ valueCount: Int64) -> Int64 {
        step > 0 ? (valueCount &- 1) &* step : span
    }
}

extension ByteWriter {
    mutating func append(_ zone: BlockZone, after last: BlockZone) {
        typealias Change = PageDirectory.Change
        let step = last.step
        let event = zone.firstEvent &- last.nextFirstEvent(of: zone.series)
        let inSteps = step > 0 && event % step == 0
        // Belief times follow the events at the same distance, or are much the same in all blocks.
        let (firstLag, lastLag) = (zone.firstLag &- last.firstLag, zone.lastLag &- last.lastLag)
        let firstBelief = zone.firstBelief &- last.firstBelief
        let lastBelief = zone.lastBelief &- last.lastBelief
        let hasFirstLag = firstLag.magnitude <= firstBelief.magnitude
        let hasLastLag = lastLag.magnitude <= lastBelief.magnitude
        let fields: [(bit: UInt64, value: Int64)] = [
            (Change.source, zone.series.source.rawValue &- last.series.source.rawValue),
            (Change.blockID, zone.blockID &- last.blockID &- 1),
            (Change.valueCount, Int64(zone.valueCount - last.valueCount)),
            (Change.firstEventSteps, inSteps ? event / step : 0),
            (Change.firstEvent, inSteps ? 0 : event),
            (Change.span, zone.span &- last.nextSpan(Int64(zone.valueCount))),
            (Change.firstLag, hasFirstLag ? firstLag : 0),
            (Change.firstBelief, hasFirstLag ? 0 : firstBelief),
            (Change.lastLag, hasLastLag ? lastLag : 0),
            (Change.lastBelief, hasLastLag ? 0 : lastBelief),
            (Change.horizonMin, zone.horizonMin &+ zone.firstLag),
            (Change.horizonMax, zone.horizonMax &+ zone.lastLag),
            (Change.validCount, Int64(zone.valueCount - zone.validCount)),
        ]
        var changes: UInt64 = 0
        for field in fields where field.value != 0 { changes |= field.bit }
        // Said also if it is no difference: without, the distance counts.
        if !hasFirstLag { changes |= Change.firstBelief }
        if !hasLastLag { changes |= Change.lastBelief }
        let probability = zone.series.probability
        if probability.bitPattern != last.series.probability.bitPattern {
            changes |= Change.probability
        }
        append(varint: changes)
        append(zigzag: zone.series.sensor.rawValue &- last.series.sensor.rawValue)
        if changes & Change.probability != 0 { append(fixed: probability.bitPattern) }
        for field in fields where changes & field.bit != 0 { append(zigzag: field.value) }
        append(varint: zone.payloadCount)
        for value in [zone.valueMin, zone.valueMax, zone.valueSum] {
            if let value { append(number: value) }
        }
    }

    /// A number with a few decimals as integer and exponent, any other as its bits.
    private mutating func append(number: Double) {
        var power = 1.0
        for exponent in 0...PageNumber.exponentMax {
            let scaled = (number * power).rounded()
            guard abs(scaled) < PageNumber.magnitudeMax else { break }
            // From the integer, as a reader will: it has no negative zero.
            let integer = Int64(scaled)
            if (Double(integer) / power).bitPattern == number.bitPattern {
                append(byte: UInt8(exponent))
                append(zigzag: integer)
                return
            }
            power *= 10
        }
        append(byte: PageNumber.bits)
        append(fixed: number.bitPattern)
    }
}

/// How the numbers of a zone map are written.
private enum PageNumber {
    static let exponentMax = 9
    /// Below it an integer takes at most six bytes.
    static let magnitudeMax = 2_199_023_255_552.0
    /// In the exponent's place: the 64 bits follow.
    static let bits: UInt8 = 16
}

extension ByteReader {
    mutating func entry(
        _ bytes: RawSpan,
        after last: BlockZone
    ) throws(CodecError) -> BlockZone {
        typealias Change = PageDirectory.Change
        let changes = try varint(bytes)
        guard changes <= Change.all else { throw .flags(UInt8(truncatingIfNeeded: changes >> 8)) }
        let sensor = last.series.sensor.rawValue &+ (try zigzag(bytes))
        var probability = last.series.probability
        if changes & Change.probability != 0 {
            probability = Double(bitPattern: try fixed(bytes, as: UInt64.self))
        }
        func change(_ bit: UInt64) throws(CodecError) -> Int64 {
            changes & bit != 0 ? try zigzag(bytes) : 0
        }
        let source = last.series.source.rawValue &+ (try change(Change.source))
        let series = SeriesKey(
            sensor: SensorID(sensor),
            source: SourceID(source),
            probability: probability
        )
        let blockID = last.blockID &+ 1 &+ (try change(Change.blockID))
        let valueCount = Int64(last.valueCount) &+ (try change(Change.valueCount))
        let steps = try change(Change.firstEventSteps)
        let firstEvent =
            last.nextFirstEvent(of: series) &+ steps &* last.step
            &+ (try change(Change.firstEvent))
        let span = last.nextSpan(valueCount) &+ (try change(Change.span))
        let lastEvent = firstEvent &+ span
        var firstBelief = firstEvent &+ last.firstLag &+ (try change(Change.firstLag))
        if changes & Change.firstBelief != 0 {
            firstBelief = last.firstBelief &+ (try zigzag(bytes))
        }
        var lastBelief = lastEvent &+ last.lastLag &+ (try change(Change.lastLag))
        if changes & Change.lastBelief != 0 {
            lastBelief = last.lastBelief &+ (try zigzag(bytes))
        }
        let horizonMin = firstEvent &- firstBelief &+ (try change(Change.horizonMin))
        let horizonMax = lastEvent &- lastBelief &+ (try change(Change.horizonMax))
        let validCount = valueCount &- (try change(Change.validCount))
        guard (1...Int64(BlockCodec.readValueCountMax)).contains(valueCount),
            (0...valueCount).contains(validCount)
        else { throw .counts }
        // Longer than any payload.
        let payloadCount = try count(bytes, through: 1 << 30, else: .counts)
        let isKnown = validCount > 0
        let valueMin = isKnown ? try number(bytes) : nil
        let valueMax = isKnown ? try number(bytes) : nil
        let valueSum = isKnown ? try number(bytes) : nil
        return BlockZone(
            series: series,
            firstEvent: firstEvent,
            lastEvent: lastEvent,
            firstBelief: firstBelief,
            lastBelief: lastBelief,
            horizonMin: horizonMin,
            horizonMax: horizonMax,
            blockID: blockID,
            valueCount: Int(valueCount),
            validCount: Int(validCount),
            valueMin: valueMin,
            valueMax: valueMax,
            valueSum: valueSum,
            payloadCount: payloadCount
        )
    }

    private mutating func number(_ bytes: RawSpan) throws(CodecError) -> Double {
        let exponent = try byte(bytes)
        if exponent == PageNumber.bits {
            return Double(bitPattern: try fixed(bytes, as: UInt64.self))
        }
        guard Int(exponent) <= PageNumber.exponentMax else { throw .number }
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return Double(try zigzag(bytes)) / power
    }
}
