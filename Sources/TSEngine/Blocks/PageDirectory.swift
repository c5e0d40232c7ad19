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
    enum Change {
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
    private static let origin = BlockZone(
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
