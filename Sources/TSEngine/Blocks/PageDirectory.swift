internal import Model

/// The zone maps of a page's blocks, as bytes.
///
/// Format: `docs/formats/page.md`, "Directory". Blocks of neighbouring sensors are alike, so an entry
/// says what differs from the one before: some 20 bytes for a block of a page of meters.
enum PageDirectory {
    /// What `Writer` writes.
    static let version: UInt8 = 1
    /// One block with fields of fixed width: what older tables were turned into.
    static let fixedVersion: UInt8 = 0

    /// What an entry tells of its own accord, as bits of `changes`; what is common comes first.
    fileprivate enum Change {
        static let blockID: UInt64 = 1
        static let valueCount: UInt64 = 2
        static let firstEventSteps: UInt64 = 4
        static let span: UInt64 = 8
        static let source: UInt64 = 16
        static let firstLag: UInt64 = 32
        static let lastLag: UInt64 = 64
        static let firstBelief: UInt64 = 128
        static let lastBelief: UInt64 = 256
        static let horizonMin: UInt64 = 512
        static let horizonMax: UInt64 = 1_024
        static let firstEvent: UInt64 = 2_048
        static let validCount: UInt64 = 4_096
        static let probability: UInt64 = 8_192
        static let all: UInt64 = 16_383
    }

    /// The entry before the first one: what most blocks say anyway.
    fileprivate static let origin = BlockZone(
        series: SeriesKey(sensor: SensorID(0), source: SourceID(0)),
        firstEvent: 0,
        lastEvent: 0,
        firstBelief: 0,
        lastBelief: 0,
        horizonMin: 0,
        horizonMax: 0,
        blockID: 0,
        valueCount: 0,
        validCount: 0,
        valueMin: nil,
        valueMax: nil,
        valueSum: nil,
        payloadCount: 0
    )

    /// Collects entries, in the order of the blocks.
    struct Writer {
        private var entries = ByteWriter()
        private(set) var count = 0
        private var last = PageDirectory.origin
        /// The state before the last entry.
        private var before: (byteCount: Int, last: BlockZone) = (0, PageDirectory.origin)

        /// Bytes of the directory so far: version, at most two bytes of count, and checksum.
        var byteCount: Int { entries.bytes.count + 7 }

        /// - Precondition: sensors do not descend.
        mutating func append(_ zone: BlockZone) {
            before = (entries.bytes.count, last)
            entries.append(zone, after: last)
            last = zone
            count += 1
        }

        /// Takes the last entry back; once.
        mutating func undo() {
            entries.truncate(byteCount: before.byteCount)
            last = before.last
            count -= 1
        }

        /// The directory. At least one entry.
        func finished() -> [UInt8] {
            var writer = ByteWriter(byteCapacity: entries.bytes.count + 12)
            writer.append(byte: version)
            writer.append(varint: count)
            writer.append(contentsOf: entries.bytes)
            let checksum = unsafe Crc32c.checksum(writer.bytes.span.bytes)
            writer.append(fixed: UInt64(checksum), byteCount: 4)
            return writer.bytes
        }
    }

    /// The zone maps, in the order of the blocks; their lengths are those of the payload's parts.
    ///
    /// - Throws: `CodecError` if the bytes are damaged.
    static func decode(_ bytes: RawSpan) throws(CodecError) -> [BlockZone] {
        var reader = ByteReader()
        switch try reader.byte(bytes) {
        case fixedVersion: return [try fixedEntry(bytes, &reader)]
        case version: break
        case let other: throw .version(other)
        }
        let end = bytes.byteCount - 4
        guard end >= reader.offset else { throw .truncated }
        // The load checks its bounds, and every bit pattern is a valid integer.
        let stored = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt32.self)
        let entries = bytes.extracting(0..<end)
        guard UInt32(littleEndian: stored) == Crc32c.checksum(entries) else { throw .checksum }
        let count = try reader.varint(entries)
        // An entry has five bytes at least.
        guard count >= 1, count <= UInt64(end) else { throw .counts }
        var zones: [BlockZone] = []
        zones.reserveCapacity(Int(count))
        var last = origin
        for _ in 0..<count {
            last = try reader.entry(entries, after: last)
            zones.append(last)
        }
        guard reader.offset == end else { throw .trailingBytes(end - reader.offset) }
        return zones
    }

    private static func fixedEntry(
        _ bytes: RawSpan,
        _ reader: inout ByteReader
    ) throws(CodecError) -> BlockZone {
        var numbers: [Int64] = []
        for _ in 0..<16 {
            // Postgres' order of bytes: the highest first.
            let stored = try reader.fixed(bytes, as: UInt64.self)
            numbers.append(Int64(bitPattern: stored.byteSwapped))
        }
        guard reader.offset == bytes.byteCount else {
            throw .trailingBytes(bytes.byteCount - reader.offset)
        }
        guard (1...Int64(BlockCodec.readValueCountMax)).contains(numbers[10]),
            (0...numbers[10]).contains(numbers[11]), (0...(1 << 30)).contains(numbers[15])
        else { throw .counts }
        func number(_ index: Int) -> Double? {
            numbers[11] == 0 ? nil : Double(bitPattern: UInt64(bitPattern: numbers[index]))
        }
        return BlockZone(
            series: SeriesKey(
                sensor: SensorID(numbers[0]),
                source: SourceID(numbers[1]),
                probability: Double(bitPattern: UInt64(bitPattern: numbers[2]))
            ),
            firstEvent: numbers[3],
            lastEvent: numbers[4],
            firstBelief: numbers[5],
            lastBelief: numbers[6],
            horizonMin: numbers[7],
            horizonMax: numbers[8],
            blockID: numbers[9],
            valueCount: Int(numbers[10]),
            validCount: Int(numbers[11]),
            valueMin: number(12),
            valueMax: number(13),
            valueSum: number(14),
            payloadCount: Int(numbers[15])
        )
    }
}

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
    fileprivate mutating func append(_ zone: BlockZone, after last: BlockZone) {
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
    fileprivate mutating func entry(
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
