internal import Model
internal import Postgres

/// One row of a block table: the zone map and the encoded beliefs.
struct BlockRow: Sendable {
    let series: SeriesKey
    /// µs since 1970 UTC, both inclusive.
    let firstEvent: Int64
    let lastEvent: Int64
    /// Earliest and latest belief time, µs since 1970 UTC.
    let firstBelief: Int64
    let lastBelief: Int64
    /// Smallest and largest event start minus belief time, µs.
    let horizonMin: Int64
    let horizonMax: Int64
    /// Ascending with the time of writing; orders history blocks that overlap.
    let blockID: Int64
    let valueCount: Int
    /// How many values are finite; the next three are over those, nil if there are none.
    let validCount: Int
    let valueMin: Double?
    let valueMax: Double?
    let valueSum: Double?
    /// As `BlockCodec` writes it.
    let payload: [UInt8]

    /// Encodes `columns` and makes their zone map.
    ///
    /// - Precondition: ascending, 1...`BlockCodec.valueCountMax` beliefs.
    init(series: SeriesKey, columns: BeliefColumns, blockID: Int64, scale: inout BlockScale?) {
        precondition(!columns.isEmpty, "a block holds at least one belief")
        self.series = series
        self.blockID = blockID
        firstEvent = columns.eventStarts[0]
        lastEvent = columns.eventStarts[columns.count - 1]
        var (beliefMin, beliefMax) = (Int64.max, Int64.min)
        var (lagMin, lagMax) = (Int64.max, Int64.min)
        for index in 0..<columns.count {
            let belief = columns.beliefTimes[index]
            let lag = columns.eventStarts[index] &- belief
            (beliefMin, beliefMax) = (min(beliefMin, belief), max(beliefMax, belief))
            (lagMin, lagMax) = (min(lagMin, lag), max(lagMax, lag))
        }
        (firstBelief, lastBelief, horizonMin, horizonMax) = (beliefMin, beliefMax, lagMin, lagMax)
        valueCount = columns.count
        let finite = columns.values.lazy.filter(\.isFinite)
        validCount = finite.count
        valueMin = finite.min()
        valueMax = finite.max()
        valueSum = validCount == 0 ? nil : finite.reduce(0, +)
        let block = BlockColumns(
            eventStarts: columns.eventStarts,
            beliefTimes: columns.beliefTimes,
            values: columns.values
        )
        payload = BlockCodec.encode(block, scale: &scale, effort: .compact)
    }

    /// The beliefs.
    ///
    /// - Throws: `CodecError` if the payload is damaged.
    func columns() throws(CodecError) -> BeliefColumns {
        var block = BlockColumns()
        try BlockCodec.decode(payload, appendingTo: &block)
        guard block.count == valueCount, block.eventStarts.first == firstEvent,
            block.eventStarts.last == lastEvent
        else { throw .counts }
        return BeliefColumns(
            eventStarts: block.eventStarts,
            beliefTimes: block.beliefTimes,
            values: block.values
        )
    }
}

extension BlockRow {
    /// The columns of both block tables, in the order of `read` and `write`.
    static let sqlColumns = """
        sensor_id, source_id, probability, first_event, last_event, first_belief, last_belief, \
        horizon_min, horizon_max, block_id, value_count, valid_count, value_min, value_max, \
        value_sum, payload
        """

    /// Reads a row of a binary result with `sqlColumns`.
    init(_ rows: PostgresRows, _ row: Int) throws(PostgresError) {
        series = SeriesKey(
            sensor: SensorID(try rows.int(row, 0)),
            source: SourceID(try rows.int(row, 1)),
            probability: try rows.double(row, 2)
        )
        firstEvent = try rows.timestamp(row, 3)
        lastEvent = try rows.timestamp(row, 4)
        firstBelief = try rows.timestamp(row, 5)
        lastBelief = try rows.timestamp(row, 6)
        horizonMin = try rows.int(row, 7)
        horizonMax = try rows.int(row, 8)
        blockID = try rows.int(row, 9)
        valueCount = Int(try rows.int(row, 10))
        validCount = Int(try rows.int(row, 11))
        valueMin = try rows.optionalDouble(row, 12)
        valueMax = try rows.optionalDouble(row, 13)
        valueSum = try rows.optionalDouble(row, 14)
        payload = rows.bytes(row, 15)
    }

    /// Appends the row to copied data for `sqlColumns`.
    func write(to copy: inout CopyBuffer) {
        copy.beginRow(fields: 16)
        copy.append(series.sensor.rawValue)
        copy.append(series.source.rawValue)
        copy.append(series.probability)
        copy.append(timestamp: firstEvent)
        copy.append(timestamp: lastEvent)
        copy.append(timestamp: firstBelief)
        copy.append(timestamp: lastBelief)
        copy.append(horizonMin)
        copy.append(horizonMax)
        copy.append(blockID)
        copy.append(Int32(valueCount))
        copy.append(Int32(validCount))
        for value in [valueMin, valueMax, valueSum] {
            if let value { copy.append(value) } else { copy.appendNull() }
        }
        copy.append(payload)
    }

    /// The largest row that Postgres keeps in one piece: a page less its header, its rounding, and
    /// the row's pointer. The most that `toast_tuple_target` takes.
    static let tupleByteCountMax = 8_160
    /// The largest payload of such a row: beside it are 24 bytes of header, 112 of the other columns,
    /// and 4 of the payload's length.
    static let payloadByteCountMax = tupleByteCountMax - 140

    /// The payload of two equal rows that share a page.
    static let halfPageByteCount = (tupleByteCountMax - 16) / 2 - 140

    /// Fewest values for which a block is made smaller so that it fits into a page.
    private static let valueCountMin = 2_048

    /// How many values like these fill `percent` of a page; nil if the block fits and is not nearly
    /// that large, or if it would become too small.
    func fittingCount(percent: Int) -> Int? {
        guard payload.count > Self.payloadByteCountMax * 3 / 4 else { return nil }
        let count = valueCount * Self.payloadByteCountMax * percent / (100 * payload.count)
        let isFitting = payload.count <= Self.payloadByteCountMax && percent < 99
        return isFitting || count < Self.valueCountMin
            ? nil : min(count, BlockCodec.valueCountMax)
    }

    /// In how many equal parts the block takes the least of pages: a row of five eighths of a page has
    /// it for itself, three of a quarter each have company.
    var pageFriendlyPartCount: Int {
        guard payload.count > Self.halfPageByteCount, payload.count <= Self.payloadByteCountMax
        else { return 1 }
        var (best, bestPages) = (1, 1.0)
        for partCount in 2...3 where valueCount / partCount >= 1_024 {
            // Smaller blocks are a little larger together, and each has a row.
            let part = payload.count * 104 / 100 / partCount
            let rowsInPage = (Self.tupleByteCountMax + 4) / (part + 148)
            let pages = Double(partCount) / Double(rowsInPage)
            if pages < bestPages * 0.95 { (best, bestPages) = (partCount, pages) }
        }
        return best
    }

    /// About how many bytes the row takes in memory, for the cache's budget.
    var byteCount: Int { payload.count + 200 }
}
