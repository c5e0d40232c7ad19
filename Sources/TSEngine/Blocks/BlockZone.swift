internal import Model
internal import Postgres

/// What a block's row says of its beliefs, without the beliefs.
struct BlockZone: Sendable {
    let series: SeriesKey
    let table: BlockTable
    let blockID: Int64
    /// Starts of events, µs since 1970 UTC.
    let firstEvent: Int64
    let lastEvent: Int64
    /// µs since 1970 UTC.
    let lastBelief: Int64
    let valueCount: Int
    /// Of those values that are finite.
    let validCount: Int
    let valueMin: Double
    let valueMax: Double
    let valueSum: Double

    var events: ClosedRange<Int64> { firstEvent...lastEvent }

    /// Whether the values can be told without the block.
    var isComplete: Bool { validCount == valueCount && valueSum.isFinite }

    /// The zone maps of a sensor's blocks with events in a span, from both tables at one moment; by
    /// series, in order of their first events.
    static func read(
        of sensor: SensorID,
        events: ClosedRange<Int64>,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [BlockZone] {
        let (current, history) = (
            part(.current, 0, sensor, events), part(.history, 1, sensor, events)
        )
        let rows = try connection.query(
            """
            \(current) UNION ALL \(history)
            ORDER BY source_id, probability, first_event, block_id
            """
        )
        return try (0..<rows.count).map { (row) throws(PostgresError) in
            try BlockZone(rows, row, sensor)
        }
    }

    private static func part(
        _ table: BlockTable,
        _ number: Int,
        _ sensor: SensorID,
        _ events: ClosedRange<Int64>
    ) -> SQL {
        // Events are compared only where they are restricted: the widest span is beyond what a
        // timestamp of Postgres can hold.
        let isAll = events == .min ... .max
        let span: SQL =
            isAll
            ? ""
            : """
             AND last_event >= \(PostgresValue.timestamp(max(events.lowerBound, limit.lowerBound))) \
            AND first_event <= \(PostgresValue.timestamp(min(events.upperBound, limit.upperBound)))
            """
        return """
            SELECT source_id, probability, \(number)::bigint AS part, block_id, first_event,
                last_event, last_belief, value_count, valid_count, value_min, value_max, value_sum
            FROM \(unescaped: table.rawValue) WHERE sensor_id = \(sensor.rawValue)\(span)
            """
    }

    /// What all events lie in.
    private static let limit =
        Timestamp.earliest.microseconds...Timestamp.latest.microseconds

    private init(_ rows: PostgresRows, _ row: Int, _ sensor: SensorID) throws(PostgresError) {
        series = SeriesKey(
            sensor: sensor,
            source: SourceID(try rows.int(row, 0)),
            probability: try rows.double(row, 1)
        )
        table = try rows.int(row, 2) == 0 ? .current : .history
        blockID = try rows.int(row, 3)
        firstEvent = try rows.timestamp(row, 4)
        lastEvent = try rows.timestamp(row, 5)
        lastBelief = try rows.timestamp(row, 6)
        valueCount = Int(try rows.int(row, 7))
        validCount = Int(try rows.int(row, 8))
        valueMin = try rows.optionalDouble(row, 9) ?? .infinity
        valueMax = try rows.optionalDouble(row, 10) ?? -.infinity
        valueSum = try rows.optionalDouble(row, 11) ?? 0
    }
}

extension BlockRow {
    /// The blocks of these numbers, of one sensor.
    static func read(
        _ blockIDs: [Int64],
        of sensor: SensorID,
        in table: BlockTable,
        on connection: borrowing PostgresConnection
    ) throws(PostgresError) -> [BlockRow] {
        guard !blockIDs.isEmpty else { return [] }
        let rows = try connection.query(
            """
            SELECT \(unescaped: sqlColumns) FROM \(unescaped: table.rawValue)
            WHERE sensor_id = \(sensor.rawValue) AND block_id = ANY(\(.ints(blockIDs)))
            """
        )
        return try (0..<rows.count).map { (row) throws(PostgresError) in try BlockRow(rows, row) }
    }
}
