import Model

/// Turns the binary COPY of FlexMeasures' beliefs into columns, sensor by sensor.
///
/// The rows have `columns`, in the order of sensor, event start and belief time. Not thread-safe: one
/// reader's own.
final class BeliefStream {
    /// What is selected, with the names of the table `timed_belief`.
    static let columns = """
        sensor_id, source_id, cumulative_probability, event_start, belief_horizon, event_value
        """
    /// The order that makes beliefs of a series ascend: of one event, the larger horizon is the
    /// earlier belief.
    static let order = "sensor_id, event_start, belief_horizon DESC"

    /// Consecutive beliefs of one sensor.
    struct Part {
        let sensor: SensorID
        let series: [(key: SeriesKey, columns: BeliefColumns)]
    }

    /// A series that grows. An object, so that its columns grow in place.
    private final class Growing {
        let key: SeriesKey
        var columns = BeliefColumns()
        init(_ key: SeriesKey) { self.key = key }
    }

    private let timings: [SensorID: EventTiming]
    private let valueCountMax: Int
    private let emit: ([Part]) throws -> Void
    private var buffer: [UInt8] = []
    private var isHeaderRead = false
    private var isEnded = false
    /// Parts that are complete, and the series of the one that grows; how many beliefs are in them.
    private var parts: [Part] = []
    private var sensor: SensorID?
    private var growing: [Growing] = []
    private var valueCount = 0
    private var timing = EventTiming(resolution: 0)
    private var offset: Int64?
    /// The series of the row before.
    private var lastIndex = 0
    /// The last event for which the rule was asked, and its knowledge time.
    private var known: (event: Int64, time: Int64)?

    /// - Parameters:
    ///   - timings: of the sensors that come.
    ///   - valueCountMax: beliefs that are emitted at once.
    ///   - emit: gets parts of all in order; waits as long as it likes.
    init(
        timings: [SensorID: EventTiming],
        valueCountMax: Int,
        emit: @escaping ([Part]) throws -> Void
    ) {
        (self.timings, self.valueCountMax, self.emit) = (timings, valueCountMax, emit)
        buffer.reserveCapacity(Self.bufferByteCount + 4_096)
    }

    private static let bufferByteCount = 1 << 16

    /// Takes in the next bytes of the COPY, cut anywhere.
    func append(_ piece: RawSpan) throws {
        piece.withUnsafeBytes { buffer += $0 }
        if buffer.count >= Self.bufferByteCount { try decode() }
    }

    /// Emits what is left.
    ///
    /// - Throws: `CommandError` if the data does not end as it should.
    func finish() throws {
        try decode()
        guard isEnded else { throw Self.damaged }
        closePart()
        try emitParts()
    }

    /// `PGCOPY…`, flags, length of the extension (Postgres docs, COPY, "Binary Format").
    private static let headerByteCount = 19
    /// A field count, six lengths, and the fields.
    private static let rowByteCount = 2 + 6 * 4 + 4 + 4 + 8 + 8 + 16 + 8

    private func decode() throws {
        var position = 0
        try buffer.withUnsafeBytes { bytes in
            if !isHeaderRead {
                guard bytes.count >= Self.headerByteCount else { return }
                position = Self.headerByteCount + Int(Self.int32(bytes, 15))
                isHeaderRead = true
            }
            while !isEnded, position + 2 <= bytes.count {
                let fieldCount = Int16(
                    bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int16.self)
                )
                if fieldCount == -1 {
                    isEnded = true
                    position += 2
                    break
                }
                guard position + Self.rowByteCount <= bytes.count else { break }
                guard fieldCount == 6 else { throw Self.damaged }
                try take(bytes, position + 2)
                position += Self.rowByteCount
            }
        }
        buffer.removeFirst(position)
    }

    private static let damaged = CommandError("the source sent beliefs in an unexpected form")

    /// Takes in the row whose fields start at `start`.
    private func take(_ bytes: UnsafeRawBufferPointer, _ start: Int) throws {
        // Lengths and types are known; a NULL, or a column of another type, has another length.
        guard Self.int32(bytes, start) == 4, Self.int32(bytes, start + 8) == 4,
            Self.int32(bytes, start + 16) == 8, Self.int32(bytes, start + 28) == 8,
            Self.int32(bytes, start + 40) == 16, Self.int32(bytes, start + 60) == 8
        else { throw Self.damaged }
        let sensor = SensorID(Int64(Self.int32(bytes, start + 4)))
        let source = SourceID(Int64(Self.int32(bytes, start + 12)))
        let probability = Double(bitPattern: UInt64(bitPattern: Self.int64(bytes, start + 20)))
        let event = Self.int64(bytes, start + 32) &+ 946_684_800_000_000
        // An interval: µs, days, months. Days have 24 hours and months 30 days, as Postgres has it
        // when it compares them.
        let days = Int64(Self.int32(bytes, start + 52)) + 30 * Int64(Self.int32(bytes, start + 56))
        guard Self.moments.contains(event), Self.dayRange.contains(days),
            (0...1).contains(probability)
        else { throw Self.impossible(sensor) }
        let horizon = Self.int64(bytes, start + 44) &+ days * Microseconds.day
        let value = Double(bitPattern: UInt64(bitPattern: Self.int64(bytes, start + 64)))
        if self.sensor != sensor { try begin(sensor) }
        let belief = knowledgeTime(event) &- horizon
        guard Self.moments.contains(belief) else { throw Self.impossible(sensor) }
        let series = series(of: source, probability, sensor)
        series.columns.eventStarts.append(event)
        series.columns.beliefTimes.append(belief)
        series.columns.values.append(value)
        valueCount += 1
        if valueCount >= valueCountMax {
            closePart()
            try emitParts()
        }
    }

    /// What the store holds.
    private static let moments = Timestamp.earliest.microseconds...Timestamp.latest.microseconds
    /// Days between the first and the last of these, either way.
    private static let dayRange: ClosedRange<Int64> = -3_700_000...3_700_000

    private static func impossible(_ sensor: SensorID) -> CommandError {
        CommandError(
            "sensor \(sensor) of the source has a belief outside of the years 1 to 9999, or of probabilities from 0 to 1"
        )
    }

    private func knowledgeTime(_ event: Int64) -> Int64 {
        if let offset { return event &+ offset }
        if let known, known.event == event { return known.time }
        let time = timing.knowledgeTime(eventStart: event)
        known = (event, time)
        return time
    }

    private func begin(_ sensor: SensorID) throws {
        closePart()
        guard let timing = timings[sensor] else { throw Self.damaged }
        self.timing = timing
        offset = timing.knowledge.constantOffset(resolution: timing.resolution)
        known = nil
        self.sensor = sensor
    }

    /// Mostly it is the series of the row before, or the next one.
    private func series(of source: SourceID, _ probability: Double, _ sensor: SensorID) -> Growing {
        func isWanted(_ index: Int) -> Bool {
            growing[index].key.source == source && growing[index].key.probability == probability
        }
        if lastIndex < growing.count, isWanted(lastIndex) { return growing[lastIndex] }
        if lastIndex + 1 < growing.count, isWanted(lastIndex + 1) {
            lastIndex += 1
            return growing[lastIndex]
        }
        if let found = growing.indices.first(where: isWanted) {
            lastIndex = found
            return growing[found]
        }
        lastIndex = growing.count
        growing.append(
            Growing(SeriesKey(sensor: sensor, source: source, probability: probability))
        )
        return growing[lastIndex]
    }

    private func closePart() {
        if let sensor, !growing.isEmpty {
            parts.append(Part(sensor: sensor, series: growing.map { ($0.key, $0.columns) }))
        }
        sensor = nil
        growing = []
        lastIndex = 0
    }

    private func emitParts() throws {
        guard !parts.isEmpty else { return }
        let emitted = parts
        (parts, valueCount) = ([], 0)
        try emit(emitted)
    }

    private static func int32(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int32 {
        Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }

    private static func int64(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int64 {
        Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
    }
}
